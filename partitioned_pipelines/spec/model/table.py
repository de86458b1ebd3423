"""The typed model of a table in a pipeline file."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from partitioned_pipelines.lake.tables.storage_format import TableFormat
from partitioned_pipelines.spec.model.fields import ColumnType, DateFormat, FileModel, GlueName, StepName
from partitioned_pipelines.spec.model.limits import LONGEST_COMMENT, LONGEST_DESCRIPTION

Registration = Literal["lambda", "msck", "projection"]


class Column(FileModel):
    """A column of the table in the Glue Data Catalog."""

    name: GlueName
    """Lower-case letters, digits and underscores."""
    type: ColumnType
    """A Hive type, such as string, bigint or timestamp; all formats but csv may nest: array<…>, map<…>, struct<…>."""
    comment: Annotated[str, Field(max_length=LONGEST_COMMENT)] = ""
    """Description of the column, on one line."""


class KeyProjection(FileModel):
    """The values of a key, from which Athena derives the partitions."""

    values: tuple[str, ...] = ()
    """All values, for a key of type string."""
    range: Annotated[tuple[int | str, ...], Field(json_schema_extra={"minItems": 2, "maxItems": 2})] = ()
    """The first and the last value: numbers, or dates in the key's format, or NOW, NOW-3YEARS, NOW+1MONTH."""
    digits: Annotated[int, Field(ge=0, le=19)] = 0
    """Number of digits to which numbers are padded with zeros; default: no padding."""


class PartitionKey(FileModel):
    """A partition key of the table: one level of the folders that the script writes."""

    name: GlueName
    """The part before the `=`: dt in dt=2021-12-15."""
    type: Literal["string", "date", "int", "bigint", "smallint", "tinyint"] = "string"
    """Type of the values. A date is written 2021-12-15."""
    date_format: DateFormat | None = None
    """Format of the dates or times that the values must be, such as %Y-%m-%d; directives are %Y %y %m %d %j %G %V %u %H %M %z."""
    comment: Annotated[str, Field(max_length=LONGEST_COMMENT)] = ""
    """Description of the key, on one line."""
    projection: KeyProjection | None = None
    """With registration: projection, the values that the key has: {range: [1, 12]}, {range: ["2013-01-01", NOW]}, {values: [a, b]}."""


class TableSource(FileModel):
    """The step output that becomes the table; the output's name may be omitted if the step has only one."""

    step: StepName
    """Name of the step."""
    output: str = ""
    """Name of its output, if it has several."""


class Table(FileModel):
    """A partitioned table, and the step output that feeds it."""

    source: TableSource
    """The step whose output is the table; {step: x, output: y} if it has several."""
    database: GlueName
    """Database in the Glue Data Catalog; it is created if it does not exist."""
    name: GlueName
    """Name of the table; only one pipeline may write it."""
    description: Annotated[str, Field(max_length=LONGEST_DESCRIPTION)] = ""
    """Description of the table."""
    format: TableFormat = "csv"
    """Format of the script's files. csv: no header, no quotes. json: one object per line. Others contain column names and types."""
    layout: Literal["versioned", "in_place"] = "versioned"
    """versioned: each run writes to its own folder, and partitions then point to it. in_place: every run writes to the same folder."""
    registration: Registration = "lambda"
    """How partitions become visible. lambda: the run audits and registers them. msck: MSCK REPAIR TABLE. projection: Athena derives them."""
    columns: Annotated[tuple[Column, ...], Field(min_length=1)]
    """Columns in the order of the files' fields, without the partition keys."""
    partition_keys: Annotated[tuple[PartitionKey, ...], Field(min_length=1)]
    """Partition keys in the order of the folders that the script writes."""
    key_timezone: Literal["UTC"] | None = None
    """UTC if the script writes the dates and times of the keys in UTC; default: in the schedule's timezone."""
    on_bad_path: Literal["fail", "skip"] = "fail"
    """What happens if a path is not a partition. fail: nothing is registered. skip: the others are registered, the bad path is reported."""
    allow_empty: bool = False
    """Whether a run without data succeeds."""

    @property
    def qualified_name(self) -> str:
        """``database.name``."""
        return f"{self.database}.{self.name}"
