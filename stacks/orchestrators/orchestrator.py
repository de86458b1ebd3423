"""The interface between a pipeline's stack and an orchestrator with its workflow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from partitioned_pipelines.lake.runs.backfill_names import BACKFILL_PREFIX

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aws_cdk import aws_iam as iam
    from constructs import Construct

    from partitioned_pipelines.spec import Pipeline
    from stacks.data_lake.shared_lake import SharedLake
    from stacks.iam.role_policy import RolePolicy
    from stacks.orchestrators.resources import WorkflowResources

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
LONGEST_CALL_MINUTES = 15

SCHEDULED_TIME = "<aws.scheduler.scheduled-time>"
"""The placeholder of the scheduled time in a schedule's payload.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
"""

# The pattern of an event's field: the runs of a backfill are summarized by its own notification.
NOT_OF_A_BACKFILL: list[dict[str, Any]] = [{"anything-but": {"prefix": BACKFILL_PREFIX}}]


@dataclass(frozen=True, slots=True)
class ScheduledTarget:
    """The target that EventBridge Scheduler starts.

    Attributes
    ----------
    arn
        ARN of the target.
    payload
        The target's input, in which the scheduler replaces the placeholder of the scheduled time.
    action, resource
        The action and the resource that a role needs to start the target.
    """

    arn: str
    payload: str
    action: str
    resource: str


@dataclass(frozen=True, slots=True)
class StatusEvents:
    """The events that report the status of executions.

    Attributes
    ----------
    detail
        Pattern of the event details.
    """

    source: str
    detail_type: str
    detail: Mapping[str, Sequence[Any]]


@dataclass(frozen=True, slots=True)
class BackfillRun:
    """The states by which a backfill's state machine starts one run, and waits for its end.

    They must fail if the run fails. Their input is ``{"item": BackfillItem}``.
    """

    start_at: str
    states: Mapping[str, Any]


class Workflow(Protocol):
    """The workflow of one pipeline: a construct that runs its steps."""

    @property
    def role(self) -> iam.IRole:
        """The role of the workflow's executions."""

    @property
    def catalog_role(self) -> iam.IRole | None:
        """The workflow's role if it calls the Data Catalog itself; else None."""

    @property
    def scheduled_target(self) -> ScheduledTarget:
        """The target of a schedule: its input has the scheduled time, not the delivery time, which determines the days of a run."""

    @property
    def started(self) -> Mapping[str, str]:
        """The fields of `StartedSpec` by which StartRun finds the workflow. It needs the permission of `scheduled_target`."""

    @property
    def backfill_run(self) -> BackfillRun:
        """The states by which a backfill starts an execution, and waits for its end."""

    def allow_backfill_run(self, policy: RolePolicy) -> None:
        """Grant the role of a backfill's state machine what `backfill_run` needs."""

    @property
    def arn(self) -> str:
        """The ARN of the state machine or the SageMaker pipeline."""

    @property
    def end_events(self) -> StatusEvents:
        """The events that report that an execution has ended, in whatever way, without the runs of a backfill."""

    def allow_reading_runs(self, policy: RolePolicy) -> None:
        """Grant what a function needs to read the executions and why they failed, without the logs of jobs."""

    @property
    def outputs(self) -> Mapping[str, str]:
        """The stack outputs by which commands find the workflow."""


class Orchestrator(Protocol):
    """A service that runs the steps of pipelines, implemented by one folder beside this file."""

    handler_entry: str
    """The function of a Lambda handler module that the orchestrator calls."""

    def function_minutes(self, wanted: int) -> int:
        """Return the timeout of a function that needs up to ``wanted`` minutes."""

    def longest_run_seconds(self, pipeline: Pipeline) -> int:
        """Return the maximum duration of a run, with all retries."""

    def allow_registrar(self, policy: RolePolicy, stack_name: str, job_stems: Sequence[str]) -> None:
        """Grant RegisterPartitions the permissions that this orchestrator requires, on jobs with these name stems."""

    def create_workflow(
        self, scope: Construct, pipeline: Pipeline, resources: WorkflowResources, lake: SharedLake
    ) -> Workflow:
        """Create the workflow, with the id ``Workflow``."""
