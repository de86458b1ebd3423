"""The executions of runs without a receipt: their status and their end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.runs.run_facts import build_run_id

if TYPE_CHECKING:
    from datetime import datetime

    from mypy_boto3_stepfunctions import SFNClient


@dataclass(frozen=True, slots=True)
class ExecutionState:
    """The current state of an execution in Step Functions.

    Attributes
    ----------
    closed_at
        None while the execution runs or has a pending redrive.
    """

    arn: str
    status: str
    closed_at: datetime | None


class Executions:
    """The executions of one state machine, found by run id.

    Parameters
    ----------
    state_machine_arn
        None if the state machine no longer exists; then no run is found.
    """

    def __init__(self, sfn: SFNClient, state_machine_arn: str | None) -> None:
        self._sfn = sfn
        self._state_machine_arn = state_machine_arn
        self._arns: dict[str, str] | None = None

    def find(self, run_id: str) -> ExecutionState | None:
        """Find the execution of a run; return None if Step Functions has deleted it, which happens after 90 days.

        A run id is derived from an execution's start and ARN, so that the listing, which is read once, contains its ARN. The state is requested
        each time, because a redrive reopens the execution.
        """
        arn = self._listed().get(run_id)
        if arn is None:
            return None
        try:
            described = self._sfn.describe_execution(executionArn=arn)
        except self._sfn.exceptions.ExecutionDoesNotExist:
            return None
        open_again = described["status"] in ("RUNNING", "PENDING_REDRIVE")
        return ExecutionState(arn, described["status"], None if open_again else described.get("stopDate"))

    def _listed(self) -> dict[str, str]:
        if self._arns is None:
            self._arns = {}
            if self._state_machine_arn:
                pages = self._sfn.get_paginator("list_executions").paginate(stateMachineArn=self._state_machine_arn)
                self._arns = {
                    build_run_id(execution["startDate"], execution["executionArn"]): execution["executionArn"]
                    for page in pages
                    for execution in page["executions"]
                }
        return self._arns
