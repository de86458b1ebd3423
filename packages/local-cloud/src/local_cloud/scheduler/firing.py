"""Firing a schedule as EventBridge Scheduler would at a given time."""

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
from local_cloud.targets.start import is_startable, start

if TYPE_CHECKING:
    from collections.abc import Mapping

# 16 hexadecimal digits, fewer than the idempotency tokens of many APIs need:
# https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
_EXECUTION_ID_BYTES = 8
_START_PIPELINE = "arn:aws:scheduler:::aws-sdk:sagemaker:startPipelineExecution"


class InvalidFiringError(ValueError):
    """A schedule that cannot be fired, or an invalid time."""


class _InputDoesNotFitError(ValueError):
    """An input that is invalid for the target's operation."""


@dataclass(frozen=True)
class Firing:
    """What a fired schedule has started.

    Attributes
    ----------
    execution_arn
        The ARN of the execution, or the request id of a function's asynchronous invocation.
    scheduled_time
        The scheduled time that was passed to the target, in UTC.
    warning
        The reason why EventBridge Scheduler would not have fired at that time; empty if it would.
    """

    execution_arn: str
    scheduled_time: str
    warning: str = ""


def fire(group_name: str, name: str, at: str) -> Firing:
    """Start the target of a schedule, with the context attributes of a time.

    Parameters
    ----------
    group_name, name
        The schedule.
    at
        ISO 8601; without an offset, in the schedule's timezone. A local time that occurs twice is the first occurrence; a skipped
        one has the offset before the change, so that 02:30 is an hour after 01:30.

    Raises
    ------
    InvalidFiringError
        If the target is none of a function, a state machine and a SageMaker pipeline, or the time is invalid.
    UndeliveredError
        If the target rejects the event, which is then sent to the dead-letter queue.

    See https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
    """
    schedule = client("scheduler", region()).get_schedule(GroupName=group_name, Name=name)
    target = schedule["Target"]
    by_call = target["Arn"] == _START_PIPELINE
    if not by_call and not is_startable(target["Arn"]):
        raise InvalidFiringError(
            f"{name} targets {target['Arn']}: only functions, state machines and SageMaker pipelines can be fired here"
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
        started = _start_pipeline_by_call(target, payload) if by_call else start(target, payload)
        return Firing(started, scheduled_time, _why_not_due(at, expression, timezone))
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
            f"{local:%Y-%m-%dT%H:%M} occurs twice in {timezone}, and the schedule only fires at the first occurrence"
        )
    else:
        reason = f"{expression} in {timezone} is not due at {local:%Y-%m-%dT%H:%M}"
    nearest = [each.astimezone(due.zone) for each in (due.before(instant), due.after(instant)) if each]
    listed = " and ".join(each.isoformat(timespec="minutes") for each in nearest) or "none"
    return f"AWS would not fire at this time: {reason}. The nearest times are {listed}"


def _start_pipeline_by_call(target: Mapping[str, Any], payload: str) -> str:
    """Start the universal target, whose payload is the parameters of the operation.

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
    """Return a time in EventBridge Scheduler's format: in UTC, in seconds."""
    try:
        instant = dt.datetime.fromisoformat(at)
        if instant.tzinfo is None:
            instant = instant.replace(tzinfo=zoneinfo.ZoneInfo(timezone))
        return f"{instant.astimezone(dt.UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"
    except (ValueError, OverflowError) as error:
        raise InvalidFiringError(f"at={at!r} is not a time: use ISO 8601, such as 2026-11-23T21:00:00Z") from error
