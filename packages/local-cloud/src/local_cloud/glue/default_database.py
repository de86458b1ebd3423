"""The database ``default``, which Athena's queries name if they name none: it is there in an account that has used Athena or Spark.

https://docs.aws.amazon.com/athena/latest/APIReference/API_QueryExecutionContext.html
"""

from __future__ import annotations

from moto.glue.models import GlueBackend

from local_cloud.patching import original_of, replace

_NAME = "default"


def create_default_database() -> None:
    """Create it in the catalog of each account and region, when that is first used."""
    replace(GlueBackend, "__init__", _init)


def _init(self: GlueBackend, region_name: str, account_id: str) -> None:
    original_of(GlueBackend, "__init__")(self, region_name, account_id)
    self.create_database(_NAME, {"Name": _NAME, "Description": "Default Hive database"}, {})
