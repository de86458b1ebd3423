"""Windows: the time for which a run reads a table, counted from the run's interval."""

from __future__ import annotations

import calendar as months
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from partitioned_pipelines.lake.intervals.cadence import Cadence
from partitioned_pipelines.lake.intervals.calendar import Calendar
from partitioned_pipelines.lake.intervals.interval import InvalidIntervalError

if TYPE_CHECKING:
    from partitioned_pipelines.lake.function_events.payloads import PartitionsSpec
    from partitioned_pipelines.lake.intervals.interval import Interval

_COUNT, _UNIT = "(?P<count>[1-9][0-9]{0,3})", " (?P<unit>hour|day|week|month)s?"
LENGTH_PATTERN = _COUNT + _UNIT
"""The form of a length with a unit."""

_LENGTH = re.compile(f"{_COUNT}({_UNIT})?")
_SECOND, _HOUR, _DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)


class InvalidWindowError(ValueError):
    """A string is not the length of a window."""


@dataclass(frozen=True, slots=True)
class Length:
    """A number of hours, days, weeks or months; without a unit, of the pipeline's intervals.

    Hours are 60 minutes each. Days, weeks and months are counted on the calendar, whatever the clocks do. A month back from a day that the
    earlier month lacks is that month's last day.
    """

    count: int
    unit: Literal["hour", "day", "week", "month"] | None = None

    @classmethod
    def parse(cls, text: str) -> Length:
        """Parse ``60 days``, or ``3`` for intervals. Raises InvalidWindowError for anything else."""
        match = _LENGTH.fullmatch(text)
        if match is None:
            raise InvalidWindowError(
                f"{text!r}, which is not a length: use a number of hours, days, weeks or months, such as 60 days, or a number of intervals"
            )
        return cls(int(match["count"]), match["unit"])  # type: ignore[arg-type]  # the pattern's

    def __str__(self) -> str:
        if self.unit is None:
            return str(self.count)
        return f"{self.count} {self.unit}{'' if self.count == 1 else 's'}"

    def cadence(self, of_the_pipeline: Cadence) -> Cadence:
        """Return what the length counts."""
        return Cadence.parse(self.unit) if self.unit else of_the_pipeline

    def covers(self, interval: Cadence) -> bool:
        """Return whether the length is at least that of an interval: a month has 31 days, unless months are compared."""
        if self.unit is None or self.unit == interval.unit == "month":
            return True
        shortest = 28 * _DAY if self.unit == "month" else Cadence.parse(self.unit).longest
        return shortest * self.count >= interval.longest

    def before_end(self, interval: Interval) -> datetime:
        """Return the start of the time of this length that ends with an interval."""
        match self.unit:
            case None:
                return Calendar(interval.cadence, interval.clock).shift(interval, 1 - self.count).start
            case "hour":
                return interval.end - self.count * _HOUR
            case "month":
                label = _months_before(_end_label(interval), self.count)
            case unit:
                label = _end_label(interval) - self.count * (7 * _DAY if unit == "week" else _DAY)
        return interval.clock.boundary(label)


@dataclass(frozen=True, slots=True)
class Window:
    """The partitions that a step reads of a table.

    Attributes
    ----------
    offset
        The interval with which the window ends, counted in intervals from the run's.
    last
        How long it is; None if it is that interval alone.
    """

    offset: int = 0
    last: Length | None = None

    @classmethod
    def from_payload(cls, partitions: PartitionsSpec) -> Window | None:
        """Parse the ``partitions`` of a table input; None if all are read."""
        if partitions == "all":
            return None
        if partitions == "interval":
            return cls()
        last = partitions.get("last")
        # JSON has one kind of number: what carries the payload may write -1 as -1.0.
        return cls(int(partitions.get("offset", 0)), Length.parse(last) if last else None)

    def of(self, interval: Interval) -> tuple[datetime, datetime]:
        """Return the first instant of the window of a run, and the first after it, in UTC.

        A run about several intervals has the windows of all of them: it reads what their own runs would read together.

        Raises
        ------
        InvalidIntervalError
            If the window begins before the year 1.
        """
        calendar = Calendar(interval.cadence, interval.clock)
        try:
            first = calendar.shift(calendar.containing(interval.start), self.offset)
            final = calendar.shift(calendar.containing(interval.end - _SECOND), self.offset)
            start = min(first.start, self.last.before_end(first)) if self.last else first.start
        except OverflowError as error:
            raise InvalidIntervalError(f"the window {self} of {interval} is outside the years 1 to 9999") from error
        return start, final.end

    def __str__(self) -> str:
        parts = [f"last: {self.last}"] if self.last else []
        return f"{{{', '.join([*parts, *([f'offset: {self.offset}'] if self.offset else [])])}}}"


def _end_label(interval: Interval) -> datetime:
    """Return what the clock shows at the end; midnight at the end of a day, also if the clocks skip midnight."""
    clock = interval.clock
    try:
        return datetime.combine(clock.day_from(interval.end), datetime.min.time())
    except ValueError:  # not the end of a day
        return clock.wall(interval.end)


def _months_before(label: datetime, count: int) -> datetime:
    year, month = divmod(label.year * 12 + label.month - 1 - count, 12)
    if year < 1:
        raise OverflowError("date value out of range")
    return label.replace(year=year, month=month + 1, day=min(label.day, months.monthrange(year, month + 1)[1]))
