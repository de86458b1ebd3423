"""Waiting for a backfill, and its runs that did not succeed."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.cli.runs.executions.execution_list import list_executions, open_executions, read_outcome
from partitioned_pipelines.cli.terminal.output import spinner
from partitioned_pipelines.lake.runs.backfill_names import backfill_run_prefix
from partitioned_pipelines.runtime.executions.execution import OPEN, UNSUCCESSFUL

if TYPE_CHECKING:
    from partitioned_pipelines.cli.backfills.machine import Backfill, BackfillMachine, RunCounts
    from partitioned_pipelines.lake.intervals.interval import Interval
    from partitioned_pipelines.runtime.executions.execution import Execution

_WITH_REASON = 100  # each needs several calls


@dataclass(frozen=True, slots=True)
class FailedRun:
    """A run of a backfill that did not succeed.

    Attributes
    ----------
    interval
        None if the backfill's object was deleted.
    reason
        None beyond the first hundred.
    """

    name: str
    status: str
    execution_arn: str
    interval: Interval | None
    failed_step: str | None
    reason: str | None

    def document(self) -> dict[str, Any]:
        """Return the run as JSON."""
        return {
            "name": self.name,
            "status": self.status,
            **(self.interval.ends if self.interval else {"from": None, "to": None}),
            "failed_step": self.failed_step,
            "reason": self.reason,
            "execution_arn": self.execution_arn,
        }


def wait_for_end(machine: BackfillMachine, backfill: Backfill) -> str:
    """Show a backfill's counts until it has ended; return its status."""
    with spinner(f"{backfill.name}  starting") as show:
        while True:
            status = machine.status(backfill)
            if status not in OPEN:
                return status
            if counts := machine.counts(backfill):
                show(f"{backfill.name}  {shown_counts(counts)}")
            time.sleep(machine.cloud.poll_seconds)


def shown_counts(counts: RunCounts) -> str:
    """Return counts as text."""
    parts = (
        (counts.succeeded, "succeeded"),
        (counts.failed, "failed"),
        (counts.running, "running"),
        (counts.left, "left"),
    )
    return f"{', '.join(f'{count:,} {what}' for count, what in parts if count) or 'none'} of {counts.total:,}"


def failed_runs(machine: BackfillMachine, backfill: Backfill) -> list[FailedRun]:
    """Return the runs that failed, timed out or were stopped, in the order of their names."""
    intervals = machine.intervals(backfill)
    prefix = backfill_run_prefix(backfill.id)
    listed = list_executions(machine.cloud, machine.outputs, UNSUCCESSFUL)
    failed = sorted((one for one in listed if one.failed and one.name.startswith(prefix)), key=lambda one: one.name)
    found = []
    for number, execution in enumerate(failed):
        step, reason = None, None
        if number < _WITH_REASON:
            outcome = read_outcome(machine.cloud, execution, machine.pipeline)
            step, reason = outcome.failed_step, outcome.reason
        interval = intervals.get(execution.name)
        found.append(FailedRun(execution.name, execution.status, execution.arn, interval, step, reason))
    return found


def open_runs(machine: BackfillMachine, backfill: Backfill) -> list[Execution]:
    """Return the runs that have not ended."""
    prefix = backfill_run_prefix(backfill.id)
    return [one for one in open_executions(machine.cloud, machine.outputs) if one.name.startswith(prefix)]
