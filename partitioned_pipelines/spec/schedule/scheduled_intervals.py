"""The calendar of a pipeline: the intervals that its schedule names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.spec.schedule.firings import firings
from partitioned_pipelines.spec.schedule.interval_rule import schedule_rule

if TYPE_CHECKING:
    from datetime import datetime

    from partitioned_pipelines.lake.intervals.interval import Interval
    from partitioned_pipelines.spec.model.pipeline import Schedule


def scheduled_intervals(schedule: Schedule | None, start: datetime, end: datetime) -> list[Interval]:
    """Return the intervals that begin from ``start`` up to ``end`` and are named by a firing, in order.

    Firings that AWS skips, because their local time does not exist, count. A schedule on weekdays thus names no weekends. Without a cron
    expression, all intervals are named.
    """
    rule = schedule_rule(schedule)
    calendar = rule.calendar
    if schedule is None or schedule.cron is None:
        return list(calendar.between(start, end))
    first = calendar.shift(calendar.containing(start), -rule.offset).start
    after = calendar.shift(calendar.containing(end), -rule.offset).end
    named = {firing.interval for firing in firings(schedule, first, after)}
    return sorted((one for one in named if start <= one.start < end), key=lambda interval: interval.start)
