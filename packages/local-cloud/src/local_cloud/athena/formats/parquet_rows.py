"""Parquet files. Each is checked against the table separately, and one with incompatible types fails the query."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_cloud.athena.catalog.hive_types import INTEGERS, literal
from local_cloud.athena.errors import QueryFailedError
from local_cloud.athena.formats.columnar_values import selected_columns

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import duckdb

    from local_cloud.athena.formats.columnar_values import FileColumn

_READ_AS = {
    "BOOLEAN": {"BOOLEAN"},
    "TINYINT": {"TINYINT", "SMALLINT", "INTEGER", "UTINYINT", "USMALLINT"},
    "SMALLINT": {"TINYINT", "SMALLINT", "INTEGER", "UTINYINT", "USMALLINT"},
    "INTEGER": {"TINYINT", "SMALLINT", "INTEGER", "UTINYINT", "USMALLINT", "UINTEGER"},
    "BIGINT": {*INTEGERS, "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"},
    "FLOAT": {"FLOAT"},
    "DOUBLE": {"FLOAT", "DOUBLE"},
    "VARCHAR": {"VARCHAR", "BLOB", "JSON"},
    "BLOB": {"VARCHAR", "BLOB", "JSON"},
    "DATE": {"DATE"},
    "TIMESTAMP": {"TIMESTAMP", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP_S", "TIMESTAMP WITH TIME ZONE"},
}


def parquet_rows_sql(
    connection: duckdb.DuckDBPyConnection,
    columns: Sequence[tuple[str, str]],
    paths: Sequence[str],
    *,
    by_name: bool,
    read: Collection[str] | None = None,
) -> str:
    """Return the SELECT over some files; files with the same schema are read together.

    Parameters
    ----------
    by_name
        Whether columns are found by name, and not by position.
    read
        The names of the columns that the query reads; the others are null. None for all.

    Raises
    ------
    QueryFailedError
        If Athena does not read the type of a file's column as the table's type.
    """
    selects = []
    for same in _by_schema(connection, paths):
        listed = "[" + ", ".join(literal(path) for path in same) + "]"
        source = f"read_parquet({listed}, filename=true, hive_partitioning=false)"
        described = connection.sql(f"SELECT * EXCLUDE (filename) FROM {source} LIMIT 0")
        there = list(zip(described.columns, described.types, strict=True))
        selected = selected_columns(columns, read, there, _READ_AS, by_name=by_name, mismatch=_mismatch)
        selects.append(f"SELECT {', '.join([*selected, 'filename'])} FROM {source}")
    return " UNION ALL ".join(selects)


def _by_schema(connection: duckdb.DuckDBPyConnection, paths: Sequence[str]) -> list[list[str]]:
    listed = "[" + ", ".join(literal(path) for path in paths) + "]"
    found = connection.execute(
        "SELECT list(file_name ORDER BY file_name) FROM (SELECT file_name, "
        "list([name, type, num_children::VARCHAR, converted_type, logical_type, precision::VARCHAR, scale::VARCHAR, "
        f"repetition_type]) AS elements FROM parquet_schema({listed}) GROUP BY file_name) GROUP BY elements ORDER BY 1"
    ).fetchall()
    return [row[0] for row in found]


def _mismatch(own: FileColumn, column: tuple[str, str]) -> QueryFailedError:
    name, hive_type = column
    return QueryFailedError(
        "HIVE_BAD_DATA",
        f"Field {name}'s type {own[1]} in parquet file is incompatible with type {hive_type} defined in table schema",
    )
