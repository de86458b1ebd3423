"""Firing the schedules that have become due, as EventBridge Scheduler does by the clock.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from local_cloud.clients import client
from local_cloud.scheduler.dead_letters import UndeliveredError
from local_cloud.scheduler.due_times import DueTimes
from local_cloud.scheduler.firing import InvalidFiringError, fire
from local_cloud.settings import region

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MOST_SECONDS = 86_400  # the longest MaximumEventAgeInSeconds, and its default
_RATE = re.compile(r"rate\((\d+) +(minute|hour|day)s?\)")
_AT = re.compile(r"at\((.+)\)")


@dataclass(frozen=True)
class DueFiring:
    """A schedule that became due.

    Attributes
    ----------
    scheduled_time
        The time that was passed to the target, in UTC; the last one if the schedule was due several times.
    execution_arn
        The ARN of the execution; empty if there is an error.
    error
        Why the target was not started; empty if it was.
    missed
        The earlier times that were not fired.
    """

    group: str
    name: str
    scheduled_time: str
    execution_arn: str
    error: str
    missed: int


def fire_due(after: dt.datetime, until: dt.datetime) -> list[DueFiring]:
    """Fire the enabled schedules that are due after one time, and not after another.

    A schedule fires at most once: for the last of its times, which may be as old as its retry policy lets an event become. A longer
    time passes if this machine was asleep.
    """
    scheduler = client("scheduler", region())
    summaries = [
        summary
        for page in scheduler.get_paginator("list_schedules").paginate(State="ENABLED")
        for summary in page["Schedules"]
    ]
    fired = []
    for summary in summaries:
        schedule = scheduler.get_schedule(GroupName=summary["GroupName"], Name=summary["Name"])
        if times := list(_due(schedule, after, until)):
            oldest = until - dt.timedelta(seconds=_longest_age(schedule))
            if times[-1] >= oldest:
                fired.append(_fire(schedule, times[-1], len(times) - 1))
        if (
            schedule.get("ActionAfterCompletion") == "DELETE"
            and times
            and _AT.fullmatch(schedule["ScheduleExpression"])
        ):
            scheduler.delete_schedule(GroupName=summary["GroupName"], Name=summary["Name"])
    return fired


def _longest_age(schedule: Mapping[str, Any]) -> int:
    return int(schedule["Target"].get("RetryPolicy", {}).get("MaximumEventAgeInSeconds", _MOST_SECONDS))


def _due(schedule: Mapping[str, Any], after: dt.datetime, until: dt.datetime) -> Iterator[dt.datetime]:
    """Yield the times at which a schedule is due, in order, between its start and its end."""
    first = max(after, until - dt.timedelta(seconds=_MOST_SECONDS))
    begins, ends = schedule.get("StartDate"), schedule.get("EndDate")
    for time in _times(schedule, first, until):
        if (begins is None or time >= begins) and (ends is None or time <= ends):
            yield time


def _times(schedule: Mapping[str, Any], after: dt.datetime, until: dt.datetime) -> Iterator[dt.datetime]:
    expression, timezone = schedule["ScheduleExpression"], schedule.get("ScheduleExpressionTimezone") or "UTC"
    if once := _AT.fullmatch(expression):
        times = iter(
            [dt.datetime.fromisoformat(once[1]).replace(tzinfo=zoneinfo.ZoneInfo(timezone)).astimezone(dt.UTC)]
        )
    elif rate := _RATE.fullmatch(expression):
        times = _rate_times(schedule, dt.timedelta(**{f"{rate[2]}s": int(rate[1])}), after)
    else:
        times = _cron_times(expression, timezone, after)
    for time in times:
        if time > until:
            return
        if time > after:
            yield time


def _rate_times(schedule: Mapping[str, Any], rate: dt.timedelta, after: dt.datetime) -> Iterator[dt.datetime]:
    """Yield the times of a rate, which begins with the schedule."""
    begins: dt.datetime = schedule.get("StartDate") or schedule["CreationDate"]
    number = max(0, (after - begins) // rate)
    while True:
        yield begins + number * rate
        number += 1


def _cron_times(expression: str, timezone: str, after: dt.datetime) -> Iterator[dt.datetime]:
    due = DueTimes.of(expression, timezone)
    time: dt.datetime | None = after
    while due is not None and (time := due.after(time)) is not None:  # type: ignore[arg-type]  # not None in the loop
        yield time


def _fire(schedule: Mapping[str, Any], time: dt.datetime, missed: int) -> DueFiring:
    group, name, at = schedule["GroupName"], schedule["Name"], time.astimezone(dt.UTC).isoformat()
    scheduled_time = time.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    try:
        firing = fire(group, name, at)
    except (InvalidFiringError, UndeliveredError, ClientError) as error:
        return DueFiring(group, name, scheduled_time, "", str(error), missed)
    return DueFiring(group, name, firing.scheduled_time, firing.execution_arn, "", missed)
