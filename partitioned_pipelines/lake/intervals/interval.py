"""The interval of a run, and how it is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.intervals.instants import compact_instant

if TYPE_CHECKING:
    from partitioned_pipelines.lake.intervals.cadence import Cadence
    from partitioned_pipelines.lake.intervals.clock import Clock

_SECOND, _DAY = timedelta(seconds=1), timedelta(days=1)


class InvalidIntervalError(ValueError):
    """An execution's input, or an option, does not define an interval."""


@dataclass(frozen=True, slots=True)
class Interval:
    """The time from ``start`` (inclusive) to ``end`` (exclusive): one interval of a calendar, or several in a row.

    Attributes
    ----------
    start, end
        Instants in UTC. Equality, order and differences are those of instants.
    cadence, clock
        The cadence and the wall clock of the calendar: whether the ends are written as days or as times, and in which timezone.
    """

    start: datetime
    end: datetime
    cadence: Cadence
    clock: Clock

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise InvalidIntervalError(
                f"no time from {self.clock.local(self.start).isoformat()} to {self.clock.local(self.end).isoformat()}: "
                "the end is exclusive and must be after the start"
            )

    @property
    def timezone(self) -> str:
        """The IANA name of the calendar's timezone."""
        return self.clock.timezone

    @property
    def local_start(self) -> date | datetime:
        """The first day, or the local time of the start with its offset if the cadence is finer than a day."""
        return self.clock.day_from(self.start) if self.cadence.whole_days else self.clock.local(self.start)

    @property
    def local_end(self) -> date | datetime:
        """The day after the last, or the local time of the end with its offset."""
        return self.clock.day_from(self.end) if self.cadence.whole_days else self.clock.local(self.end)

    @property
    def start_text(self) -> str:
        """The start as an ISO date, or an ISO time with an offset."""
        return iso_text(self.local_start)

    @property
    def end_text(self) -> str:
        """The end as an ISO date, or an ISO time with an offset."""
        return iso_text(self.local_end)

    @property
    def process_date(self) -> date | None:
        """The local date that contains the whole interval; None if there is no such date."""
        if self.cadence.whole_days:
            first = self.clock.day_from(self.start)
            return first if self.clock.day_end(first) == self.end else None
        first = self.clock.local(self.start).date()
        return first if self.clock.local(self.end - _SECOND).date() == first else None

    @property
    def process_hour(self) -> str | None:
        """The local hour that contains the whole interval, two digits; None for days, and if there is no such hour."""
        if self.cadence.whole_days:
            return None
        first, last = self.clock.local(self.start), self.clock.local(self.end - _SECOND)
        same = (first.date(), first.hour, first.utcoffset()) == (last.date(), last.hour, last.utcoffset())
        return f"{first.hour:02d}" if same else None

    @property
    def execution_input(self) -> dict[str, str]:
        """The input of an execution that processes exactly this interval."""
        if self.cadence.whole_days and (day := self.process_date):
            return {"date": day.isoformat()}
        return self.ends

    @property
    def ends(self) -> dict[str, str]:
        """The start and the end as text, as ``from`` and ``to``."""
        return {"from": self.start_text, "to": self.end_text}

    @property
    def key(self) -> str:
        """The start as part of a name: ``2026-03-01``, or ``20261101T050000Z`` if the cadence is finer than a day."""
        if self.cadence.whole_days:
            return self.start_text
        return compact_instant(self.start)

    def __str__(self) -> str:
        return shown_span(self.start_text, self.end_text)


def iso_text(value: date | datetime) -> str:
    """Return an ISO date, or an ISO time to the second with its offset."""
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else value.isoformat()


def shown_span(start: str, end: str) -> str:
    """Return ``PROCESS_START`` and ``PROCESS_END`` as text for people: a single day is written once."""
    try:
        one_day = date.fromisoformat(end) - date.fromisoformat(start) == _DAY
    except ValueError:  # times
        one_day = False
    return start if one_day else f"{start} to {end}"
