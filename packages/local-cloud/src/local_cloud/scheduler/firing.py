"""Fire a schedule as EventBridge Scheduler would have at a given time."""

from __future__ import annotations

import datetime as dt
import json
import secrets
import zoneinfo
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, ParamValidationError

from local_cloud.clients import client
from local_cloud.scheduler.dead_letters import undelivered
from local_cloud.scheduler.due_times import DueTimes
from local_cloud.settings import region

if TYPE_CHECKING:
    from collections.abc import Callable

# 16 hexadecimal digits, such as d32c5kddcf5bb8c3, which is shorter than many an API's idempotency token must be:
# https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
_EXECUTION_ID_BYTES = 8
_START_PIPELINE = "arn:aws:scheduler:::aws-sdk:sagemaker:startPipelineExecution"


class InvalidFiringError(ValueError):
    """A schedule that can't be fired, or not at that time."""


class _InputDoesNotFitError(ValueError):
    """An input that the target's operation refuses."""


@dataclass(frozen=True)
class Firing:
    """What a schedule that was fired has started.

    Attributes
    ----------
    execution_arn
        The execution.
    scheduled_time
        When the schedule was due, in UTC, as its target was told.
    warning
        Why EventBridge Scheduler would not have fired at that time; empty if it would.
    """

    execution_arn: str
    scheduled_time: str
    warning: str = ""


def fire(group_name: str, name: str, at: str) -> Firing:
    """Start what a schedule targets, with the context attributes of that time, and say so if it is not due then.

    Parameters
    ----------
    group_name, name
        The schedule.
    at
        ISO 8601; without an offset it is in the schedule's own timezone. There, a time that clocks show twice is the first of
        the two, and one that they skip is counted from before they do: 02:30 is an hour after 01:30.

    Raises
    ------
    InvalidFiringError
        If the schedule targets something else than a state machine or a SageMaker pipeline, or the time is not a time.
    UndeliveredError
        If the target does not take the event, which is then in the target's dead-letter queue.

    See https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
    """
    schedule = client("scheduler", region()).get_schedule(GroupName=group_name, Name=name)
    target = schedule["Target"]
    start = _start_of(target)
    if start is None:
        raise InvalidFiringError(
            f"{name} targets {target['Arn']}: only state machines and SageMaker pipelines can be fired here"
        )
    expression, timezone = schedule["ScheduleExpression"], schedule.get("ScheduleExpressionTimezone") or "UTC"
    scheduled_time = _scheduled_time(at, timezone)
    values = {
        "scheduled-time": scheduled_time,
        "execution-id": secrets.token_hex(_EXECUTION_ID_BYTES),
        "attempt-number": "1",
        "schedule-arn": schedule["Arn"],
    }
    payload = target.get("Input", "{}")
    for attribute, value in values.items():
        payload = payload.replace(f"<aws.scheduler.{attribute}>", value)
    try:
        return Firing(start(target, payload), scheduled_time, _why_not_due(at, expression, timezone))
    except ClientError as error:
        answer = error.response["Error"]
        raise undelivered(target, payload, values, answer["Code"], answer.get("Message", "")) from error
    except _InputDoesNotFitError as error:
        raise undelivered(target, payload, values, "ValidationException", str(error)) from error


def _why_not_due(at: str, expression: str, timezone: str) -> str:
    due = DueTimes.of(expression, timezone)
    if due is None:
        return ""
    asked = dt.datetime.fromisoformat(at)
    instant = (asked if asked.tzinfo else asked.replace(tzinfo=due.zone)).astimezone(dt.UTC)
    local = instant.astimezone(due.zone)
    if asked.tzinfo is None and local.replace(tzinfo=None) != asked:
        reason = f"the clocks of {timezone} skip {asked:%Y-%m-%dT%H:%M}"
    elif due.has(instant):
        return ""
    elif due.names(local):
        reason = (
            f"{local:%Y-%m-%dT%H:%M} comes twice in {timezone}, and the schedule fires at the first of the two alone"
        )
    else:
        reason = f"{expression} in {timezone} is not due at {local:%Y-%m-%dT%H:%M}"
    nearest = [each.astimezone(due.zone) for each in (due.before(instant), due.after(instant)) if each]
    listed = " and ".join(each.isoformat(timespec="minutes") for each in nearest) or "none"
    return f"AWS would not fire at this time: {reason}. The nearest times are {listed}"


def _start_of(target: dict[str, Any]) -> Callable[[dict[str, Any], str], str] | None:
    """Choose what starts a target: given it and its payload, it gives the ARN of what has been started."""
    arn: str = target["Arn"]
    if arn == _START_PIPELINE:
        return _start_pipeline_by_call
    if ":sagemaker:" in arn and ":pipeline/" in arn:
        return _start_pipeline
    return _start_state_machine if ":states:" in arn else None


def _start_state_machine(target: dict[str, Any], payload: str) -> str:
    started = client("stepfunctions", region()).start_execution(stateMachineArn=target["Arn"], input=payload)
    return str(started["executionArn"])


def _start_pipeline(target: dict[str, Any], payload: str) -> str:
    """The templated target: it has its parameters, as they are written, and no payload, in which alone attributes are filled in.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-templated.html
    """
    parameters = target.get("SageMakerPipelineParameters", {}).get("PipelineParameterList", [])
    started = client("sagemaker", region()).start_pipeline_execution(
        PipelineName=target["Arn"], PipelineParameters=parameters
    )
    return str(started["PipelineExecutionArn"])


def _start_pipeline_by_call(target: dict[str, Any], payload: str) -> str:
    """The universal target: its payload are the call's own parameters.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
    """
    try:
        started = client("sagemaker", region()).start_pipeline_execution(**json.loads(payload))
    except (ParamValidationError, TypeError, ValueError) as error:
        raise _InputDoesNotFitError(
            f"the Input of {target['Arn']} does not fit StartPipelineExecution: {error}"
        ) from error
    return str(started["PipelineExecutionArn"])


def _scheduled_time(at: str, timezone: str) -> str:
    """Write a time as EventBridge Scheduler does: in UTC, to the second."""
    try:
        instant = dt.datetime.fromisoformat(at)
        if instant.tzinfo is None:
            instant = instant.replace(tzinfo=zoneinfo.ZoneInfo(timezone))
        return f"{instant.astimezone(dt.UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"
    except (ValueError, OverflowError) as error:
        raise InvalidFiringError(f"at={at!r} is no time: give ISO 8601, such as 2026-11-23T21:00:00Z") from error
