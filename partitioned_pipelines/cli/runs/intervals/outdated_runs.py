"""The outdated runs of a deployed pipeline, and the intervals that they processed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.project import open_project
from partitioned_pipelines.cli.runs.published_table import address_of_table
from partitioned_pipelines.lake.runs.inputs import InvalidRunInputsError
from partitioned_pipelines.operations.outdated import InputChanges, OutdatedRun, find_outdated
from partitioned_pipelines.spec.derived.interval_rule import interval_rule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from partitioned_pipelines.cli.runs.published_table import PublishedPipeline
    from partitioned_pipelines.lake.intervals.interval import Interval
    from partitioned_pipelines.runtime.history.table_address import TableAddress


def read_outdated(pipeline: PublishedPipeline) -> tuple[list[OutdatedRun], int]:
    """Return a pipeline's outdated runs, the oldest first, and the number of runs whose receipts do not name their inputs.

    Raises
    ------
    CommandError
        If the record of what a run read was deleted or changed.
    """
    tables = {
        table.qualified_name: table for each in open_project(pipeline.settings).pipelines for table in each.tables
    }

    def address_of(name: str) -> TableAddress | None:
        table = tables.get(name)
        return address_of_table(pipeline.lake_bucket, table) if table else None

    changes = InputChanges(pipeline.cloud.s3, pipeline.cloud.glue, address_of)
    try:
        return find_outdated([table.reader.read() for table in pipeline.tables], changes)
    except InvalidRunInputsError as error:
        raise CommandError(str(error), "restore an earlier version of the object", exit_code=ExitCode.FAILED) from error


def outdated_intervals(pipeline: PublishedPipeline, intervals: Sequence[Interval]) -> set[Interval]:
    """Return those of some intervals that an outdated run processed."""
    rule = interval_rule(pipeline.pipeline)
    runs, _ = read_outdated(pipeline)
    recorded = (rule.recorded_span(run.receipt.process_start, run.receipt.process_end) for run in runs)
    spans = [span for span in recorded if span]
    return {one for one in intervals if any(start < one.end and one.start < end for start, end in spans)}
