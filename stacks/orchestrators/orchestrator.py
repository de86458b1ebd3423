"""What the rest of a pipeline's stack needs to know of an orchestrator, and of the workflow that it creates."""

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
    """What EventBridge Scheduler starts.

    Attributes
    ----------
    arn
        ARN of the target.
    payload
        Its input, in which the scheduler fills in the scheduled time.
    action, resource
        The action, and the resource, that a role needs to start it.
    """

    arn: str
    payload: str
    action: str
    resource: str


@dataclass(frozen=True, slots=True)
class StatusEvents:
    """The events that report that an execution did not succeed.

    Attributes
    ----------
    detail
        Pattern of the events' details.
    name, status, execution
        Paths, in an event, of what the notification says.
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
        """The role of its executions."""

    @property
    def catalog_role(self) -> iam.IRole | None:
        """Its role if it calls the Data Catalog itself; else None."""

    @property
    def scheduled_target(self) -> ScheduledTarget:
        """What a schedule starts: the planned time, not the time of delivery, decides which day a run is about."""

    @property
    def status_events(self) -> StatusEvents:
        """The events that report that an execution did not succeed."""

    @property
    def outputs(self) -> Mapping[str, str]:
        """The stack's outputs by which commands find it."""


class Orchestrator(Protocol):
    """A service that runs the steps of pipelines. One folder beside this file implements it."""

    handler_entry: str
    """The function of a Lambda handler that it calls."""

    def function_minutes(self, wanted: int) -> int:
        """Return the timeout of a function that would like ``wanted`` minutes."""

    def allow_registrar(self, policy: RolePolicy, job_stems: Sequence[str]) -> None:
        """Grant what RegisterPartitions needs because of this orchestrator, on jobs whose names begin so."""

    def create_workflow(
        self, scope: Construct, pipeline: Pipeline, resources: WorkflowResources, lake: SharedLake
    ) -> Workflow:
        """Create the workflow, with the id ``Workflow``."""
