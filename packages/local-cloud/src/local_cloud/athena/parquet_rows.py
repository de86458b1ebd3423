"""Parquet files, each held against the table by itself: one of other types fails the query, whichever lie beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_cloud.athena.errors import QueryFailedError
from local_cloud.athena.hive_types import INTEGERS, duckdb_type, literal, nested_parts, quoted
from local_cloud.athena.text_values import rounded_to_milliseconds, sized_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb
    from duckdb.sqltypes import DuckDBPyType

_SCALARS = {
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
_UNSIGNED_BITS = {"UINTEGER": 32, "UBIGINT": 64}
_NARROW_BITS = {"TINYINT": 8, "SMALLINT": 16}


def parquet_rows_sql(
    connection: duckdb.DuckDBPyConnection, columns: Sequence[tuple[str, str]], paths: Sequence[str]
) -> str:
    """Build the SELECT over some files: those of one schema are read together.

    Raises
    ------
    QueryFailedError
        If a file's column is of a type that Athena does not read as the table's.
    """
    selects = []
    for same in _by_schema(connection, paths):
        listed = "[" + ", ".join(literal(path) for path in same) + "]"
        source = f"read_parquet({listed}, filename=true, hive_partitioning=false)"
        described = connection.sql(f"SELECT * EXCLUDE (filename) FROM {source} LIMIT 0")
        there = {name.lower(): (name, kind) for name, kind in zip(described.columns, described.types, strict=True)}
        selected = [_column(name, hive_type, there.get(name)) for name, hive_type in columns]
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


def _column(name: str, hive_type: str, found: tuple[str, DuckDBPyType] | None) -> str:
    wanted = duckdb_type(hive_type)
    if found is None:
        return f"NULL::{wanted} AS {quoted(name)}"
    own_name, kind = found
    if not _is_readable(kind, hive_type):
        raise QueryFailedError(
            "HIVE_BAD_DATA",
            f"Field {name}'s type {kind} in parquet file is incompatible with type {hive_type} defined in table schema",
        )
    return f"CAST({_value(quoted(own_name), kind, hive_type, 1)} AS {wanted}) AS {quoted(name)}"


def _is_readable(kind: DuckDBPyType, hive_type: str) -> bool:
    """Return whether a column of a Parquet file is read as the table's type, at every depth."""
    nested = nested_parts(hive_type)
    if nested is None:
        wanted = duckdb_type(hive_type)
        if wanted.startswith("DECIMAL"):
            return kind.id == "decimal"
        return str(kind) in _SCALARS[wanted]
    container, parts = nested
    if container == "array":
        return kind.id == "list" and _is_readable(_child(kind, 0), parts[0])
    if container == "map":
        return kind.id == "map" and all(_is_readable(_child(kind, place), part) for place, part in enumerate(parts))
    if kind.id != "struct":
        return False
    there = {name.lower(): place for place, (name, _) in enumerate(kind.children)}
    fields = [part.split(":", 1) for part in parts]
    return all(_is_readable(_child(kind, there[name.strip()]), part) for name, part in fields if name.strip() in there)


def _value(value: str, kind: DuckDBPyType, hive_type: str, level: int) -> str:
    """Build the SQL that reads a value of a file's type as the table's."""
    nested = nested_parts(hive_type)
    if nested is None:
        return _scalar(value, str(kind), hive_type)
    container, parts = nested
    if _is_cast(kind, hive_type):
        return value
    item = f"item_{level}"
    if container == "array":
        read = _value(item, _child(kind, 0), parts[0], level + 1)
        return f"list_transform({value}, lambda {item}: {read})"
    if container == "map":
        key, held = (
            _value(f"{item}.{place}", _child(kind, number), part, level + 1)
            for number, (place, part) in enumerate(zip(("key", "value"), parts, strict=True))
        )
        pairs = f"list_transform(map_entries({value}), lambda {item}: {{'k': {key}, 'v': {held}}})"
        return f"CASE WHEN {value} IS NOT NULL THEN map_from_entries({pairs}) END"
    there = {name.lower(): (name, _child(kind, place)) for place, (name, _) in enumerate(kind.children)}
    packed = []
    for name, part in ((name.strip(), part) for name, part in (field.split(":", 1) for field in parts)):
        own = there.get(name)
        read = _value(f"{value}.{quoted(own[0])}", own[1], part, level) if own else f"CAST(NULL AS {duckdb_type(part)})"
        packed.append(f"{quoted(name)} := {read}")
    return f"CASE WHEN {value} IS NOT NULL THEN struct_pack({', '.join(packed)}) END"


def _is_cast(kind: DuckDBPyType, hive_type: str) -> bool:
    """Return whether DuckDB's own cast reads a value as Trino does; lambdas in each other take it long to bind."""
    nested = nested_parts(hive_type)
    if nested is None:
        return _scalar("x", str(kind), hive_type) == "x"
    container, parts = nested
    if container != "struct":
        return all(_is_cast(_child(kind, place), part) for place, part in enumerate(parts))
    there = {name: _child(kind, place) for place, (name, _) in enumerate(kind.children)}
    fields = [(name.strip(), part) for name, part in (field.split(":", 1) for field in parts)]
    # It keeps names that differ from the table's in case alone.
    return all(name == name.lower() for name in there) and all(
        name not in there or _is_cast(there[name], part) for name, part in fields
    )


def _scalar(value: str, kind: str, hive_type: str) -> str:
    wanted = duckdb_type(hive_type)
    if wanted == "VARCHAR":
        text = f"coalesce(try(decode({value})), CAST({value} AS VARCHAR))" if kind == "BLOB" else value
        return sized_text(text, hive_type)
    if wanted == "TIMESTAMP":
        return _timestamp(value, kind)
    if wanted == "BLOB":  # the bytes as they are stored: DuckDB's own cast reads escapes in a text
        return value if kind == "BLOB" else f"encode(CAST({value} AS VARCHAR))"
    if bits := _UNSIGNED_BITS.get(kind):  # Trino reads what is stored, which has a sign
        value = f"CASE WHEN {value} >= {2 ** (bits - 1)} THEN {value}::HUGEINT - {2**bits} ELSE {value} END"
    elif (bits := _NARROW_BITS.get(wanted)) and kind != wanted:
        said = f"'GENERIC_INTERNAL_ERROR: Value ' || {value} || ' exceeds range of {hive_type}'"
        limit = 2 ** (bits - 1)
        return f"CASE WHEN {value} NOT BETWEEN {-limit} AND {limit - 1} THEN error({said}) ELSE {value} END"
    return value


def _timestamp(value: str, kind: str) -> str:
    if kind in ("TIMESTAMP_MS", "TIMESTAMP_S"):
        return f"CAST({value} AS TIMESTAMP)"
    if kind == "TIMESTAMP_NS":
        nanoseconds = f"(epoch_ns({value}) + 500)"
        return rounded_to_milliseconds(f"(({nanoseconds} - ({nanoseconds} % 1000 + 1000) % 1000) // 1000)")
    return rounded_to_milliseconds(f"epoch_us({value})")


def _child(kind: DuckDBPyType, place: int) -> DuckDBPyType:
    child: DuckDBPyType = kind.children[place][1]  # type: ignore[assignment]  # of a nested type it is a type
    return child
