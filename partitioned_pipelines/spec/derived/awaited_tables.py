"""The tables that start a pipeline with ``when: inputs``: derived from what its steps read, so that nothing is named twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from partitioned_pipelines.lake.schedule.awaited import awaited_of, expected_of
from partitioned_pipelines.lake.schedule.expected import expected_intervals
from partitioned_pipelines.lake.schedule.interval_rule import schedule_spec
from partitioned_pipelines.spec.derived.partitions import partitions_spec
from partitioned_pipelines.spec.model.pipeline import AwaitedTable, TableInput

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from partitioned_pipelines.lake.function_events.payloads import AwaitedSpec, WriterSpec
    from partitioned_pipelines.lake.intervals.interval import Interval
    from partitioned_pipelines.lake.schedule.awaited import Awaited
    from partitioned_pipelines.spec.model.pipeline import Pipeline, PipelineEntry, Table


def waits_for_tables(entry: PipelineEntry) -> bool:
    """Return whether the publications of tables start a pipeline."""
    return entry.schedule is not None and entry.schedule.when == "inputs"


def awaited_inputs(
    entry: PipelineEntry, writers: Mapping[str, PipelineEntry]
) -> Iterator[tuple[tuple[str, str], TableInput]]:
    """Yield the table inputs that a pipeline waits for, each with its step and its name.

    Its own tables are not among them, which it would wait for in vain, and neither is a table that is read whole and whose writer has no
    schedule: nobody knows when it changes.

    Parameters
    ----------
    writers
        The pipelines of the project by the tables that they write.
    """
    for step in entry.steps:
        for name, source in step.inputs.items():
            if not isinstance(source, TableInput) or source.table not in writers:
                continue
            writer = writers[source.table]
            if writer.name == entry.name or (writer.schedule is None and source.partitions == "all"):
                continue
            yield (step.name, name), source


def awaited_tables(
    entry: PipelineEntry, tables: Mapping[str, Table], writers: Mapping[str, PipelineEntry]
) -> tuple[AwaitedTable, ...]:
    """Return what a pipeline of a valid project waits for; empty unless it is started by tables."""
    if not waits_for_tables(entry):
        return ()
    found: dict[str, AwaitedTable] = {}
    for _, source in awaited_inputs(entry, writers):
        writer = writers[source.table]
        assert writer.schedule is not None  # checked: only a table that is read whole may lack one  # noqa: S101
        awaited = AwaitedTable(
            table=tables[source.table],
            partitions=source.partitions,
            writer=writer.name,
            schedule=writer.schedule,
            awaits=awaited_tables(writer, tables, writers),
        )
        # Several steps may read the same partitions.
        found[f"{source.table} {partitions_spec(source.partitions)}"] = awaited
    return tuple(found.values())


def awaited_specs(pipeline: Pipeline) -> list[AwaitedSpec]:
    """Return what a pipeline waits for, as the functions get it."""
    return table_specs(pipeline.awaits)


def table_specs(awaited: Iterable[AwaitedTable]) -> list[AwaitedSpec]:
    """Return awaited tables, as the functions get them."""
    return [_spec(one) for one in awaited]


def specs_that_leave_out(awaited: Iterable[AwaitedTable]) -> list[AwaitedSpec]:
    """Return awaited tables, as the functions get them, if they may leave out intervals; empty if they let expect each interval."""
    tables = list(awaited)
    return table_specs(tables) if any(map(_leaves_out, tables)) else []


def awaited_by(pipeline: Pipeline) -> tuple[Awaited, ...]:
    """Return what a pipeline waits for."""
    return awaited_of(awaited_specs(pipeline))


def expected_by_pipeline(pipeline: Pipeline, start: datetime, end: datetime) -> list[Interval]:
    """Return the intervals of a pipeline that begin from ``start`` up to ``end`` and that are expected, in order."""
    return expected_of(expected_intervals(pipeline.schedule, start, end), awaited_by(pipeline))


def _spec(awaited: AwaitedTable) -> AwaitedSpec:
    writer = cast("WriterSpec", schedule_spec(awaited.schedule))
    if awaited.schedule.cron is not None:
        writer["cron"] = awaited.schedule.cron
    if awaits := specs_that_leave_out(awaited.awaits):
        writer["awaits"] = awaits
    return {
        "database_name": awaited.table.database,
        "table_name": awaited.table.name,
        "partitions": partitions_spec(awaited.partitions),
        "writer": writer,
    }


def _leaves_out(awaited: AwaitedTable) -> bool:
    """Return whether a table is not expected to have all intervals of its writer's calendar: its cron expression may leave out some."""
    return awaited.schedule.cron is not None or any(_leaves_out(one) for one in awaited.awaits)
