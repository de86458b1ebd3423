"""What a table's files should hold: the format and the columns of its spec."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_FORMATS = ("csv", "json", "parquet")


@dataclass(frozen=True, slots=True)
class Column:
    """A column, with its Hive type in lower case."""

    name: str
    type: str

    @property
    def base_type(self) -> str:
        """The type without what is in brackets: ``decimal`` of ``decimal(10,2)``."""
        return self.type.replace("<", "(").partition("(")[0].strip()


@dataclass(frozen=True, slots=True)
class TableContent:
    """The content of a table, as its spec has it."""

    format: str
    columns: tuple[Column, ...]
    partition_keys: tuple[str, ...]

    @classmethod
    def from_payload(cls, table: Mapping[str, Any]) -> TableContent:
        """Read the ``table`` of RegisterPartitions' payload, which is the spec's own."""
        if table["format"] not in _FORMATS:
            raise TypeError(f"the table's format is {table['format']!r}: expected one of {', '.join(_FORMATS)}")
        return cls(
            format=table["format"],
            columns=tuple(Column(column["name"], column["type"].strip().lower()) for column in table["columns"]),
            partition_keys=tuple(key["name"] for key in table["partition_keys"]),
        )
