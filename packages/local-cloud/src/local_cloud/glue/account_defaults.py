"""The defaults of an account: the database ``default``, and the permissions on new tables.

Athena's queries use the database ``default`` if they name none: https://docs.aws.amazon.com/athena/latest/APIReference/API_QueryExecutionContext.html
A new database has the ``CreateTableDefaultPermissions`` of the account's settings. By default they are granted to all principals that IAM
allows: https://docs.aws.amazon.com/lake-formation/latest/dg/change-settings.html
"""

from __future__ import annotations

from typing import Any

from moto.glue.models import FakeDatabase, GlueBackend
from moto.lakeformation.models import lakeformation_backends

from local_cloud.patching import original_of, replace
from local_cloud.settings import region

_DATABASE = "default"
_KEY = "CreateTableDefaultPermissions"


def add_account_defaults() -> None:
    """Create the database in each account and region when it is first used, and add the default permissions to databases."""
    # extension: accounts that have used Athena or Spark have a database named default.
    replace(GlueBackend, "__init__", _init_catalog)
    # moto: Glue's GetDatabase lacks CreateTableDefaultPermissions if the database was created without it; not reported yet: AWS returns the
    # permissions of the account's data lake settings.
    replace(FakeDatabase, "__init__", _init_database)
    replace(FakeDatabase, "as_dict", _as_dict)


def _init_catalog(self: GlueBackend, region_name: str, account_id: str) -> None:
    original_of(GlueBackend, "__init__")(self, region_name, account_id)
    self.create_database(_DATABASE, {"Name": _DATABASE, "Description": "Default Hive database"}, {})


def _init_database(self: FakeDatabase, database_name: str, database_input: dict[str, Any], catalog_id: str) -> None:
    original_of(FakeDatabase, "__init__")(self, database_name, database_input, catalog_id)
    settings = lakeformation_backends[catalog_id][region()].get_data_lake_settings(catalog_id)
    # Stored with the database: a later change of the settings only applies to new databases.
    self.default_permissions = settings.get(_KEY, [])  # type: ignore[attr-defined]  # added by this module


def _as_dict(self: FakeDatabase) -> dict[str, Any]:
    described: dict[str, Any] = original_of(FakeDatabase, "as_dict")(self)
    if described[_KEY] is None:
        described[_KEY] = self.default_permissions  # type: ignore[attr-defined]  # see above
    return described
