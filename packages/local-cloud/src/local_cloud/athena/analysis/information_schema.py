"""The tables of ``information_schema``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local_cloud.athena.errors import TableNotFoundError
from local_cloud.athena.types.trino_types import type_of_hive
from local_cloud.clients import client

if TYPE_CHECKING:
    import duckdb

_CATALOG = "awsdatacatalog"
_COLUMNS = {
    "schemata": ("catalog_name", "schema_name"),
    "tables": ("table_catalog", "table_schema", "table_name", "table_type"),
    "columns": (
        "table_catalog",
        "table_schema",
        "table_name",
        "column_name",
        "ordinal_position",
        "column_default",
        "is_nullable",
        "data_type",
        "comment",
        "extra_info",
    ),
}


def information_schema_view(connection: duckdb.DuckDBPyConnection, name: str, region: str) -> str:
    """Create a table of ``information_schema`` in DuckDB and return its name."""
    columns = information_schema_columns(name)
    view = f"information_schema_{name.lower()}"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {view} ({', '.join(f'{key} {kind}' for key, kind in columns.items())})"
    )
    rows = _rows(name.lower(), region)
    if rows:
        places = ", ".join("?" for _ in columns)
        connection.executemany(f"INSERT INTO {view} VALUES ({places})", rows)
    return view


def information_schema_columns(name: str) -> dict[str, str]:
    """Return the columns of a table of ``information_schema`` and their types in DuckDB."""
    if name.lower() not in _COLUMNS:
        raise TableNotFoundError("information_schema", name)
    return {column: "BIGINT" if column == "ordinal_position" else "VARCHAR" for column in _COLUMNS[name.lower()]}


def _rows(name: str, region: str) -> list[tuple[Any, ...]]:
    glue = client("glue", region)
    databases = [
        item["Name"] for page in glue.get_paginator("get_databases").paginate() for item in page["DatabaseList"]
    ]
    if name == "schemata":
        return [(_CATALOG, database) for database in databases]
    rows: list[tuple[Any, ...]] = []
    for database in databases:
        for page in glue.get_paginator("get_tables").paginate(DatabaseName=database):
            for table in page["TableList"]:
                if name == "tables":
                    kind = "VIEW" if table.get("TableType") == "VIRTUAL_VIEW" else "BASE TABLE"
                    rows.append((_CATALOG, database, table["Name"], kind))
                else:
                    rows += _column_rows(database, table)
    return rows


def _column_rows(database: str, table: dict[str, Any]) -> list[tuple[Any, ...]]:
    keys = table.get("PartitionKeys", [])
    columns = [*table.get("StorageDescriptor", {}).get("Columns", []), *keys]
    return [
        (
            _CATALOG,
            database,
            table["Name"],
            column["Name"],
            index,
            None,
            "YES",
            str(type_of_hive(column["Type"])),
            column.get("Comment"),
            "partition key" if column in keys else None,
        )
        for index, column in enumerate(columns, start=1)
    ]
