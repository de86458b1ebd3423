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
    from collections.abc import Iterable, Iterator, Mapping

LONGEST_RANGE = dt.timedelta(days=366)
_DEFAULT_AGE_SECONDS = 86_400  # of MaximumEventAgeInSeconds
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
        What was started, as in `Firing`; empty if there is an error.
    error
        Why the target was not started; empty if it was.
    missed
        The number of earlier times at which the schedule was due, too, and did not fire.
    """

    group: str
    name: str
    scheduled_time: str
    execution_arn: str
    error: str
    missed: int


class LongRangeError(Exception):
    """Two times are too far apart: a schedule that is due each minute would be due millions of times."""


def fire_due(after: dt.datetime, until: dt.datetime) -> list[DueFiring]:
    """Fire the enabled schedules that are due after one time, and not after another.

    A schedule fires at most once: for the last of its times, unless this is older than its retry policy's maximum event age. Much time
    passes if this machine was asleep. A one-time schedule with ActionAfterCompletion DELETE is deleted in any case: on AWS, it would have
    fired at its time. Recurring schedules are not deleted.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-delete.html

    Raises
    ------
    LongRangeError
        If the times are more than a year apart.
    """
    if until - after > LONGEST_RANGE:
        raise LongRangeError(
            f"after={after.isoformat()} and until={until.isoformat()} are {(until - after).days} days apart: use at most "
            f"{LONGEST_RANGE.days}"
        )
    scheduler = client("scheduler", region())
    summaries = [
        summary
        for page in scheduler.get_paginator("list_schedules").paginate(State="ENABLED")
        for summary in page["Schedules"]
    ]
    fired = []
    for summary in summaries:
        schedule = scheduler.get_schedule(GroupName=summary["GroupName"], Name=summary["Name"])
        missed, last = -1, None
        for last in _due(schedule, after, until):  # noqa: B007 - there may be too many for a list
            missed += 1
        if last is not None and until - last <= _longest_age(schedule):
            fired.append(_fire(schedule, last, missed))
        is_one_time = _AT.fullmatch(schedule["ScheduleExpression"])
        if last is not None and is_one_time and schedule.get("ActionAfterCompletion") == "DELETE":
            scheduler.delete_schedule(GroupName=summary["GroupName"], Name=summary["Name"])
    return fired


def _longest_age(schedule: Mapping[str, Any]) -> dt.timedelta:
    policy = schedule["Target"].get("RetryPolicy", {})
    return dt.timedelta(seconds=policy.get("MaximumEventAgeInSeconds", _DEFAULT_AGE_SECONDS))


def _due(schedule: Mapping[str, Any], after: dt.datetime, until: dt.datetime) -> Iterator[dt.datetime]:
    """Yield the times at which a schedule is due, in order."""
    expression, timezone = schedule["ScheduleExpression"], schedule.get("ScheduleExpressionTimezone") or "UTC"
    if once := _AT.fullmatch(expression):  # AWS ignores its start and end
        time = dt.datetime.fromisoformat(once[1]).replace(tzinfo=zoneinfo.ZoneInfo(timezone))
        yield from [time] if after < time <= until else []
        return
    begins, ends = schedule.get("StartDate"), schedule.get("EndDate")
    times: Iterable[dt.datetime] = ()
    if rate := _RATE.fullmatch(expression):
        first = begins or schedule["CreationDate"]
        times = _rate_times(first, dt.timedelta(**{f"{rate[2]}s": int(rate[1])}), after, until)
    elif cron := DueTimes.of(expression, timezone):
        times = cron.between(after, until)
    yield from (time for time in times if (begins is None or time >= begins) and (ends is None or time <= ends))


def _rate_times(
    first: dt.datetime, rate: dt.timedelta, after: dt.datetime, until: dt.datetime
) -> Iterator[dt.datetime]:
    begins = max(0, (after - first) // rate + 1)
    return (first + number * rate for number in range(begins, (until - first) // rate + 1))


def _fire(schedule: Mapping[str, Any], time: dt.datetime, missed: int) -> DueFiring:
    group, name = schedule["GroupName"], schedule["Name"]
    scheduled_time = f"{time.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"
    try:
        return DueFiring(group, name, scheduled_time, fire(group, name, scheduled_time).execution_arn, "", missed)
    except (InvalidFiringError, UndeliveredError, ClientError) as error:
        return DueFiring(group, name, scheduled_time, "", str(error), missed)
