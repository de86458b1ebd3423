"""The state that plans the run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stacks.iam.arns import integration_arn
from stacks.orchestrators.step_functions.retries import (
    FUNCTION_RETRY,
    LAMBDA_RETRY,
    LAMBDA_SECONDS,
    lambda_attempts,
)

if TYPE_CHECKING:
    from stacks.orchestrators.resources import WorkflowResources


def plan_seconds() -> int:
    """Return how long planning a run may take at most, in seconds."""
    return lambda_attempts(LAMBDA_RETRY, FUNCTION_RETRY) * LAMBDA_SECONDS


def plan_state(resources: WorkflowResources) -> dict[str, Any]:
    """Build PlanRun."""
    return {
        "Type": "Task",
        "Resource": integration_arn("lambda:invoke"),
        "Parameters": {
            "FunctionName": resources.plan_run_arn,
            "Payload": {
                "spec": resources.plan_run_spec,
                "execution": {
                    "id.$": "$$.Execution.Id",
                    "name.$": "$$.Execution.Name",
                    "start_time.$": "$$.Execution.StartTime",
                },
                "input.$": "$$.Execution.Input",
            },
        },
        # Each registration adds its result, and finds there how far an earlier call of it has come.
        "ResultSelector": {"plan.$": "$.Payload", "registrations": {}},
        "Retry": [LAMBDA_RETRY, FUNCTION_RETRY],
        "TimeoutSeconds": LAMBDA_SECONDS,
        # The plan is the state from here on; the input has been turned into an interval, once.
        "ResultPath": "$",
    }
