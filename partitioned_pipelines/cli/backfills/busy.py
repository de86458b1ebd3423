"""The intervals that something processes already: an open run, or a running backfill that will come to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.cli.runs.executions.execution_list import interval_of_execution, open_executions
from partitioned_pipelines.spec.derived.interval_rule import interval_rule

if TYPE_CHECKING:
    from partitioned_pipelines.cli.backfills.machine import BackfillMachine
    from partitioned_pipelines.lake.intervals.interval import Interval

RUNNING = "running"


def busy_intervals(machine: BackfillMachine) -> dict[Interval, str]:
    """Return the intervals with a description of what processes them.

    All runs of a running backfill count, even those that have ended: whoever repeats a command while its backfill runs starts nothing.
    """
    rule = interval_rule(machine.pipeline)
    spans: list[tuple[Interval, str]] = []
    for execution in open_executions(machine.cloud, machine.outputs):
        interval = interval_of_execution(machine.cloud, execution, rule)
        if interval is not None:
            spans.append((interval, RUNNING))
    for backfill in machine.running():
        spans += [(run, f"in the running backfill {backfill.name}") for run in machine.intervals(backfill).values()]
    return {one: what for span, what in spans for one in rule.calendar.between(span.start, span.end)}
