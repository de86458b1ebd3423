"""Whether a column of a Parquet file is read as its table's type, at every depth; and what to write if it is not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.hive_type import INTEGER_BITS

if TYPE_CHECKING:
    from collections.abc import Callable

    from partitioned_pipelines.lake.hive_type import HiveType
    from partitioned_pipelines.runtime.audit.parquet.schema_node import SchemaNode

_INT32 = {"INT32", "INT32 INT_32", "INT32 INT_16", "INT32 INT_8", "INT32 UINT_8", "INT32 UINT_16"}
_TEXT = {"BYTE_ARRAY", "BYTE_ARRAY UTF8", "BYTE_ARRAY ENUM", "BYTE_ARRAY JSON"}
# What the engines read as a type, the narrower ones among it.
_READ_AS: dict[str, set[str]] = {
    "boolean": {"BOOLEAN"},
    "tinyint": {"INT32 INT_8"},
    "smallint": {"INT32 INT_8", "INT32 INT_16", "INT32 UINT_8"},
    "int": _INT32,
    "integer": _INT32,
    # UINT_32 is not among them: Trino reads an INT32 as signed.
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


@dataclass(slots=True)
class TypeMatch:
    """The comparison of a file's columns with a table's.

    Attributes
    ----------
    add
        Called with each problem.
    narrow
        Plain INT32 columns of a narrower type, by their places: only the values decide whether they fit.
    """

    add: Callable[[str], None]
    narrow: dict[int, tuple[str, HiveType]] = field(default_factory=dict)

    def compare(self, path: str, wanted: HiveType, found: SchemaNode) -> None:
        """Compare a column, or a part of one, with its type; ``path`` is how a finding names it."""
        if found.annotation == "NULL":
            self.add(f"{path} has no type: all its values are null; give it one{_pandas_hint(wanted)}")
        elif found.repeated:
            self.add(f"{path} is a repeated {found}, the table's is {wanted}: write {_to_write(wanted)}")
        elif wanted.kind == "array":
            self._array(path, wanted, found)
        elif wanted.kind == "map":
            self._map(path, wanted, found)
        elif wanted.kind == "struct":
            self._struct(path, wanted, found)
        elif wanted.kind in _NARROW_BITS and str(found) in _INT32 - _READ_AS[wanted.kind]:
            self.narrow[found.leaf] = path, wanted
        elif not _fits(wanted, found):
            self._differs(path, wanted, found)

    def check_bounds(self, bounds: dict[int, tuple[int, int] | None]) -> None:
        """Compare the bounds of the columns in ``narrow`` with what their types hold."""
        for leaf, (path, wanted) in self.narrow.items():
            limit = 2 ** (_NARROW_BITS[wanted.kind] - 1)
            found = bounds.get(leaf, (0, 0))
            if found is None:
                problem = "its statistics do not tell whether its values fit"
            elif not -limit <= found[0] <= found[1] < limit:
                problem = f"its values reach from {found[0]} to {found[1]}"
            else:
                continue
            self.add(
                f"{path} is INT32, the table's is {wanted}, and {problem}: write {_TO_WRITE[wanted.kind]}, or make the "
                "column an int"
            )

    def _array(self, path: str, wanted: HiveType, found: SchemaNode) -> None:
        if found.annotation != "LIST" or len(found.children) != 1 or not found.children[0].repeated:
            self._differs(path, wanted, found)
            return
        self.compare(f"{path}[]", wanted.parts[0], _list_item(found, found.children[0]))

    def _map(self, path: str, wanted: HiveType, found: SchemaNode) -> None:
        entries = found.children[0] if len(found.children) == 1 else None
        if found.annotation not in ("MAP", "MAP_KEY_VALUE") or not entries or len(entries.children) != 2:
            self._differs(path, wanted, found)
            return
        for place, part, child in zip(("key", "value"), wanted.parts, entries.children, strict=True):
            self.compare(f"{path}[{place}]", part, child)

    def _struct(self, path: str, wanted: HiveType, found: SchemaNode) -> None:
        if found.physical or found.annotation:
            self._differs(path, wanted, found)
            return
        fields = self.by_name(path, found.children)
        common = [(name, part) for name, part in zip(wanted.names, wanted.parts, strict=True) if name in fields]
        if not common:
            self.add(
                f"{path} has none of the table's fields ({', '.join(wanted.names[:20])}), it would be a row of nulls; "
                f"its fields are {sorted(fields)[:20]!r}"
            )
        for name, part in common:
            self.compare(f"{path}.{name}" if path else name, part, fields[name])

    def by_name(self, path: str, nodes: list[SchemaNode]) -> dict[str, SchemaNode]:
        """Find columns, or a struct's fields, by their names in lower case."""
        found = {node.name.lower(): node for node in nodes}
        if len(found) < len(nodes):
            names = sorted(node.name for node in nodes)
            what = f"fields of {path}" if path else "columns"
            self.add(f"{what} have the same name, or differ in case alone, {names!r}: engines take one of them")
        return found

    def _differs(self, path: str, wanted: HiveType, found: SchemaNode) -> None:
        # The physical type alone would say "INT32", which is what Trino reads: the sign is lost.
        if found.annotation in ("UINT_32", "UINT_64") and wanted.kind in ("int", "integer", "bigint"):
            cast_to = "Int64" if found.annotation == "UINT_32" else "Int64, if its values fit"
            remedy = f"Trino reads it as signed: cast to {cast_to}"
        else:
            remedy = f"write {_to_write(wanted)}"
        self.add(f"{path} is {found}, the table's is {wanted}: {remedy}")


def _to_write(wanted: HiveType) -> str:
    return _TO_WRITE.get(wanted.kind, wanted.text)


def _pandas_hint(wanted: HiveType) -> str:
    return f" (pandas: astype({_PANDAS_TYPES[wanted.kind]!r}))" if wanted.kind in _PANDAS_TYPES else ""


def _fits(wanted: HiveType, found: SchemaNode) -> bool:
    if wanted.kind == "decimal":
        precision, scale = wanted.sizes
        return found.annotation == "DECIMAL" and found.scale == scale and found.precision <= precision
    readable = _READ_AS.get(wanted.kind)
    return readable is None or str(found) in readable


def _list_item(outer: SchemaNode, repeated: SchemaNode) -> SchemaNode:
    """Return the type of a list's items, by the rules for the layouts that older writers had.

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
