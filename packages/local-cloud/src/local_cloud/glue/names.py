"""The names of databases and tables, which the Data Catalog stores and finds in lower case.

https://docs.aws.amazon.com/glue/latest/webapi/API_DatabaseInput.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.glue.models import GlueBackend

from local_cloud.patching import original_of, replace

if TYPE_CHECKING:
    from moto.glue.models import FakeDatabase, FakeTable


def fold_names() -> None:
    """Replace the operations that name a database or a table."""
    # moto: Glue stores the names of databases and tables as given, and finds them only in the same case; not reported yet: AWS folds these
    # names to lower case.
    replace(GlueBackend, "create_database", _create_database)
    replace(GlueBackend, "get_database", _get_database)
    replace(GlueBackend, "update_database", _update_database)
    replace(GlueBackend, "delete_database", _delete_database)
    replace(GlueBackend, "create_table", _create_table)
    replace(GlueBackend, "get_table", _get_table)
    replace(GlueBackend, "update_table", _update_table)
    replace(GlueBackend, "delete_table", _delete_table)


def _create_database(
    self: GlueBackend, database_name: str, database_input: dict[str, Any], tags: dict[str, str] | None = None
) -> FakeDatabase:
    create = original_of(GlueBackend, "create_database")
    database: FakeDatabase = create(self, database_name.lower(), _folded(database_input), tags)
    return database


def _get_database(self: GlueBackend, database_name: str) -> FakeDatabase:
    database: FakeDatabase = original_of(GlueBackend, "get_database")(self, database_name.lower())
    return database


def _update_database(self: GlueBackend, database_name: str, database_input: dict[str, Any]) -> None:
    original_of(GlueBackend, "update_database")(self, database_name.lower(), _folded(database_input))


def _delete_database(self: GlueBackend, database_name: str) -> None:
    original_of(GlueBackend, "delete_database")(self, database_name.lower())


def _create_table(
    self: GlueBackend,
    database_name: str,
    table_name: str,
    table_input: dict[str, Any],
    open_table_format_input: dict[str, Any] | None = None,
) -> FakeTable:
    create = original_of(GlueBackend, "create_table")
    table: FakeTable = create(
        self, database_name.lower(), table_name.lower(), _folded(table_input), open_table_format_input
    )
    return table


def _get_table(self: GlueBackend, database_name: str, table_name: str) -> FakeTable:
    table: FakeTable = original_of(GlueBackend, "get_table")(self, database_name, table_name.lower())
    return table


def _update_table(self: GlueBackend, database_name: str, table_name: str, table_input: dict[str, Any]) -> None:
    original_of(GlueBackend, "update_table")(self, database_name, table_name, _folded(table_input))


def _delete_table(self: GlueBackend, database_name: str, table_name: str) -> None:
    original_of(GlueBackend, "delete_table")(self, database_name, table_name.lower())


def _folded(definition: dict[str, Any]) -> dict[str, Any]:
    return {**definition, "Name": str(definition["Name"]).lower()}
