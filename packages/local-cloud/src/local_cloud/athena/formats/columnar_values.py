"""Columns of files that contain names and types, such as Parquet: their lookup, and their values converted as in Trino."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_cloud.athena.catalog.hive_types import duckdb_type, nested_parts, quoted
from local_cloud.athena.formats.text_values import rounded_to_milliseconds, sized_text

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from duckdb.sqltypes import DuckDBPyType

    from local_cloud.athena.errors import QueryFailedError

    FileColumn = tuple[str, DuckDBPyType]

_UNSIGNED_BITS = {"UINTEGER": 32, "UBIGINT": 64}
# An unsigned type needs one more bit in a signed one.
_BITS = {"TINYINT": 8, "UTINYINT": 9, "SMALLINT": 16, "USMALLINT": 17, "INTEGER": 32, "BIGINT": 64}


def _find_columns(
    columns: Sequence[tuple[str, str]], there: Sequence[FileColumn], *, by_name: bool
) -> list[FileColumn | None]:
    """Return the file's column for each of the table's, or None if the file does not have it.

    Parameters
    ----------
    by_name
        Whether columns are found by name, which is not case-sensitive, and not by position.
    """
    if by_name:
        named = {column[0].lower(): column for column in there}
        return [named.get(name) for name, _ in columns]
    return [*there[: len(columns)], *(None for _ in columns[len(there) :])]


def selected_columns(
    columns: Sequence[tuple[str, str]],
    read: Collection[str] | None,
    there: Sequence[FileColumn],
    read_as: Mapping[str, Collection[str]],
    *,
    by_name: bool,
    mismatch: Callable[[FileColumn, tuple[str, str]], QueryFailedError],
    own_sql: Callable[[FileColumn], str] = lambda column: quoted(column[0]),
) -> list[str]:
    """Return the SQL of each of the table's columns, read from files of one schema.

    Parameters
    ----------
    read
        The names of the columns that the query reads; the others are null.
    there
        The files' columns.
    read_as
        DuckDB's names of the file types that are read as each type that is not nested.
    by_name
        Whether columns are found by name, and not by position.
    mismatch
        Returns the error for a file's column that is not read as the table's.
    own_sql
        Returns the SQL of a file's column.
    """
    selected = []
    for column, own in zip(columns, _find_columns(columns, there, by_name=by_name), strict=True):
        name, hive_type = column
        wanted = duckdb_type(hive_type)
        if read is not None and name not in read:
            own = None
        if own is not None and not _is_readable(own[1], hive_type, read_as):
            raise mismatch(own, column)
        value = f"NULL::{wanted}" if own is None else f"CAST({value_sql(own_sql(own), own[1], hive_type)} AS {wanted})"
        selected.append(f"{value} AS {quoted(name)}")
    return selected


def _is_readable(kind: DuckDBPyType, hive_type: str, read_as: Mapping[str, Collection[str]]) -> bool:
    """Return whether a file's type is read as the table's type, at every depth.

    Parameters
    ----------
    read_as
        DuckDB's names of the file types that are read as each type that is not nested.
    """
    nested = nested_parts(hive_type)
    if nested is None:
        wanted = duckdb_type(hive_type)
        if wanted.startswith("DECIMAL"):
            return kind.id == "decimal"
        return str(kind) in read_as[wanted]
    container, parts = nested
    if container == "array":
        return kind.id == "list" and _is_readable(_child(kind, 0), parts[0], read_as)
    if container == "map":
        return kind.id == "map" and all(
            _is_readable(_child(kind, place), part, read_as) for place, part in enumerate(parts)
        )
    if kind.id != "struct":
        return False
    there = {name.lower(): place for place, (name, _) in enumerate(kind.children)}
    fields = [part.split(":", 1) for part in parts]
    return all(
        _is_readable(_child(kind, there[name.strip()]), part, read_as) for name, part in fields if name.strip() in there
    )


def value_sql(value: str, kind: DuckDBPyType, hive_type: str, level: int = 1) -> str:
    """Return the SQL that converts a value of the file's type to the table's type."""
    nested = nested_parts(hive_type)
    if nested is None:
        return _scalar(value, str(kind), hive_type)
    container, parts = nested
    if _is_cast(kind, hive_type):
        return value
    item = f"item_{level}"
    if container == "array":
        read = value_sql(item, _child(kind, 0), parts[0], level + 1)
        return f"list_transform({value}, lambda {item}: {read})"
    if container == "map":
        key, held = (
            value_sql(f"{item}.{place}", _child(kind, number), part, level + 1)
            for number, (place, part) in enumerate(zip(("key", "value"), parts, strict=True))
        )
        pairs = f"list_transform(map_entries({value}), lambda {item}: {{'k': {key}, 'v': {held}}})"
        return f"CASE WHEN {value} IS NOT NULL THEN map_from_entries({pairs}) END"
    there = {name.lower(): (name, _child(kind, place)) for place, (name, _) in enumerate(kind.children)}
    packed = []
    for name, part in ((name.strip(), part) for name, part in (field.split(":", 1) for field in parts)):
        own = there.get(name)
        read = (
            value_sql(f"{value}.{quoted(own[0])}", own[1], part, level) if own else f"CAST(NULL AS {duckdb_type(part)})"
        )
        packed.append(f"{quoted(name)} := {read}")
    return f"CASE WHEN {value} IS NOT NULL THEN struct_pack({', '.join(packed)}) END"


def _is_cast(kind: DuckDBPyType, hive_type: str) -> bool:
    """Return whether DuckDB's cast converts a value as Trino does, which spares nested lambdas, slow to bind."""
    nested = nested_parts(hive_type)
    if nested is None:
        return _scalar("x", str(kind), hive_type) == "x"
    container, parts = nested
    if container != "struct":
        return all(_is_cast(_child(kind, place), part) for place, part in enumerate(parts))
    there = {name: _child(kind, place) for place, (name, _) in enumerate(kind.children)}
    fields = [(name.strip(), part) for name, part in (field.split(":", 1) for field in parts)]
    # The cast does not match names that differ in case.
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
    if wanted == "BLOB":  # the stored bytes: DuckDB's cast would read escapes in a string
        return value if kind == "BLOB" else f"encode(CAST({value} AS VARCHAR))"
    if bits := _UNSIGNED_BITS.get(kind):  # Trino reads the stored bits as a signed integer
        value = f"CASE WHEN {value} >= {2 ** (bits - 1)} THEN {value}::HUGEINT - {2**bits} ELSE {value} END"
    elif (bits := _BITS.get(wanted)) and _BITS.get(kind, 0) > bits:
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
    child: DuckDBPyType = kind.children[place][1]  # type: ignore[assignment]  # it is always a type
    return child
