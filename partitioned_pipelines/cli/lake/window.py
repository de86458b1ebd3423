"""The window of a pipeline: the last intervals of its calendar, and which of them are due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final

from partitioned_pipelines.lake.schedule.awaited import expected_of
from partitioned_pipelines.lake.schedule.expected import expected_intervals, first_due, newest_due
from partitioned_pipelines.lake.schedule.firings import firings
from partitioned_pipelines.lake.schedule.interval_rule import schedule_rule

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from partitioned_pipelines.lake.intervals.calendar import Calendar
    from partitioned_pipelines.lake.intervals.interval import Interval
    from partitioned_pipelines.lake.schedule.awaited import Awaited
    from partitioned_pipelines.lake.schedule.timetable import Timetable
    from partitioned_pipelines.spec.model.pipeline import Schedule

_SECOND = timedelta(seconds=1)
_KEPT: Final = 64


@dataclass(frozen=True, slots=True)
class WindowIntervals:
    """Intervals, each following the one before.

    Attributes
    ----------
    due
        The starts of those that are due.
    """

    intervals: Sequence[Interval] = ()
    due: frozenset[datetime] = frozenset()


@dataclass(frozen=True)
class Window:
    """The last intervals of a pipeline, up to the one that contains the present, or else up to the newest that is known.

    Attributes
    ----------
    length
        The largest number of intervals, but for the one that contains the present and is not due.
    fires
        Whether a clock fires the schedule. Otherwise only what is not newer than the newest known interval is due.
    awaited
        The tables whose publications start the runs; an interval for which they have nothing is not due.
    until
        The end of the window; None for the newest interval.
    """

    schedule: Schedule | None
    now: datetime
    length: int
    fires: bool
    awaited: tuple[Awaited, ...] = ()
    until: datetime | None = None

    @cached_property
    def span(self) -> tuple[datetime, datetime] | None:
        """The time of the window, before it is known where the pipeline's intervals begin; None if it depends on what is known."""
        if not self.fires or self._newest_due is None:
            return None
        if self.until and self.until <= self._newest_due.start:
            last = self._calendar.containing(self.until - _SECOND)
            return _earlier(self._calendar, last, self.length).start, last.end
        first = _earlier(self._calendar, self._newest_due, self.length)
        return first.start, max(self._current.end, self._newest_due.end)

    @cached_property
    def likely_span(self) -> tuple[datetime, datetime]:
        """The time of the window, and as much again, if something is known of the newest intervals."""
        longest = 2 * self.length * (self._current.end - self._current.start)
        return self._current.start - longest, self._current.end

    def lies_within(self, span: tuple[datetime, datetime], known: Sequence[tuple[datetime, datetime]]) -> bool:
        """Return whether what is known of a part of the time tells the whole window: it begins there, and does not end there by chance."""
        intervals = self._up_to_newest(known).intervals
        return bool(intervals) and len(intervals) >= self.length and intervals[0].start >= span[0]

    @cached_property
    def earliest_start(self) -> datetime | None:
        """The time before which no scheduled run about the window has started; None if that is unknown."""
        if self.span is None:
            return None
        rule = schedule_rule(self.schedule)
        return self._calendar.shift(self._calendar.containing(self.span[0]), min(0, -rule.offset) - 1).start

    def intervals(self, known: Sequence[tuple[datetime, datetime]], created: datetime | None) -> WindowIntervals:
        """Return the intervals from the first known one on.

        Parameters
        ----------
        known
            The spans of partitions, marks and runs.
        created
            When the schedule was created: its first firing makes an interval due.
        """
        return self._up_to_now(self.span, known, created) if self.span else self._up_to_newest(known)

    def _up_to_now(
        self, span: tuple[datetime, datetime], known: Sequence[tuple[datetime, datetime]], created: datetime | None
    ) -> WindowIntervals:
        starts = [max(start, span[0]) for start, end in known if span[0] < end and start < span[1]]
        if created and self._timetable and (first := first_due(self._timetable, created)):
            starts.append(max(first.start, span[0]))
        if not starts or not self._newest_due:
            return WindowIntervals()
        begin = self._calendar.containing(min(starts)).start
        return WindowIntervals(
            _between(self._calendar, begin, span[1]), self._due(begin, until=min(self._newest_due.end, span[1]))
        )

    def _up_to_newest(self, known: Sequence[tuple[datetime, datetime]]) -> WindowIntervals:
        past = [(start, end) for start, end in known if end <= self._current.end] or known
        if self.until:
            past = [(start, end) for start, end in past if start < self.until]
        if not past:
            return WindowIntervals()
        newest = max(end for _, end in past)
        last = self._calendar.containing((min(newest, self.until) if self.until else newest) - _SECOND)
        first = self._calendar.containing(min(start for start, _ in past))
        begin = max(first.start, _earlier(self._calendar, last, self.length).start)
        due = self._due(begin, until=min(self._newest_due.end, last.end)) if self._newest_due else frozenset()
        return WindowIntervals(_between(self._calendar, begin, last.end), due)

    def _due(self, begin: datetime, *, until: datetime) -> frozenset[datetime]:
        expected = expected_of(_expected(self.schedule, begin, until), self.awaited)
        return frozenset(each.start for each in expected if each.end <= until)

    def fired_since(self, moment: datetime) -> frozenset[datetime]:
        """Return the starts of the intervals of the firings since a moment: those that a schedule which is off since then leaves out."""
        if self._timetable is None:
            return frozenset()
        begin = max(moment, self.earliest_start) if self.earliest_start else moment
        return frozenset(firing.interval.start for firing in firings(self._timetable, begin, self.now))

    @property
    def _timetable(self) -> Timetable | None:
        """What a clock does: it starts runs, or watches the deadlines of those that wait for their inputs."""
        return self.schedule.timetable if self.schedule else None

    @property
    def _calendar(self) -> Calendar:
        return schedule_rule(self.schedule).calendar

    @cached_property
    def _newest_due(self) -> Interval | None:
        """The newest interval whose run must have started; None if no clock starts runs or watches their deadlines."""
        return newest_due(self._timetable, self.now) if self._timetable else None

    @cached_property
    def _current(self) -> Interval:
        return self._calendar.containing(self.now)


# Pipelines often have the same schedule, so that their windows have the same intervals.
@lru_cache(_KEPT)
def _earlier(calendar: Calendar, last: Interval, count: int) -> Interval:
    """Return the first of so many intervals, given the last one."""
    return calendar.shift(last, 1 - count)


@lru_cache(_KEPT)
def _between(calendar: Calendar, begin: datetime, end: datetime) -> tuple[Interval, ...]:
    return tuple(calendar.between(begin, end))


@lru_cache(_KEPT)
def _expected(schedule: Schedule | None, begin: datetime, until: datetime) -> tuple[Interval, ...]:
    return tuple(expected_intervals(schedule, begin, until))
