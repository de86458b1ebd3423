"""The deadline of a run that waits for its inputs: how long after the end of its interval, and the clock that watches it.

Deadlines are the firings of a cron expression that follows from the interval, so that they are deployed, evaluated and described like any other
schedule. A wait of six hours after a day is 06:00 of the next day on the wall clock, also on a day with 23 or 25 hours.
"""

from __future__ import annotations

from datetime import timedelta

from partitioned_pipelines.lake.duration import InvalidDurationError, parse_duration
from partitioned_pipelines.lake.intervals.cadence import Cadence
from partitioned_pipelines.lake.schedule.timetable import PlainTimetable

WAIT_PATTERN = "[1-9][0-9]{0,2}[hd]"
"""The form of a wait: a number of hours or days."""
WAITED_IN_VAIN = "has waited until its deadline"
"""What the error of a run says whose inputs are late."""
LONGEST_WAIT = timedelta(days=14)
_HOUR, _DAY, _WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
_WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")


class InvalidWaitError(ValueError):
    """A string is not the time that a run may wait."""


def parse_wait(text: str) -> timedelta:
    """Return the time of ``6h`` or ``2d``: at least an hour, at most 14 days. Raises InvalidWaitError for anything else."""
    try:
        wait = parse_duration(text)
    except InvalidDurationError:
        wait = timedelta(0)
    if not _HOUR <= wait <= LONGEST_WAIT:
        raise InvalidWaitError(f"{text!r}, which is not a number of hours or days from 1h to 14d, such as 6h")
    return wait


def deadlines(interval: str, timezone: str, wait: timedelta) -> PlainTimetable:
    """Return the timetable of the deadlines: each firing is about the interval whose wait ends then.

    Parameters
    ----------
    interval
        Length of the intervals, as in a pipeline file.
    wait
        Whole hours, at most 14 days.
    """
    cadence = Cadence.parse(interval)
    return PlainTimetable(
        cron=_cron(cadence, wait), timezone=timezone, interval=interval, offset=-1 - _intervals_in(cadence, wait)
    )


def _cron(cadence: Cadence, wait: timedelta) -> str:
    hours = wait // _HOUR
    match cadence.unit:
        case "minute":
            return "0 * * * ? *" if cadence.count == 60 else f"0/{cadence.count} * * * ? *"
        case "hour":
            times = sorted((hour + hours) % 24 for hour in range(0, 24, cadence.count))
            return f"0 {','.join(map(str, times))} * * ? *"
        case "week":
            return f"0 {hours % 24} ? * {_WEEKDAYS[hours // 24 % 7]} *"
        case "month":
            return f"0 {hours % 24} {1 + hours // 24} * ? *"
    return f"0 {hours % 24} * * ? *"


def _intervals_in(cadence: Cadence, wait: timedelta) -> int:
    """Return how many whole intervals pass while a run waits."""
    match cadence.unit:
        case "minute":
            return wait // timedelta(minutes=cadence.count)
        case "hour":
            return wait // (cadence.count * _HOUR)
        case "week":
            return wait // _WEEK
        case "month":
            return 0  # no wait is as long
    return wait // _DAY
