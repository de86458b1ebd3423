"""Who may use the tables that are created in a database, if Lake Formation is not asked: ``CreateTableDefaultPermissions``.

A new database has what the account's settings say, which is every principal that IAM allows:
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
    """Answer GetDatabase as AWS does, for databases that were created without the member."""
    replace(FakeDatabase, "__init__", _init)
    replace(FakeDatabase, "as_dict", _as_dict)


def _init(self: FakeDatabase, database_name: str, database_input: dict[str, Any], catalog_id: str) -> None:
    original_of(FakeDatabase, "__init__")(self, database_name, database_input, catalog_id)
    settings = lakeformation_backends[catalog_id][region()].get_data_lake_settings(catalog_id)
    # Kept with the database: a later change of the settings is for new databases alone.
    self.default_permissions = settings.get(_KEY, [])  # type: ignore[attr-defined]  # a member of ours


def _as_dict(self: FakeDatabase) -> dict[str, Any]:
    described: dict[str, Any] = original_of(FakeDatabase, "as_dict")(self)
    if described[_KEY] is None:
        described[_KEY] = self.default_permissions  # type: ignore[attr-defined]  # see above
    return described
