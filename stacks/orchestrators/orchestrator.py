"""The interface between a pipeline's stack and an orchestrator with its workflow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

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
class FailureEvents:
    """The events that report unsuccessful executions.

    Attributes
    ----------
    detail
        Pattern of the event details.
    name, status, execution
        Paths, in an event, of the values in the notification.
    """

    source: str
    detail_type: str
    detail: Mapping[str, Sequence[str]]
    name: str
    status: str
    execution: str


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
    def failure_events(self) -> FailureEvents:
        """The events that report unsuccessful executions."""

    @property
    def outputs(self) -> Mapping[str, str]:
        """The stack outputs by which commands find the workflow."""


class Orchestrator(Protocol):
    """A service that runs the steps of pipelines, implemented by one folder beside this file."""

    handler_entry: str
    """The function of a Lambda handler module that the orchestrator calls."""

    def function_minutes(self, wanted: int) -> int:
        """Return the timeout of a function that needs up to ``wanted`` minutes."""

    def allow_registrar(self, policy: RolePolicy, job_stems: Sequence[str]) -> None:
        """Grant RegisterPartitions the permissions that this orchestrator requires, on jobs with these name stems."""

    def create_workflow(
        self, scope: Construct, pipeline: Pipeline, resources: WorkflowResources, lake: SharedLake
    ) -> Workflow:
        """Create the workflow, with the id ``Workflow``."""
