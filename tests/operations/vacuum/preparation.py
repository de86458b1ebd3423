"""A vacuum of a test's table, three weeks after its first run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.operations.history.executions import Executions, ExecutionState
from partitioned_pipelines.operations.vacuum import Vacuum
from tests.runtime.registration.published_runs import DAY, START, Clock, address, lease_of

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from partitioned_pipelines.operations.vacuum import VacuumReport
    from tests.moto_lake import Lake

WEEK = 7 * DAY
NOW = START + 20 * DAY


class KnownExecutions(Executions):
    """The executions of a test, by run id."""

    def __init__(self, **states: tuple[str, datetime | None]) -> None:
        self._states = states

    def find(self, run_id: str) -> ExecutionState | None:
        state = self._states.get(run_id)
        return ExecutionState(f"arn:{run_id}", *state) if state else None


def prepare(lake: Lake, *, now: datetime = NOW, keep: timedelta = WEEK, executions: Executions | None = None) -> Vacuum:
    clock = Clock(now)
    return Vacuum(
        lake.s3,
        lake.glue,
        address(lake),
        executions or KnownExecutions(),
        keep,
        lease_of(lake, clock),
        clock,
        clock.sleep,
    )


def removed_runs(report: VacuumReport) -> list[str]:
    return [run.run_id for run in report.removed]
