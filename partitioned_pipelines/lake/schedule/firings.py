"""The times at which a schedule fires: those that never occur, are skipped, or occur twice, and the intervals that they are about.

EventBridge Scheduler skips a time that does not exist, and fires once at a time that occurs twice.
https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#daylist-savings-time
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.intervals.clock import Clock
from partitioned_pipelines.lake.schedule.cron import Cron
from partitioned_pipelines.lake.schedule.deployed_cron import deployed_cron
from partitioned_pipelines.lake.schedule.interval_rule import schedule_rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from partitioned_pipelines.lake.intervals.execution_input import IntervalRule
    from partitioned_pipelines.lake.intervals.interval import Interval
    from partitioned_pipelines.lake.schedule.timetable import Timetable

_FIRST_DAY = date(1970, 1, 1)
AFTER_LAST_DAY = date(2200, 1, 1)
"""The day after those that a cron expression can name."""
_DAY = timedelta(days=1)


class WallTime(Enum):
    """The number of times that a local time occurs on a day in a timezone."""

    SKIPPED = 0
    SHOWN_ONCE = 1
    SHOWN_TWICE = 2

    @classmethod
    def of(cls, wall: datetime, clock: Clock) -> WallTime:
        """Return how often a local time (without an offset) occurs."""
        return cls(len(clock.readings(wall)))


@dataclass(frozen=True, slots=True)
class Firing:
    """A firing, and the newest interval that its run processes.

    Attributes
    ----------
    instant
        In UTC; for a time that the clocks skip, counted from before they do.
    skipped
        True if AWS does not fire, because the local time does not exist.
    """

    instant: datetime
    interval: Interval
    skipped: bool


@dataclass(frozen=True, slots=True)
class ScheduleTimes:
    """The firings of a cron expression in a timezone."""

    cron: Cron
    clock: Clock

    @classmethod
    def of(cls, schedule: Timetable) -> ScheduleTimes:
        """Return the firings of a valid schedule with a cron expression, as it is deployed."""
        deployed = deployed_cron(schedule)
        return cls(Cron.parse(deployed.expression), Clock(deployed.timezone))

    def nominal(self, first: date, after: date) -> Iterator[datetime]:
        """Yield the times that the cron expression names from ``first`` up to ``after``, including those that the timezone skips."""
        for day in self.cron.days(first, after):
            for hour, minute in self.cron.times:
                yield datetime.combine(day, time(hour, minute))

    def ever_fires(self) -> bool:
        """Return whether it fires at least once in any year."""
        return any(
            WallTime.of(wall, self.clock) is not WallTime.SKIPPED for wall in self.nominal(_FIRST_DAY, AFTER_LAST_DAY)
        )

    def fires_from(self, day: date) -> bool:
        """Return whether it fires on a day or later."""
        return any(WallTime.of(wall, self.clock) is not WallTime.SKIPPED for wall in self.nominal(day, AFTER_LAST_DAY))

    def unusual(self, first: date, after: date) -> Iterator[tuple[datetime, WallTime]]:
        """Yield the firings that are skipped or occur twice."""
        day = first
        while day < after:
            following = day + timedelta(days=1)
            # Only days next to a clock change can have any; checking the offset first matters because a schedule may fire every minute.
            if len({self._offset(day), self._offset(following), self._offset(following + timedelta(days=1))}) > 1:
                for wall in self.nominal(day, following):
                    shown = WallTime.of(wall, self.clock)
                    if shown is not WallTime.SHOWN_ONCE:
                        yield wall, shown
            day = following

    def _offset(self, day: date) -> timedelta | None:
        return datetime.combine(day, time(), self.clock.zone).utcoffset()


def firings(schedule: Timetable, begin: datetime, end: datetime) -> Iterator[Firing]:
    """Yield the firings of a valid schedule with a cron expression from one instant up to, but not including, another, in order."""
    times, rule = ScheduleTimes.of(schedule), schedule_rule(schedule)
    clock, calendar = times.clock, rule.calendar
    containing = processed = None
    # A day more at both ends: a local day and the clocks' changes move firings by less.
    days = times.cron.days((clock.wall(begin) - _DAY).date(), (clock.wall(end) + 2 * _DAY).date())
    for day in days:
        walls = [datetime.combine(day, time(hour, minute)) for hour, minute in times.cron.times]
        # Sorted, because a time that the clocks skip is counted from before they do.
        for instant, wall in sorted((wall.replace(tzinfo=clock.zone).astimezone(UTC), wall) for wall in walls):
            if not begin <= instant < end:
                continue
            current = calendar.containing(instant)
            if current != containing or processed is None:
                containing, processed = current, calendar.shift(current, rule.offset)
            yield Firing(instant, processed, WallTime.of(wall, clock) is WallTime.SKIPPED)


def processed_intervals(fired: Iterable[Firing], rule: IntervalRule) -> dict[datetime, Interval]:
    """Return the intervals that the runs of firings in order process, with those on which they look back, by their starts."""
    found: dict[datetime, Interval] = {}
    for firing in fired:
        interval = firing.interval
        for _ in range(rule.lookback + 1):
            if interval.start in found:  # and what the earlier run looked back on
                break
            found[interval.start] = interval
            interval = rule.calendar.shift(interval, -1)
    return found
