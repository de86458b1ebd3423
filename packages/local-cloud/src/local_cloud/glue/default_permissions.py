"""``CreateTableDefaultPermissions``: the permissions on new tables in a database without Lake Formation.

A new database has the permissions of the account's settings. By default they are granted to all principals that IAM allows:
https://docs.aws.amazon.com/lake-formation/latest/dg/change-settings.html
"""

from __future__ import annotations

from typing import Any

from moto.glue.models import FakeDatabase
from moto.lakeformation.models import lakeformation_backends

from local_cloud.patching import original_of, replace
from local_cloud.settings import region

_KEY = "CreateTableDefaultPermissions"


def give_default_permissions() -> None:
    """Give databases that are created without the member the default permissions."""
    # moto: Glue's GetDatabase lacks CreateTableDefaultPermissions if the database was created without it; not reported yet: AWS returns the
    # permissions of the account's data lake settings.
    replace(FakeDatabase, "__init__", _init)
    replace(FakeDatabase, "as_dict", _as_dict)


def _init(self: FakeDatabase, database_name: str, database_input: dict[str, Any], catalog_id: str) -> None:
    original_of(FakeDatabase, "__init__")(self, database_name, database_input, catalog_id)
    settings = lakeformation_backends[catalog_id][region()].get_data_lake_settings(catalog_id)
    # Stored with the database: a later change of the settings only applies to new databases.
    self.default_permissions = settings.get(_KEY, [])  # type: ignore[attr-defined]  # added by this module


def _as_dict(self: FakeDatabase) -> dict[str, Any]:
    described: dict[str, Any] = original_of(FakeDatabase, "as_dict")(self)
    if described[_KEY] is None:
        described[_KEY] = self.default_permissions  # type: ignore[attr-defined]  # see above
    return described
