"""The expected content of a table's files: the format and the columns of its spec."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.tables.hive_type import HiveType
from partitioned_pipelines.lake.tables.storage_format import TABLE_FORMATS, TableFormat

if TYPE_CHECKING:
    from partitioned_pipelines.lake.function_events.payloads import ContentSpec


@dataclass(frozen=True, slots=True)
class Column:
    """A column."""

    name: str
    type: HiveType


@dataclass(frozen=True, slots=True)
class TableContent:
    """The content of a table, as defined in its spec.

    Attributes
    ----------
    allow_empty
        True if a partition may have no rows.
    """

    format: TableFormat
    columns: tuple[Column, ...]
    partition_keys: tuple[str, ...]
    allow_empty: bool = False

    @classmethod
    def from_payload(cls, table: ContentSpec) -> TableContent:
        """Parse the ``table`` of RegisterPartitions' payload, which has the spec's form."""
        if table["format"] not in TABLE_FORMATS:
            raise TypeError(f"the table's format is {table['format']!r}: expected one of {', '.join(TABLE_FORMATS)}")
        return cls(
            format=table["format"],
            columns=tuple(Column(column["name"], HiveType.parse(column["type"])) for column in table["columns"]),
            partition_keys=tuple(key["name"] for key in table["partition_keys"]),
            allow_empty=bool(table.get("allow_empty")),
        )
