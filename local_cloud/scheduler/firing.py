"""Fire a schedule as EventBridge Scheduler would have at a given time."""

from __future__ import annotations

import datetime as dt
import uuid

from local_cloud.clients import client
from local_cloud.settings import region


class InvalidFiringError(ValueError):
    """A schedule that can't be fired, or not at that time."""


def fire(group_name: str, name: str, at: str) -> str:
    """Start what a schedule targets, with the context attributes of that time.

    Parameters
    ----------
    group_name, name
        The schedule.
    at
        ISO 8601; without an offset it is UTC.

    Returns
    -------
    str
        ARN of the execution.

    See https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
    """
    schedule = client("scheduler", region()).get_schedule(GroupName=group_name, Name=name)
    target = schedule["Target"]
    if ":states:" not in target["Arn"]:
        raise InvalidFiringError(f"{name} targets {target['Arn']}: only state machines can be fired here")
    values = {
        "scheduled-time": _instant(at).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "execution-id": str(uuid.uuid4()),
        "attempt-number": "1",
        "schedule-arn": schedule["Arn"],
    }
    payload = target.get("Input", "{}")
    for attribute, value in values.items():
        payload = payload.replace(f"<aws.scheduler.{attribute}>", value)
    started = client("stepfunctions", region()).start_execution(stateMachineArn=target["Arn"], input=payload)
    return str(started["executionArn"])


def _instant(at: str) -> dt.datetime:
    try:
        instant = dt.datetime.fromisoformat(at)
    except ValueError as error:
        raise InvalidFiringError(f"at={at!r} is no time: give ISO 8601, such as 2026-11-23T21:00:00Z") from error
    return instant.astimezone(dt.UTC) if instant.tzinfo else instant.replace(tzinfo=dt.UTC)
