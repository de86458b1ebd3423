"""The match between a Parquet column's type and its table's, including nested types, and the type to write if they do not match."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.lake.tables.hive_type import INTEGER_BITS
from partitioned_pipelines.runtime.audit.column_match import ColumnMatch

if TYPE_CHECKING:
    from collections.abc import Callable

    from partitioned_pipelines.lake.tables.hive_type import HiveType
    from partitioned_pipelines.runtime.audit.parquet.schema_node import SchemaNode

_INT32 = {"INT32", "INT32 INT_32", "INT32 INT_16", "INT32 INT_8", "INT32 UINT_8", "INT32 UINT_16"}
_TEXT = {"BYTE_ARRAY", "BYTE_ARRAY UTF8", "BYTE_ARRAY ENUM", "BYTE_ARRAY JSON"}
# The file's types that the engines read as a type of the table, including narrower ones.
_READ_AS: dict[str, set[str]] = {
    "boolean": {"BOOLEAN"},
    "tinyint": {"INT32 INT_8"},
    "smallint": {"INT32 INT_8", "INT32 INT_16", "INT32 UINT_8"},
    "int": _INT32,
    "integer": _INT32,
    # Without UINT_32: Trino reads an INT32 as signed.
    "bigint": {*_INT32, "INT64", "INT64 INT_64"},
    "float": {"FLOAT"},
    "double": {"DOUBLE", "FLOAT"},
    "string": _TEXT,
    "varchar": _TEXT,
    "char": _TEXT,
    "binary": {*_TEXT, "BYTE_ARRAY BSON", "FIXED_LEN_BYTE_ARRAY"},
    "date": {"INT32 DATE"},
    "timestamp": {"INT96", "INT64 TIMESTAMP_MILLIS", "INT64 TIMESTAMP_MICROS", "INT64 TIMESTAMP"},
}
_TO_WRITE = {
    "boolean": "BOOLEAN",
    "tinyint": "INT32 INT_8",
    "smallint": "INT32 INT_16",
    "int": "INT32",
    "integer": "INT32",
    "bigint": "INT64",
    "float": "FLOAT",
    "double": "DOUBLE",
    "string": "BYTE_ARRAY UTF8",
    "varchar": "BYTE_ARRAY UTF8",
    "char": "BYTE_ARRAY UTF8",
    "binary": "BYTE_ARRAY",
    "date": "INT32 DATE",
    "timestamp": "INT64 TIMESTAMP_MICROS",
    "decimal": "DECIMAL of the same scale, and no more precision",
    "array": "a LIST",
    "map": "a MAP",
    "struct": "a group",
}
_PANDAS_TYPES = {
    "boolean": "boolean",
    "tinyint": "Int8",
    "smallint": "Int16",
    "int": "Int32",
    "integer": "Int32",
    "bigint": "Int64",
    "float": "float32",
    "double": "float64",
    "date": "date32[pyarrow]",
    "string": "string",
    "varchar": "string",
    "char": "string",
    "timestamp": "datetime64[us]",
}
_NARROW_BITS = {name: INTEGER_BITS[name] for name in ("tinyint", "smallint")}


class TypeMatch(ColumnMatch["SchemaNode"]):
    """The comparison of a Parquet file's columns with a table's."""

    READ_AS = _READ_AS
    TO_WRITE = _TO_WRITE

    def __init__(self, add: Callable[[str], None]) -> None:
        super().__init__(add)
        # Plain INT32 columns whose table type is narrower, by position: only the values show whether they fit.
        self.narrow: dict[int, tuple[str, HiveType]] = {}

    def compare(self, path: str, wanted: HiveType, found: SchemaNode) -> None:
        """Compare a column, or a part of one, with its expected type; ``path`` is its name in a finding."""
        if found.annotation == "NULL":
            self.add(f"{path} has no type: all its values are null; set one{_pandas_hint(wanted)}")
        elif found.repeated:
            self.add(f"{path} is a repeated {found}, the table's is {wanted}: write {self.to_write(wanted)}")
        else:
            super().compare(path, wanted, found)

    def check_bounds(self, bounds: dict[int, tuple[int, int] | None]) -> None:
        """Compare the bounds of the columns in ``narrow`` with the ranges of their types."""
        for leaf, (path, wanted) in self.narrow.items():
            limit = 2 ** (_NARROW_BITS[wanted.kind] - 1)
            found = bounds.get(leaf, (0, 0))
            if found is None:
                problem = "its statistics do not show whether its values fit"
            elif not -limit <= found[0] <= found[1] < limit:
                problem = f"its values range from {found[0]} to {found[1]}"
            else:
                continue
            self.add(
                f"{path} is INT32, the table's is {wanted}, and {problem}: write {_TO_WRITE[wanted.kind]}, or make the "
                "column an int"
            )

    def item(self, found: SchemaNode) -> SchemaNode | None:
        """Return the type of a list's items; None if it is not a list."""
        if found.annotation != "LIST" or len(found.children) != 1 or not found.children[0].repeated:
            return None
        return _list_item(found, found.children[0])

    def entries(self, found: SchemaNode) -> list[SchemaNode] | None:
        """Return a map's key and value; None if it is not a map."""
        entries = found.children[0] if len(found.children) == 1 else None
        if found.annotation not in ("MAP", "MAP_KEY_VALUE") or not entries or len(entries.children) != 2:
            return None
        return entries.children

    def fields(self, found: SchemaNode) -> list[SchemaNode] | None:
        """Return the fields of a plain group; None for every other node."""
        return None if found.physical or found.annotation else found.children

    def compare_plain(self, path: str, wanted: HiveType, found: SchemaNode) -> None:
        """Compare a column of a type that is not nested."""
        if wanted.kind in _NARROW_BITS and str(found) in _INT32 - _READ_AS[wanted.kind]:
            self.narrow[found.leaf] = path, wanted
        else:
            super().compare_plain(path, wanted, found)

    def differs(self, path: str, wanted: HiveType, found: SchemaNode, remedy: str = "") -> None:
        """Report a column whose type engines do not read as the table's type."""
        # The physical type alone would be "INT32", which Trino reads as signed.
        if found.annotation in ("UINT_32", "UINT_64") and wanted.kind in ("int", "integer", "bigint"):
            cast_to = "Int64" if found.annotation == "UINT_32" else "Int64, if its values fit"
            remedy = f"Trino reads it as signed: cast to {cast_to}"
        super().differs(path, wanted, found, remedy)


def _pandas_hint(wanted: HiveType) -> str:
    return f" (pandas: astype({_PANDAS_TYPES[wanted.kind]!r}))" if wanted.kind in _PANDAS_TYPES else ""


def _list_item(outer: SchemaNode, repeated: SchemaNode) -> SchemaNode:
    """Return the type of a list's items, following the compatibility rules for older writers' layouts.

    https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#backward-compatibility-rules
    """
    is_item = len(repeated.children) != 1 or repeated.name in ("array", f"{outer.name}_tuple")
    if not is_item:
        return repeated.children[0]
    return type(repeated)(
        repeated.name,
        repeated.physical,
        repeated.annotation,
        repeated.precision,
        repeated.scale,
        leaf=repeated.leaf,
        children=repeated.children,
    )
