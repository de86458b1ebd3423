"""The database ``default``, the default of Athena's queries, which exists in accounts that have used Athena or Spark.

https://docs.aws.amazon.com/athena/latest/APIReference/API_QueryExecutionContext.html
"""

from __future__ import annotations

from moto.glue.models import GlueBackend

from local_cloud.patching import original_of, replace

_NAME = "default"


def create_default_database() -> None:
    """Create the database in each account and region when it is first used."""
    # extension: accounts that have used Athena or Spark have a database named default.
    replace(GlueBackend, "__init__", _init)


def _init(self: GlueBackend, region_name: str, account_id: str) -> None:
    original_of(GlueBackend, "__init__")(self, region_name, account_id)
    self.create_database(_NAME, {"Name": _NAME, "Description": "Default Hive database"}, {})
