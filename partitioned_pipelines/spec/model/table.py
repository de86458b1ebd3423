"""The typed model of a table in a pipeline file."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from partitioned_pipelines.lake.storage_format import TableFormat
from partitioned_pipelines.spec.model.fields import ColumnType, DateFormat, FileModel, GlueName, StepName
from partitioned_pipelines.spec.model.limits import LONGEST_COMMENT, LONGEST_DESCRIPTION

Registration = Literal["lambda", "msck", "projection"]


class Column(FileModel):
    """A column of the table, as the Glue Data Catalog holds it."""

    name: GlueName
    """Lower-case letters, digits and underscores."""
    type: ColumnType
    """A Hive type, such as string, bigint or timestamp; all formats but csv may nest: array<…>, map<…>, struct<…>."""
    comment: Annotated[str, Field(max_length=LONGEST_COMMENT)] = ""
    """What the column holds, for whoever queries the table; one line."""


class KeyProjection(FileModel):
    """Which values a key has, so that Athena need not ask a catalog."""

    values: tuple[str, ...] = ()
    """All of them, of a key of type string."""
    range: Annotated[tuple[int | str, ...], Field(json_schema_extra={"minItems": 2, "maxItems": 2})] = ()
    """The first and the last: numbers, or dates in the key's format, or NOW, NOW-3YEARS, NOW+1MONTH."""
    digits: Annotated[int, Field(ge=0, le=19)] = 0
    """With how many digits a number is written, zeros in front; as it is when left out."""


class PartitionKey(FileModel):
    """A partition key of the table: one level of the folders that the script writes."""

    name: GlueName
    """What stands before the `=`: dt in dt=2021-12-15."""
    type: Literal["string", "date", "int", "bigint", "smallint", "tinyint"] = "string"
    """Of the values. A date is written 2021-12-15."""
    date_format: DateFormat | None = None
    """Makes the values dates that are checked, such as %Y-%m-%d; directives are %Y %y %m %d %j %G %V %u."""
    comment: Annotated[str, Field(max_length=LONGEST_COMMENT)] = ""
    """What the key means, for whoever queries the table; one line."""
    projection: KeyProjection | None = None
    """With registration: projection, the values that the key has: {range: [1, 12]}, {range: ["2013-01-01", NOW]}, {values: [a, b]}."""


class TableSource(FileModel):
    """The step output that becomes the table; which one is filled in when the step has one only."""

    step: StepName
    """Name of the step."""
    output: str = ""
    """Name of its output, where it has several."""


class Table(FileModel):
    """A partitioned table, and the step output that feeds it."""

    source: TableSource
    """The step whose output is the table; {step: x, output: y} where it has several."""
    database: GlueName
    """Database in the Glue Data Catalog; it is made when it is not there."""
    name: GlueName
    """Name of the table; one pipeline writes it."""
    description: Annotated[str, Field(max_length=LONGEST_DESCRIPTION)] = ""
    """For whoever queries the table."""
    format: TableFormat = "csv"
    """Of the files that the script writes. csv: no header, no quotes. json: one object a line. Others hold their columns' names and types."""
    layout: Literal["versioned", "in_place"] = "versioned"
    """versioned: each run writes to a folder of its own, and publishes at once. in_place: every run writes to the same folder."""
    registration: Registration = "lambda"
    """How partitions become visible. lambda: audited and registered by the run. msck: MSCK REPAIR TABLE. projection: Athena works them out."""
    columns: Annotated[tuple[Column, ...], Field(min_length=1)]
    """In the order of the files' fields; without the partition keys."""
    partition_keys: Annotated[tuple[PartitionKey, ...], Field(min_length=1)]
    """In the order of the folders that the script writes."""
    on_bad_path: Literal["fail", "skip"] = "fail"
    """What a path that is no partition does. fail: nothing of the run is registered. skip: the good partitions are, the bad paths reported."""
    allow_empty: bool = False
    """Whether a run may write no data at all."""

    @property
    def qualified_name(self) -> str:
        """``database.name``."""
        return f"{self.database}.{self.name}"
