"""A part of a table's intervals, with the partitions that readers see, read from a cloud."""

from __future__ import annotations

from heapq import nlargest
from typing import TYPE_CHECKING

from partitioned_pipelines.cli.lake.problems import FAILURES, problem_of
from partitioned_pipelines.cli.runs.published_table import address_of_table, keys_of
from partitioned_pipelines.lake.intervals.clock import Clock
from partitioned_pipelines.lake.partitions.range import range_expression
from partitioned_pipelines.operations.lake_state.building.build_detail import build_detail
from partitioned_pipelines.operations.lake_state.documents.detail import LONGEST, Column, Partition
from partitioned_pipelines.runtime.history.catalog_partition import CatalogPartition, list_partitions
from partitioned_pipelines.runtime.intervals.partitions import TableKeys, stamped_size
from partitioned_pipelines.spec.derived.interval_rule import key_timezone

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from mypy_boto3_glue.type_defs import PartitionTypeDef

    from partitioned_pipelines.cli.lake.lake_reader import PipelineReader
    from partitioned_pipelines.operations.lake_state.building.gathered_facts import TableFacts
    from partitioned_pipelines.operations.lake_state.documents.detail import Detail
    from partitioned_pipelines.operations.lake_state.documents.lake import Problem
    from partitioned_pipelines.spec import Pipeline, Table


def read_detail(
    reader: PipelineReader | None,
    pipeline: Pipeline,
    table: Table,
    facts: TableFacts,
    *,
    until: datetime | None = None,
    since: datetime | None = None,
) -> Detail:
    """Return the last intervals of a table, 400 at most, with the partitions in them.

    What cannot be read becomes the document's problem.

    Parameters
    ----------
    reader
        None if nothing can be read: the document has the columns.
    facts
        What was read of the table's newest intervals.
    until, since
        Return the intervals that begin before, and not before these times.
    """
    problem: Problem | None = None
    if reader and until and not (facts.intervals and facts.intervals[-1].start < until):
        try:
            facts = reader.read_before(pipeline, table, until)
        except FAILURES as error:
            problem = problem_of(table.qualified_name, error)
    begin = next((i for i, each in enumerate(facts.intervals) if since is None or each.start >= since), 0)
    partitions: list[Partition] = []
    if reader and reader.bucket and table.registration != "projection":
        first = max(begin, len(facts.intervals) - LONGEST)
        span = (facts.intervals[first].start, facts.intervals[-1].end) if facts.intervals else None
        try:
            partitions = _newest(reader, pipeline, table, span)
        except FAILURES as error:
            problem = problem or problem_of(table.qualified_name, error)
    names = [key.name for key in table.partition_keys]
    return build_detail(
        facts,
        [Column(each.name, each.type, each.comment) for each in table.columns],
        [Column(each.name, each.type, each.comment) for each in table.partition_keys],
        first=begin,
        newest_keys=dict(zip(names, partitions[0].values, strict=True)) if partitions else None,
        shown=partitions,
        older=reader is not None and len(facts.intervals) >= reader.window,
        problem=problem,
    )


def _newest(
    reader: PipelineReader, pipeline: Pipeline, table: Table, span: tuple[datetime, datetime] | None
) -> list[Partition]:
    """Return the newest partitions in a time, those whose keys name no time among them."""
    address = address_of_table(reader.bucket or "", table)
    keys = TableKeys(keys_of(table), Clock(key_timezone(table, pipeline.schedule)))
    expression = range_expression(keys.keys[0], keys.clock, span) if span else None

    def inside() -> Iterator[tuple[tuple[str, str], PartitionTypeDef]]:
        for partition in list_partitions(reader.cloud.glue, address, expression=expression or ""):
            values = partition.get("Values", [])
            if len(values) != len(keys.keys):
                continue
            extent = keys.extent(values)
            if extent is None or span is None or (extent[0] < span[1] and span[0] < extent[1]):
                yield (extent[0].isoformat() if extent else "", "/".join(values)), partition

    newest = nlargest(LONGEST, inside(), key=lambda entry: entry[0])
    return [_shown(partition) for _, partition in newest]


def _shown(partition: PartitionTypeDef) -> Partition:
    parsed = CatalogPartition.parse(partition)
    objects, size, rows = stamped_size(partition)
    return Partition(parsed.values, parsed.run_id, bool(parsed.rollback_id), objects, size, rows, parsed.registered_at)
