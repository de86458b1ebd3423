"""Calendars: a cadence in a timezone divides time into intervals, without a gap or an overlap.

Two families:

- *Fine* cadences (an hour, or a fraction of one): an interval is a run of instants that share the wall time's label and the offset from UTC.
  It never spans a change of the clocks; an hour that is shown twice is two intervals.
- *Coarse* cadences (several hours, a day, an ISO week, a month): an interval lasts from one label on the wall clock to the next. It stretches
  and shrinks with the clocks: a day has 23, 24, 24.5 or 25 hours.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.intervals.interval import Interval, InvalidIntervalError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from partitioned_pipelines.lake.intervals.cadence import Cadence
    from partitioned_pipelines.lake.intervals.clock import Clock

_SECOND, _MINUTE = timedelta(seconds=1), timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The intervals of a cadence in a timezone."""

    cadence: Cadence
    clock: Clock

    def containing(self, instant: datetime) -> Interval:
        """Return the interval that contains an instant.

        Raises
        ------
        InvalidIntervalError
            If the cadence is fine, and the timezone's offset has seconds at that time (Monrovia until 1972).
        OverflowError
            If the interval ends outside the years 1 to 9999.
        """
        instant = instant.astimezone(UTC)
        return self._fine(instant) if self.cadence.fine else self._coarse(instant)

    def shift(self, interval: Interval, count: int) -> Interval:
        """Return the interval that lies so many intervals later, or earlier if the count is negative; only intervals that exist count."""
        for _ in range(abs(count)):
            interval = self.containing(interval.end if count > 0 else interval.start - _SECOND)
        return interval

    def between(self, start: datetime, end: datetime) -> Iterator[Interval]:
        """Yield the intervals that begin from ``start`` up to, but not including, ``end``."""
        interval = self.containing(start)
        if interval.start < start:
            interval = self.containing(interval.end)
        while interval.start < end:
            yield interval
            interval = self.containing(interval.end)

    def span(self, start: datetime, end: datetime) -> Interval:
        """Return the time between two boundaries of intervals.

        Raises
        ------
        InvalidIntervalError
            If no interval starts at one of them; the message names the nearest boundaries.
        """
        for instant in (start, end):
            around = self.containing(instant)
            if around.start != instant:
                local = self.clock.local(instant).isoformat(timespec="seconds")
                raise InvalidIntervalError(
                    f"no interval ({self.cadence}) starts at {local} in {self.clock.timezone}: the nearest are {around.start_text} and "
                    f"{around.end_text}"
                )
        return Interval(start, end, self.cadence, self.clock)

    def _fine(self, instant: datetime) -> Interval:
        clock = self.clock
        offset = clock.offset(instant)
        if offset % _MINUTE:
            raise InvalidIntervalError(
                f"the offset of {clock.timezone} has seconds ({offset}) at {instant.isoformat()}: use days, or timezone: UTC"
            )
        wall = clock.wall(instant)
        label = self.cadence.label_at(wall)
        start = instant - (wall - label)
        end = start + (self.cadence.next_label(label) - label)
        if clock.offset(start) != offset:
            start = clock.change(start, instant)
        if clock.offset(end - _SECOND) != offset:
            end = clock.change(instant, end - _SECOND)
        return Interval(start, end, self.cadence, clock)

    def _coarse(self, instant: datetime) -> Interval:
        cadence, boundary = self.cadence, self.clock.boundary
        label = cadence.label_at(self.clock.wall(instant))
        while boundary(label) > instant:
            label = cadence.label_at(label - _SECOND)
        while boundary(cadence.next_label(label)) <= instant:
            label = cadence.next_label(label)
        return Interval(boundary(label), boundary(cadence.next_label(label)), cadence, self.clock)
