"""The tables that wait for what a failed run did not write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.cli.lake.lake_reader import build_from, with_sources
from partitioned_pipelines.spec.derived.interval_rule import interval_rule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from partitioned_pipelines.cli.lake.lake_reader import PipelineReader
    from partitioned_pipelines.cli.settings import Settings
    from partitioned_pipelines.lake.intervals.interval import Interval
    from partitioned_pipelines.operations.lake_state.documents.lake import Need, Waiting
    from partitioned_pipelines.spec import Pipeline


def waiting_for(pipeline: Pipeline, interval: Interval, needs: Sequence[Need]) -> tuple[Waiting, ...]:
    """Return the tables that wait for the root cause of which an interval of a pipeline is a part."""
    starts = {each.start_text for each in interval_rule(pipeline).calendar.between(interval.start, interval.end)}
    return tuple(
        waiting
        for need in needs
        if need.pipeline == pipeline.name
        and any(span.start <= start < span.end for span in need.intervals for start in starts)
        for waiting in need.waiting
    )


def read_needs(
    settings: Settings, lake: PipelineReader, pipelines: Sequence[Pipeline], pipeline: Pipeline
) -> Sequence[Need]:
    """Read a pipeline, those that read its tables, and their sources; return what needs somebody."""
    readers = _with_readers(pipelines, pipeline)
    facts = [lake.read(each).facts for each in with_sources(pipelines, readers)]
    return build_from(settings, facts, target="", now=lake.now, window=lake.window).needs


def _with_readers(pipelines: Sequence[Pipeline], pipeline: Pipeline) -> list[Pipeline]:
    """Return a pipeline with those that read its tables, directly or not."""
    found, tables = {pipeline.name: pipeline}, {table.qualified_name for table in pipeline.tables}
    while more := [one for one in pipelines if one.name not in found and tables & set(one.read_tables)]:
        found |= {one.name: one for one in more}
        tables |= {table.qualified_name for one in more for table in one.tables}
    return list(found.values())
