"""The match between the type of an ORC column and the table's type, and the type to write if they do not match.

Trino reads narrower integers as wider ones, except BYTE. It does not read numbers as text or text as numbers:
https://github.com/trinodb/trino/tree/master/lib/trino-orc/src/main/java/io/trino/orc/reader (``verifyStreamType``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.runtime.audit.column_match import ColumnMatch
from partitioned_pipelines.runtime.audit.orc.type_tree import OrcType

if TYPE_CHECKING:
    from collections.abc import Sequence


_TEXT = {"STRING", "VARCHAR", "CHAR"}
_READ_AS = {
    "boolean": {"BOOLEAN"},
    "tinyint": {"BYTE"},
    "smallint": {"SHORT"},
    "int": {"SHORT", "INT"},
    "integer": {"SHORT", "INT"},
    "bigint": {"SHORT", "INT", "LONG"},
    "float": {"FLOAT"},
    "double": {"FLOAT", "DOUBLE"},
    "string": _TEXT,
    "varchar": _TEXT,
    "char": _TEXT,
    "binary": {"BINARY"},
    "date": {"DATE"},
    # TIMESTAMP_INSTANT is a separate type, which Athena reads only as a timestamp with a time zone.
    "timestamp": {"TIMESTAMP"},
}
_TO_WRITE = {
    "boolean": "BOOLEAN (pyarrow: bool_)",
    "tinyint": "BYTE (pyarrow: int8)",
    "smallint": "SHORT (pyarrow: int16)",
    "int": "INT (pyarrow: int32)",
    "integer": "INT (pyarrow: int32)",
    "bigint": "LONG (pyarrow: int64)",
    "float": "FLOAT (pyarrow: float32)",
    "double": "DOUBLE (pyarrow: float64)",
    "string": "STRING",
    "varchar": "STRING",
    "char": "STRING",
    "binary": "BINARY",
    "date": "DATE (pyarrow: date32)",
    "timestamp": "TIMESTAMP, without a time zone (pyarrow: timestamp('us'))",
    "decimal": "DECIMAL of the same scale, and no more precision",
    "array": "a LIST",
    "map": "a MAP",
    "struct": "a STRUCT",
}


class TypeMatch(ColumnMatch[OrcType]):
    """The comparison of an ORC file's columns with a table's."""

    READ_AS = _READ_AS
    TO_WRITE = _TO_WRITE

    def item(self, found: OrcType) -> OrcType | None:
        """Return the type of a list's items; None if it is not a list."""
        return found.children[0] if found.kind == "LIST" else None

    def entries(self, found: OrcType) -> Sequence[OrcType] | None:
        """Return a map's key and value; None if it is not a map."""
        return found.children if found.kind == "MAP" else None

    def fields(self, found: OrcType) -> Sequence[OrcType] | None:
        """Return a struct's fields; None if it is not a struct."""
        return found.children if found.kind == "STRUCT" else None
