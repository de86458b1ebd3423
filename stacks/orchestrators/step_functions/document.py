"""The complete document: PlanRun, the jobs in layers, the registrations."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.spec import job_layers
from stacks.iam.arns import integration_arn
from stacks.orchestrators.requests import plan_request
from stacks.orchestrators.run_values import RunFact
from stacks.orchestrators.step_functions.expressions import expression, in_states_language
from stacks.orchestrators.step_functions.processing_state import layer_seconds, layer_state
from stacks.orchestrators.step_functions.registration_state import (
    registration_seconds,
    registration_states,
)
from stacks.orchestrators.step_functions.retries import (
    FUNCTION_RETRY,
    LAMBDA_RETRY,
    LAMBDA_SECONDS,
    MINUTE,
    lambda_attempts,
)

if TYPE_CHECKING:
    from partitioned_pipelines.spec import Pipeline
    from stacks.orchestrators.resources import WorkflowResources

_LONGEST_EXECUTION_SECONDS = 365 * 24 * 60 * MINUTE


def build_state_machine(pipeline: Pipeline, resources: WorkflowResources) -> dict[str, Any]:
    """Build the document.

    Parameters
    ----------
    pipeline
        The pipeline's spec.
    resources
        ARNs and URIs, which may be CDK tokens; ``register_tables`` is keyed by ``table_key``.
    """
    sequence = [layer_state(pipeline, layer, number, resources) for number, layer in enumerate(job_layers(pipeline), 1)]
    for table in pipeline.tables:
        sequence += registration_states(pipeline, table, resources)
    sequence.append(("Registered", {"Type": "Succeed"}))
    states: dict[str, Any] = {
        "PlanRun": {**plan_state(pipeline, resources), "Next": "RunOrEnd"},
        "RunOrEnd": {
            "Type": "Choice",
            "Choices": [
                {"Variable": expression(pipeline, RunFact("outcome")), "StringEquals": "run", "Next": sequence[0][0]}
            ],
            "Default": "NothingToDo",
        },
        "NothingToDo": {"Type": "Succeed"},
    }
    for (name, state), (following, _) in pairwise(sequence):
        states[name] = {**state, "Default" if state["Type"] == "Choice" else "Next": following}
    states.update(sequence[-1:])
    return {
        "Comment": f"One execution is one run of {pipeline.name}",
        "StartAt": "PlanRun",
        "TimeoutSeconds": longest_run_seconds(pipeline),
        "States": states,
    }


def longest_run_seconds(pipeline: Pipeline) -> int:
    """Return the sum of all states' maximum durations with retries: the machine must not stop a state before the state's own limit."""
    jobs = sum(layer_seconds(layer) for layer in job_layers(pipeline))
    registrations = sum(registration_seconds(table) for table in pipeline.tables)
    return min(_LONGEST_EXECUTION_SECONDS, plan_seconds() + jobs + registrations)


def plan_seconds() -> int:
    """Return the maximum duration of PlanRun with its retries, in seconds."""
    return lambda_attempts(LAMBDA_RETRY, FUNCTION_RETRY) * LAMBDA_SECONDS


def plan_state(pipeline: Pipeline, resources: WorkflowResources) -> dict[str, Any]:
    """Build the PlanRun state."""
    return {
        "Type": "Task",
        "Resource": integration_arn("lambda:invoke"),
        "Parameters": {
            "FunctionName": resources.plan_run_arn,
            "Payload": in_states_language(pipeline, plan_request(resources)),
        },
        # Each registration adds its result here, and finds the progress of its earlier calls here.
        "ResultSelector": {"plan.$": "$.Payload", "registrations": {}},
        "Retry": [LAMBDA_RETRY, FUNCTION_RETRY],
        "TimeoutSeconds": LAMBDA_SECONDS,
        # From here on, the plan is the state; the input has been converted to an interval.
        "ResultPath": "$",
    }
