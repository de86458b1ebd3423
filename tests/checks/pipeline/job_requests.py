"""The request for each step's job, from a state machine or a SageMaker pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.checks.state_machine.machine_states import all_states

if TYPE_CHECKING:
    from tests.synthesized.resolved_stack import ResolvedStack


def job_request(stack: ResolvedStack, step: str) -> dict[str, Any]:
    """Return the request of a step's job, in which planned values are expressions or references."""
    if stack.of_type("AWS::SageMaker::Pipeline"):
        arguments: dict[str, Any] = pipeline_steps(stack)[step]["Arguments"]
        return arguments
    parameters: dict[str, Any] = all_states(stack.definition)[step]["Parameters"]
    return parameters


def pipeline_steps(stack: ResolvedStack) -> dict[str, dict[str, Any]]:
    """Return the steps of a SageMaker pipeline by name, including those inside its condition."""
    plan, condition = stack.pipeline_definition["Steps"]
    return {step["Name"]: step for step in (plan, condition, *condition["Arguments"]["IfSteps"])}
