"""The attempts of an execution's states, with their times, for either orchestrator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from partitioned_pipelines.cli.runs.executions.execution import list_events
from partitioned_pipelines.cli.runs.executions.pipeline_execution import is_pipeline_execution
from partitioned_pipelines.runtime.executions.history import parse_object
from partitioned_pipelines.runtime.executions.pipeline_steps import job_name, read_steps

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from mypy_boto3_sagemaker.type_defs import PipelineExecutionStepTypeDef

    from partitioned_pipelines.cli.target.target import Cloud

_SCHEDULED = ("TaskScheduled", "LambdaFunctionScheduled")
_FAILED = {
    "TaskFailed": "taskFailedEventDetails",
    "TaskTimedOut": "taskTimedOutEventDetails",
    "TaskStartFailed": "taskStartFailedEventDetails",
    "TaskSubmitFailed": "taskSubmitFailedEventDetails",
    "LambdaFunctionFailed": "lambdaFunctionFailedEventDetails",
    "LambdaFunctionTimedOut": "lambdaFunctionTimedOutEventDetails",
}
_SUCCEEDED = ("TaskSucceeded", "LambdaFunctionSucceeded")
_ENDED_BADLY = ("ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut")


@dataclass(slots=True)
class StateAttempt:
    """One attempt of a state or a step.

    Attributes
    ----------
    number
        1 for the first attempt.
    ended_at
        None while it goes on.
    """

    state: str
    number: int
    started_at: datetime
    ended_at: datetime | None = None
    status: Literal["running", "succeeded", "failed"] = "running"
    job: str | None = None
    error: str | None = None


def read_timeline(cloud: Cloud, execution_arn: str) -> list[StateAttempt]:
    """Return the attempts of an execution's states that call something, in the order in which they started."""
    if is_pipeline_execution(execution_arn):
        steps = read_steps(cloud.sagemaker, execution_arn)
        return [_of_step(step) for step in steps if "StartTime" in step and "Condition" not in step.get("Metadata", {})]
    return timeline_of_events(list_events(cloud, execution_arn))


def timeline_of_events(events: Iterable[Mapping[str, Any]]) -> list[StateAttempt]:
    """Return the attempts in the history of an execution of a state machine.

    Branches run in parallel, so that only the chain of an event's predecessors identifies its state. A redrive continues the states that had
    not succeeded, without entering them again.
    """
    found: list[StateAttempt] = []
    state_of: dict[int, str] = {}
    failed_state = ""
    for event in events:
        kind = event["type"]
        entered = event.get("stateEnteredEventDetails")
        before = state_of.get(event.get("previousEventId", event["id"] - 1), "")
        state = entered["name"] if entered else before or failed_state
        if kind == "ExecutionRedriven":
            state = failed_state
        state_of[event["id"]] = state
        if kind in _SCHEDULED:
            parameters = parse_object(event.get("taskScheduledEventDetails", {}).get("parameters"))
            number = 1 + sum(each.state == state for each in found)
            found.append(StateAttempt(state, number, event["timestamp"], job=parameters.get("ProcessingJobName")))
        elif kind in _SUCCEEDED:
            _end(found, state, event, "succeeded", None)
        elif kind in _FAILED:
            details = event.get(_FAILED[kind], {})
            failed_state = state
            _end(found, state, event, "failed", _error(details, kind))
        elif kind in _ENDED_BADLY:
            for each in found:
                if each.status == "running":
                    each.status, each.ended_at, each.error = "failed", event["timestamp"], kind
    return found


def _end(
    found: list[StateAttempt],
    state: str,
    event: Mapping[str, Any],
    status: Literal["succeeded", "failed"],
    error: str | None,
) -> None:
    """Record the end of the last attempt of a state."""
    for each in reversed(found):
        if each.state == state:
            each.status, each.ended_at, each.error = status, event["timestamp"], error
            return


def _error(details: Mapping[str, Any], kind: str) -> str:
    """Return why an attempt failed, in one line: what the job, the function or the service said."""
    cause = parse_object(details.get("cause"))
    said = cause.get("ExitMessage") or cause.get("FailureReason") or cause.get("errorMessage")
    if not said and not cause:
        said = details.get("cause")
    error = str(cause.get("errorType") or details.get("error", kind))
    return " ".join(f"{error}: {said}".split()) if said else error


def _of_step(step: PipelineExecutionStepTypeDef) -> StateAttempt:
    status: Literal["running", "succeeded", "failed"] = "running"
    if "EndTime" in step:
        status = "succeeded" if step["StepStatus"] == "Succeeded" else "failed"
    return StateAttempt(
        step["StepName"],
        1,
        step["StartTime"],
        step.get("EndTime"),
        status,
        job_name(step),
        " ".join(step.get("FailureReason", "").split()) or None,
    )
