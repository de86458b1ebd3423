"""Cadences: how long an interval is, and its labels on the wall clock, without time zones.

A label is the local time, without an offset, at which an interval begins.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Unit = Literal["minute", "hour", "day", "week", "month"]

_WHOLE_DAYS = ("day", "week", "month")
_MINUTES, _HOURS = ("15", "30"), ("2", "3", "4", "6", "8", "12")
_HOUR = 60
_STEP = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(days=7),
}
_MONTH = timedelta(days=31)


class InvalidCadenceError(ValueError):
    """A string is not a cadence."""


@dataclass(frozen=True, slots=True)
class Cadence:
    """The length of intervals: 15 or 30 minutes, an hour, hours that divide a day, a day, an ISO week or a month.

    Attributes
    ----------
    unit, count
        An hour is 60 minutes: like fractions of an hour, it is told apart from its repetition when the clocks go back. Several hours
        stretch and shrink, as days do.
    """

    unit: Unit
    count: int = 1

    @classmethod
    def parse(cls, text: str) -> Cadence:
        """Parse ``15 minutes``, ``hour``, ``6 hours``, ``day``, ``week`` or ``month``.

        Raises
        ------
        InvalidCadenceError
            If the string is not a cadence.
        """
        match text:
            case "hour":
                return cls("minute", _HOUR)
            case "day" | "week" | "month":
                return cls(text)
        match text.split(" "):
            case [number, "minutes"] if number in _MINUTES:
                return cls("minute", int(number))
            case [number, "hours"] if number in _HOURS:
                return cls("hour", int(number))
        raise InvalidCadenceError(
            f"{text!r} is not an interval: use 15 or 30 minutes, hour, 2, 3, 4, 6, 8 or 12 hours, day, week or month"
        )

    def __str__(self) -> str:
        if self == Cadence("minute", _HOUR):
            return "hour"
        return self.unit if self.count == 1 else f"{self.count} {self.unit}s"

    @property
    def fine(self) -> bool:
        """True if an interval never spans a change of the clocks: an hour or a fraction of one."""
        return self.unit == "minute"

    @property
    def whole_days(self) -> bool:
        """True if intervals begin and end with a day."""
        return self.unit in _WHOLE_DAYS

    @property
    def longest(self) -> timedelta:
        """The longest interval, on a wall clock."""
        unit = _MONTH if self.unit == "month" else _STEP[self.unit]
        return unit * self.count

    def label_at(self, wall: datetime) -> datetime:
        """Return the last label that is not later than a local time."""
        midnight = wall.replace(hour=0, minute=0, second=0, microsecond=0)
        match self.unit:
            case "minute":
                return wall.replace(minute=wall.minute // self.count * self.count, second=0, microsecond=0)
            case "hour":
                return midnight + timedelta(hours=wall.hour // self.count * self.count)
            case "week":
                return midnight - timedelta(days=wall.weekday())
            case "month":
                return midnight.replace(day=1)
        return midnight

    def next_label(self, label: datetime) -> datetime:
        """Return the label that follows another."""
        if self.unit == "month":
            return (label + _MONTH).replace(day=1)
        return label + _STEP[self.unit] * self.count
