"""The plan that a command's options ask for, before anything is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.cli.backfills.busy import busy_intervals
from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.runs.executions.execution_list import open_executions
from partitioned_pipelines.cli.steps.local_plan import refuse_unfit_interval
from partitioned_pipelines.lake.schedule.expected import newest_due
from partitioned_pipelines.operations.backfill.chunks import Chunk, InvalidChunkError
from partitioned_pipelines.operations.backfill.plan import BackfillPlan
from partitioned_pipelines.operations.backfill.selection import (
    IN_THE_FUTURE,
    NOT_DUE,
    Mode,
    Selection,
    select_intervals,
)
from partitioned_pipelines.spec.derived.awaited_tables import expected_by_pipeline
from partitioned_pipelines.spec.derived.interval_rule import interval_rule

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from partitioned_pipelines.cli.backfills.machine import BackfillMachine
    from partitioned_pipelines.lake.intervals.interval import Interval
    from partitioned_pipelines.spec.model.pipeline import Pipeline

    Judge = Callable[[Sequence[Interval]], Mapping[Interval, str]]

MOST_CONCURRENT, DEFAULT_CONCURRENT = 100, 4


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of a backfill.

    Attributes
    ----------
    span
        The time from ``--from`` to ``--to``.
    every_interval
        Whether intervals that the schedule does not name are run, too.
    """

    span: Interval
    mode: Mode
    every_interval: bool = False
    chunk: Chunk | None = None
    newest_first: bool = False

    @property
    def record(self) -> dict[str, Any]:
        """The options, for the record of the backfill."""
        return {
            "mode": self.mode,
            "from": self.span.start_text,
            "to": self.span.end_text,
            "chunk": self.chunk.text if self.chunk else None,
            "every_interval": self.every_interval,
            "order": "newest first" if self.newest_first else "oldest first",
        }


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, and the intervals that it leaves out."""

    plan: BackfillPlan
    selection: Selection


def plan_backfill(machine: BackfillMachine, asked: Asked, judge: Judge, now: datetime) -> Planned:
    """Plan the runs.

    Parameters
    ----------
    judge
        Returns the name of each interval's state or, for ``--outdated``, whether it is; not called for ``--all``.

    Raises
    ------
    CommandError
        If PlanRun would reject one of the runs, or a chunk is too short.
    """
    pipeline = machine.pipeline
    intervals = list(interval_rule(pipeline).calendar.between(asked.span.start, asked.span.end))
    scheduled = (
        set(intervals)
        if asked.every_interval
        else set(expected_by_pipeline(pipeline, asked.span.start, asked.span.end))
    )
    busy = _too_early(pipeline, asked, intervals, now) | busy_intervals(machine)
    open_ones = [one for one in intervals if one in scheduled and one not in busy]
    judged = judge(open_ones) if asked.mode != "all" else {}
    selection = select_intervals(intervals, asked.mode, scheduled=scheduled, busy=busy, judged=judged)
    runs: Sequence[Interval] = selection.chosen
    if asked.chunk:
        try:
            runs = list(asked.chunk.join(runs))
        except InvalidChunkError as error:
            raise CommandError(f"--chunk: {error}") from error
    for run in _different(runs):
        try:
            refuse_unfit_interval(pipeline, run)
        except CommandError as error:
            raise CommandError(error.message, "leave out --chunk" if asked.chunk else error.remedy) from error
    ordered = tuple(reversed(runs)) if asked.newest_first else tuple(runs)
    return Planned(BackfillPlan(pipeline.name, asked.mode, ordered), selection)


def allowed_concurrency(pipeline: Pipeline, asked: int | None) -> int:
    """Return the number of runs at the same time.

    Raises
    ------
    CommandError
        If several are asked for, and runs of the pipeline would disturb each other.
    """
    reason = _why_one_at_a_time(pipeline)
    if reason is None:
        return asked or DEFAULT_CONCURRENT
    if asked is not None and asked > 1:
        raise CommandError(f"--max-concurrency {asked}: {reason}", "use --max-concurrency 1")
    return 1


def refuse_beside_open_runs(machine: BackfillMachine) -> None:
    """Raise CommandError if the pipeline writes in place and another run is open: each would register the other's half-written partitions."""
    table = next((table for table in machine.pipeline.tables if table.layout == "in_place"), None)
    if table is None:
        return
    busy = [one.name for one in open_executions(machine.cloud, machine.outputs)] or [
        one.name for one in machine.running()
    ]
    if busy:
        raise CommandError(
            f"{table.qualified_name} is written in place, and {busy[0]} is still running",
            "wait until it has ended, or stop it",
            exit_code=ExitCode.FAILED,
        )


def _too_early(pipeline: Pipeline, asked: Asked, intervals: Sequence[Interval], now: datetime) -> dict[Interval, str]:
    """Return the intervals that have not begun and, if the missing ones are asked for, those that the schedule will still come to."""
    found = {one: IN_THE_FUTURE for one in intervals if one.start >= now}
    timetable = pipeline.schedule.timetable if pipeline.schedule else None
    if asked.mode in ("missing", "failed") and timetable is not None:
        due = newest_due(timetable, now)
        found |= {one: NOT_DUE for one in intervals if one not in found and (due is None or one.end > due.end)}
    return found


def _why_one_at_a_time(pipeline: Pipeline) -> str | None:
    for table in pipeline.tables:
        if table.layout == "in_place":
            return f"{table.qualified_name} is written in place, and runs would register each other's half-written partitions"
        if table.qualified_name in pipeline.read_tables:
            return f"{pipeline.name} reads its own table {table.qualified_name}, and a run may need the one before"
    return None


def _different(runs: Sequence[Interval]) -> list[Interval]:
    """Return one run of each kind that PlanRun may treat differently: a single interval, a whole day, a longest chunk."""
    by_length = {(run.process_date is None, run.process_hour is None, run.end - run.start): run for run in runs}
    return list(by_length.values())
