"""A table's partitions in the Data Catalog, with their stamps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.lake.intervals.instants import parse_instant
from partitioned_pipelines.runtime.catalog import RegistrationError
from partitioned_pipelines.runtime.history.table_address import comparable_location

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from mypy_boto3_glue import GlueClient
    from mypy_boto3_glue.type_defs import PartitionTypeDef

    from partitioned_pipelines.runtime.history.table_address import TableAddress

_PAGE = 1000  # the most that Glue returns


@dataclass(frozen=True, slots=True)
class CatalogPartition:
    """A partition as readers see it.

    Attributes
    ----------
    location
        Normalized to this project's form.
    run_id, rollback_id, started_at, registered_at
        From the partition's stamp; None if it has no stamp of this project.
    """

    values: tuple[str, ...]
    location: str
    run_id: str | None
    rollback_id: str | None
    started_at: datetime | None
    registered_at: datetime | None

    @classmethod
    def parse(cls, partition: PartitionTypeDef) -> CatalogPartition:
        """Parse a partition of Glue's answer."""
        stamp = partition.get("Parameters", {})
        return cls(
            values=tuple(partition.get("Values", [])),
            location=comparable_location(partition.get("StorageDescriptor", {}).get("Location", "")),
            run_id=stamp.get("run_id"),
            rollback_id=stamp.get("rollback_id"),
            started_at=_instant(stamp, "run_started_at"),
            registered_at=_instant(stamp, "registered_at"),
        )


def list_partitions(
    glue: GlueClient,
    table: TableAddress,
    *,
    with_schema: bool = False,
    expression: str = "",
    segment: tuple[int, int] | None = None,
) -> Iterator[PartitionTypeDef]:
    """List a table's partitions, page by page.

    Parameters
    ----------
    with_schema
        Include the columns, which are most of an answer.
    expression
        List only the partitions whose values it matches.
    segment
        List only one part of so many, whose union is the table; parts can be read at the same time.

    Raises
    ------
    RegistrationError
        If the table is not in the Data Catalog.
    """
    request: dict[str, Any] = {"Expression": expression} if expression else {}
    if segment:
        request["Segment"] = {"SegmentNumber": segment[0], "TotalSegments": segment[1]}
    pages = glue.get_paginator("get_partitions").paginate(
        DatabaseName=table.database_name,
        TableName=table.table_name,
        ExcludeColumnSchema=not with_schema,
        PaginationConfig={"PageSize": _PAGE},
        **request,
    )
    try:
        for page in pages:
            yield from page.get("Partitions", [])
    except glue.exceptions.EntityNotFoundException as error:
        raise RegistrationError(
            f"the table {table.full_name} is not in the Data Catalog: deploy the pipeline's stack"
        ) from error


def _instant(stamp: Mapping[str, str], name: str) -> datetime | None:
    try:
        return parse_instant(stamp[name]) if name in stamp else None
    except ValueError:
        return None  # not written by this project (a crawler, or a manual edit)
