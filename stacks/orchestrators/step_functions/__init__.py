"""The orchestrator Step Functions: a pipeline's state machine as one plain document, built by one module for each kind of state.

The document is deployed, checked and interpreted unchanged. Strings of the pipeline file appear in it only as values of ``Parameters`` whose
keys do not end in ``.$``: data, never an expression. https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks.orchestrators.step_functions.document import build_state_machine, longest_run_seconds
from stacks.orchestrators.step_functions.state_machine import StateMachine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from constructs import Construct

    from partitioned_pipelines.spec import Pipeline
    from stacks.data_lake.shared_lake import SharedLake
    from stacks.iam.role_policy import RolePolicy
    from stacks.orchestrators.resources import WorkflowResources

__all__ = ["StepFunctions", "build_state_machine"]


class StepFunctions:
    """The orchestrator that runs the steps as an execution of a state machine."""

    handler_entry = "handler"

    def function_minutes(self, wanted: int) -> int:
        """Return ``wanted``: a Task has no shorter limit than Lambda."""
        return wanted

    def longest_run_seconds(self, pipeline: Pipeline) -> int:
        """Return the state machine's timeout."""
        return longest_run_seconds(pipeline)

    def allow_registrar(self, policy: RolePolicy, stack_name: str, job_stems: Sequence[str]) -> None:
        """Grant nothing: the state passes RegisterPartitions everything about the job."""

    def create_workflow(
        self, scope: Construct, pipeline: Pipeline, resources: WorkflowResources, lake: SharedLake
    ) -> StateMachine:
        """Create the state machine."""
        definition = build_state_machine(pipeline, resources)
        return StateMachine(scope, "Workflow", definition=definition, pipeline=pipeline, resources=resources, lake=lake)
