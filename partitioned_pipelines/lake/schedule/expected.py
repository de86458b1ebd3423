"""The intervals that a schedule expects: those that its cron expression names, including firings that the clocks skip."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.schedule.firings import firings, processed_intervals
from partitioned_pipelines.lake.schedule.interval_rule import schedule_rule

if TYPE_CHECKING:
    from datetime import datetime

    from partitioned_pipelines.lake.intervals.interval import Interval
    from partitioned_pipelines.lake.schedule.firings import Firing
    from partitioned_pipelines.lake.schedule.timetable import Timetable

DUE_AFTER = timedelta(minutes=10)
"""The time after a firing at which its run must have started: EventBridge Scheduler delivers within a minute."""
# A monthly expression fires within 31 days, one on 29 February within 8 years.
_LOOKED_BACK = (timedelta(days=2), timedelta(days=40), timedelta(days=9 * 366))


def expected_intervals(schedule: Timetable | None, start: datetime, end: datetime) -> list[Interval]:
    """Return the intervals that begin from ``start`` up to ``end`` and that the schedule is about, in order.

    Those on which a run looks back are among them. Firings that AWS skips count: no run starts, and the interval is missing. Without a cron
    expression, all intervals are expected.
    """
    rule = schedule_rule(schedule)
    calendar, offset = rule.calendar, rule.offset
    if schedule is None or schedule.cron is None:
        return list(calendar.between(start, end))
    begin = calendar.shift(calendar.containing(start), -offset).start
    finish = calendar.shift(calendar.containing(end), rule.lookback - offset).end
    found = processed_intervals(firings(schedule, begin, finish), rule)
    return [found[each] for each in sorted(found) if start <= each < end]


def newest_due(schedule: Timetable, now: datetime) -> Interval | None:
    """Return the newest interval whose run must have started by now; None if there was none in the last nine years.

    The schedule has a cron expression.
    """
    firing = newest_firing(schedule, now - DUE_AFTER)
    return firing.interval if firing else None


def newest_firing(schedule: Timetable, until: datetime) -> Firing | None:
    """Return the newest firing before an instant; None if there was none in the nine years before it.

    The schedule has a cron expression.
    """
    for back in _LOOKED_BACK:
        fired = list(firings(schedule, until - back, until))
        if fired:
            return fired[-1]
    return None


def first_due(schedule: Timetable, created: datetime) -> Interval | None:
    """Return the interval of the first firing of a schedule with a cron expression; None if it does not fire within nine years."""
    fired = firings(schedule, created, created + _LOOKED_BACK[-1])
    return next((firing.interval for firing in fired), None)
