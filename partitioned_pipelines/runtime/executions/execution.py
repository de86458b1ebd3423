"""An execution of a pipeline, by either orchestrator, with the statuses of Step Functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.runs.run_facts import build_run_id

if TYPE_CHECKING:
    from datetime import datetime

    from mypy_boto3_stepfunctions.literals import ExecutionStatusType

OPEN: tuple[ExecutionStatusType, ...] = ("RUNNING",)
"""The statuses of executions of a state machine that have not ended. PENDING_REDRIVE is only one of a Map's child executions.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html
"""
UNSUCCESSFUL: tuple[ExecutionStatusType, ...] = ("FAILED", "TIMED_OUT", "ABORTED")
"""The statuses of executions that have ended unsuccessfully, in Step Functions."""
_STOPPING, _STOPPED = "STOPPING", "STOPPED"  # of a SageMaker pipeline


@dataclass(frozen=True, slots=True)
class Execution:
    """An execution, as listed by the service.

    Attributes
    ----------
    status
        A status of Step Functions, for either orchestrator; a stopped SageMaker pipeline is STOPPED.
    name
        The name of the execution, or the display name of that of a SageMaker pipeline.
    redriven_at
        The time of its last redrive; None if it has none.
    ended_at
        None if it has not ended, or if the service does not list it.
    listed_failure
        Why an execution of a SageMaker pipeline failed; Step Functions does not list it.
    """

    arn: str
    status: str
    started_at: datetime
    name: str = ""
    redriven_at: datetime | None = None
    ended_at: datetime | None = None
    listed_failure: str = ""

    @property
    def run_id(self) -> str:
        """The id of the execution's run, built as in PlanRun."""
        return build_run_id(self.started_at, self.arn)

    @property
    def revision(self) -> str:
        """A text that differs after a retry."""
        return self.redriven_at.isoformat() if self.redriven_at else self.listed_failure

    @property
    def failed(self) -> bool:
        """Whether it has ended unsuccessfully."""
        return self.status in (*UNSUCCESSFUL, _STOPPED)

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return self.status in (*OPEN, _STOPPING)
