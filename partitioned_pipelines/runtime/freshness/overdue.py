"""The intervals that should be there by now, by the firings of a schedule; makes no calls."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.schedule.awaited import expected_of
from partitioned_pipelines.lake.schedule.expected import DUE_AFTER, newest_firing
from partitioned_pipelines.lake.schedule.firings import firings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from partitioned_pipelines.lake.intervals.interval import Interval
    from partitioned_pipelines.lake.schedule.awaited import Awaited
    from partitioned_pipelines.lake.schedule.timetable import Timetable
    from partitioned_pipelines.runtime.intervals.interval_state import IntervalState

LOOKED_BACK = timedelta(days=35)
"""What is older is not looked at."""
MOST_INTERVALS = 3500
"""The number of intervals that are looked at: all of 35 days, also of a quarter of an hour."""
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class DueInterval:
    """An interval that should be there.

    Attributes
    ----------
    fired_at
        The scheduled start of the first run about it, or its deadline.
    skipped
        True if AWS does not fire then, because the clocks skip the local time.
    """

    interval: Interval
    fired_at: datetime
    skipped: bool


@dataclass(frozen=True, slots=True)
class DueIntervals:
    """The newest intervals that should be there, in order.

    Attributes
    ----------
    all
        True if there are no earlier ones: the schedule had not been created, or was paused.
    """

    found: Sequence[DueInterval]
    all: bool


@dataclass(frozen=True, slots=True)
class Overdue:
    """An interval that is missing although it should be there, and those missing before it without a break.

    Attributes
    ----------
    newest
        The state of the newest of them.
    first
        The oldest of them.
    count
        How many they are.
    due_at
        The time by which the first should have been there.
    since
        The same; None if more are missing than were looked for, so that it is not known since when.
    """

    newest: IntervalState
    newest_due: DueInterval
    first: DueInterval
    count: int
    due_at: datetime
    since: datetime | None


def due_intervals(
    schedule: Timetable,
    allowance: timedelta,
    begin: datetime | None,
    at: datetime,
    *,
    awaited: tuple[Awaited, ...] = (),
    most: int = MOST_INTERVALS,
) -> DueIntervals:
    """Return the intervals that should be there at an instant.

    Parameters
    ----------
    schedule
        A valid one with a cron expression: of the starts or, if runs wait for their inputs, of the deadlines.
    allowance
        The time after its scheduled start or its deadline by which an interval must be there.
    begin
        Earlier firings do not count; None if all do.
    awaited
        The tables that runs wait for: an interval that these do not let expect is not due.
    most
        How many to return: the newest.
    """
    until = at - max(allowance, DUE_AFTER) + _INSTANT  # a firing whose time is up at this very instant counts
    newest = newest_firing(schedule, until)
    if newest is None or (begin and newest.instant < begin):
        return DueIntervals((), all=True)
    if most == 1 and not awaited:
        return DueIntervals((DueInterval(newest.interval, newest.instant, newest.skipped),), all=False)
    earliest = newest.instant - LOOKED_BACK
    found: dict[Interval, DueInterval] = {}
    for firing in firings(schedule, max(earliest, begin) if begin else earliest, until):
        found.setdefault(firing.interval, DueInterval(firing.interval, firing.instant, firing.skipped))
    expected = (due for due in reversed(found.values()) if expected_of([due.interval], awaited))
    newest_first = list(islice(expected, most + 1))
    complete = begin is not None and begin >= earliest and len(newest_first) <= most
    return DueIntervals(newest_first[:most][::-1], complete)


def find_overdue(due: DueIntervals, states: Sequence[IntervalState], allowance: timedelta) -> Overdue | None:
    """Return the newest interval that should be there if it is missing, with those before it; None if it is there, or is being processed."""
    first = len(states)
    while first and states[first - 1].missing:
        first -= 1
    if first == len(states):
        return None
    oldest = due.found[first]
    due_at = oldest.fired_at + max(allowance, DUE_AFTER)
    known = first > 0 or due.all
    return Overdue(states[-1], due.found[-1], oldest, len(states) - first, due_at, due_at if known else None)
