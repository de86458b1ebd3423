"""A partition's columns compared with its table's: equal, coerced, or a mismatch that fails queries of the column.

A partition keeps the columns that it was registered with. Athena matches the table's columns with them by position in text and OpenX JSON, and
in columnar formats as the SerDe's parameters say: https://docs.aws.amazon.com/athena/latest/ug/updates-and-partitions.html
It coerces the types listed in https://docs.aws.amazon.com/athena/latest/ug/types-of-updates.html (changing a column's data type). For
numbers and nested types, which that page does not mention, this module follows Trino's HiveCoercionPolicy.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local_cloud.athena.catalog.hive_types import duckdb_type, literal, nested_parts
from local_cloud.athena.catalog.partition_path import partition_path
from local_cloud.athena.formats.serde import is_read_by_name

if TYPE_CHECKING:
    from local_cloud.athena.catalog.glue_catalog import CatalogTable, Partition

_INTEGERS = ("tinyint", "smallint", "int", "bigint")
_FLOATING = {"float", "double"}
_TEXT = {"string", "varchar"}


@dataclass(frozen=True, slots=True)
class StoredColumn:
    """One of the table's columns, as stored in a partition.

    Attributes
    ----------
    stored_type
        The Hive type of the partition's column, by which its files are read.
    mismatch
        The reason why the column cannot be read; empty if it can.
    """

    name: str
    type: str
    stored_type: str
    mismatch: str = ""

    def value_sql(self, read: str, any_text: str) -> str:
        """Return the SQL of the column's value.

        Parameters
        ----------
        read
            The SQL of the value in the file.
        any_text
            The SQL of any string of the same row. The error depends on it, so that only queries that read the column fail.
        """
        kind = duckdb_type(self.type)
        if self.mismatch:
            said = literal(f"HIVE_PARTITION_SCHEMA_MISMATCH: {self.mismatch}")
            return f"CAST(error({said} || left({any_text}, 0)) AS {kind})"
        if duckdb_type(self.stored_type) == kind:
            return read
        if _base(self.stored_type) in _TEXT and _base(self.type) in _INTEGERS:
            return f"CASE WHEN regexp_full_match({read}, '[+-]?[0-9]+') THEN TRY_CAST({read} AS {kind}) END"
        return f"CAST({read} AS {kind})"


def stored_columns(table: CatalogTable, partition: Partition) -> list[StoredColumn]:
    """Return the table's columns as stored in a partition."""
    own = [(column["Name"].lower(), column.get("Type", "string")) for column in partition.storage.get("Columns", [])]
    places: dict[object, tuple[str, str]] = dict(enumerate(own))
    by_name = is_read_by_name(partition.storage)
    if by_name:
        places = {column[0]: column for column in own}
    found = []
    for index, (name, kind) in enumerate(table.columns):
        stored = places.get(name if by_name else index)
        if stored is None or _normal(stored[1]) == _normal(kind):
            found.append(StoredColumn(name, kind, kind))
        elif can_coerce(stored[1], kind):
            found.append(StoredColumn(name, kind, stored[1]))
        else:
            found.append(StoredColumn(name, kind, stored[1], _mismatch(table, partition, (name, kind), stored)))
    return found


def can_coerce(stored: str, wanted: str) -> bool:
    """Return whether Athena coerces a partition's type to the table's type."""
    stored, wanted = _normal(stored), _normal(wanted)
    if stored == wanted:
        return True
    before, after = _base(stored), _base(wanted)
    if before in _TEXT:
        return after in _TEXT or after in _INTEGERS
    if before == "char":
        return after == "char"
    if after in _TEXT:
        return before in _INTEGERS or before == "decimal"
    if before in _INTEGERS:
        return after in _INTEGERS and _INTEGERS.index(before) < _INTEGERS.index(after)
    if before in _FLOATING or before == "decimal":
        return after in _FLOATING or after == "decimal"
    return _can_coerce_nested(stored, wanted)


def _can_coerce_nested(stored: str, wanted: str) -> bool:
    match nested_parts(stored), nested_parts(wanted):
        case ("array" | "map" as one, before), ("array" | "map" as other, after) if one == other:
            return all(can_coerce(*pair) for pair in zip(before, after, strict=True))
        case ("struct", before), ("struct", after):
            # Fields may only be added or removed at the end.
            pairs = [(_field(one), _field(other)) for one, other in zip(before, after, strict=False)]
            return all(one[0] == other[0] and can_coerce(one[1], other[1]) for one, other in pairs)
    return False


def _field(text: str) -> tuple[str, str]:
    name, _, kind = text.partition(":")
    return name.strip(), kind.strip()


def _mismatch(table: CatalogTable, partition: Partition, declared: tuple[str, str], stored: tuple[str, str]) -> str:
    path = partition_path([name for name, _ in table.partition_keys], partition.values)
    return (
        "There is a mismatch between the table and partition schemas. The types are incompatible and cannot be coerced. "
        f"The column '{declared[0]}' in table '{table.database}.{table.name}' is declared as type '{declared[1]}', "
        f"but partition '{path}' declared column '{stored[0]}' as type '{stored[1]}'."
    )


def _normal(kind: str) -> str:
    text = re.sub(r"\s+", "", kind.lower())
    text = re.sub(r"\binteger\b", "int", text)
    return "decimal(10,0)" if text == "decimal" else text


def _base(kind: str) -> str:
    return _normal(kind).partition("(")[0]
