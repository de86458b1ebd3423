"""The time axis that all strips of the first page share: days, so that an outage is a vertical stripe across tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.intervals.cadence import Cadence
from partitioned_pipelines.lake.intervals.clock import Clock
from partitioned_pipelines.operations.lake_state.interval_letters import NOT_DUE
from partitioned_pipelines.operations.lake_state.run_length import parts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from partitioned_pipelines.operations.lake_state.documents.lake import Lake, Table
    from partitioned_pipelines.operations.lake_state.interval_letters import Letter

_DAY, _WEEK = timedelta(days=1), timedelta(days=7)
_MIDNIGHT = datetime.min.time()
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Tick:
    """The first day of a month on the axis."""

    day: int
    label: str


@dataclass(frozen=True, slots=True)
class Axis:
    """Days in a row; each table's are those of its own timezone.

    Attributes
    ----------
    first
        The first day.
    days
        The number of days.
    """

    first: date
    days: int

    @property
    def last(self) -> date:
        """The last day."""
        return self.first + timedelta(days=self.days - 1)

    def place(self, day: date) -> int:
        """Return the index of a day, which may lie outside."""
        return (day - self.first).days

    @property
    def ticks(self) -> Sequence[Tick]:
        """The first days of months; January is labelled with its year."""
        days = (self.first + timedelta(days=index) for index in range(self.days))
        return [
            Tick(self.place(day), str(day.year) if day.month == 1 else _MONTHS[day.month - 1])
            for day in days
            if day.day == 1
        ]


def axis_of(lake: Lake, days: int) -> Axis:
    """Return the axis of a lake: its last day is the newest one that any table's due intervals begin or end with."""
    ends = [end for table in lake.tables if (end := _last_due_day(table, lake.pipeline(table.pipeline).zone))]
    last = max(ends, default=lake.as_of.date())
    return Axis(last - timedelta(days=days - 1), days)


@dataclass(frozen=True, slots=True)
class Column:
    """Neighbouring days that hold the same intervals: one interval of several days, or the intervals of one day.

    Attributes
    ----------
    first
        The index of the first day on the axis.
    width
        The number of days.
    counts
        The number of intervals by letter, in the order in which they first occur.
    """

    first: int
    width: int
    counts: tuple[tuple[Letter, int], ...]


def columns_of(table: Table, zone: str, axis: Axis) -> list[Column]:
    """Return the columns of a table on the axis, in order; those of equal content that follow each other are not merged.

    Intervals that begin before the axis are cut.
    """
    found = []
    for first, end, counts in _days_of(table, zone):
        begin, after = max(axis.place(first), 0), min(axis.place(end), axis.days)
        if begin < after:
            found.append(Column(begin, after - begin, counts))
    return found


def _last_due_day(table: Table, zone: str) -> date | None:
    last = None
    for _, end, counts in _days_of(table, zone):
        if any(letter != NOT_DUE for letter, _ in counts):
            last = end - _DAY
    return last


def _days_of(table: Table, zone: str) -> Iterator[tuple[date, date, tuple[tuple[Letter, int], ...]]]:
    """Yield the first day, the day after the last and the letters of each column of a table."""
    if table.start is None or table.step is None or not table.states:
        return
    cadence = Cadence.parse(table.step)
    if cadence.whole_days:
        day = date.fromisoformat(table.start)
        for letter, count in parts(table.states):
            for _ in range(count):
                following = _following(day, cadence)
                yield day, following, ((letter, 1),)
                day = following
    else:
        yield from _by_day(table, cadence, Clock(zone))


def _following(day: date, cadence: Cadence) -> date:
    if cadence.unit == "month":
        return date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return day + (_WEEK if cadence.unit == "week" else _DAY)


def _by_day(
    table: Table, cadence: Cadence, clock: Clock
) -> Iterator[tuple[date, date, tuple[tuple[Letter, int], ...]]]:
    letters = parts(table.states)
    letter, left = next(letters)
    start = datetime.fromisoformat(table.start or "")
    day, begin = start.date(), start
    while True:
        end = clock.boundary(datetime.combine(day + _DAY, _MIDNIGHT))
        wanted = _intervals_between(begin, end, cadence)
        counts: dict[Letter, int] = {}
        while wanted:
            taken = min(wanted, left)
            counts[letter] = counts.get(letter, 0) + taken
            wanted, left = wanted - taken, left - taken
            if not left and (following := next(letters, None)):
                letter, left = following
            elif not left:
                break
        yield day, day + _DAY, tuple(counts.items())
        if not left:
            return
        day, begin = day + _DAY, end


def _intervals_between(begin: datetime, end: datetime, cadence: Cadence) -> int:
    """Return the number of intervals up to a midnight; several hours stretch and shrink with the clocks."""
    minutes = (end - begin).total_seconds() / 60
    length = cadence.count if cadence.fine else cadence.count * 60
    return max(1, round(minutes / length))
