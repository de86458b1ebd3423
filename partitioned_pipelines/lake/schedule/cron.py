"""EventBridge Scheduler's cron expressions: their fields, and the days and minutes that they match.

Libraries that evaluate cron expressions accept ``0 25 * * ? *``, and template linters do not check them. AWS rejects the schedule at
deployment. https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    lowest: int
    highest: int
    names: tuple[str, ...] = ()
    special: str | None = None

    def check(self, text: str) -> str | None:
        """Return an error if the field's text is invalid, else None."""
        if text == "*" or (text == "?" and self.special is not None):
            return None
        if self.special is not None and re.fullmatch(self.special, text):
            return None
        for item in text.split(","):
            if problem := self._check_item(item):
                return f"{self.name} {text!r}: {problem}"
        return None

    def _check_item(self, item: str) -> str | None:
        span, slash, step = item.partition("/")
        if slash and not (step.isascii() and step.isdigit() and int(step) >= 1):
            return f"the step {step!r} is not a whole number above 0"
        if span == "*" and slash:
            return None
        low, dash, high = span.partition("-")
        first, last = self._value(low), self._value(high) if dash else None
        if first is None or (dash and last is None):
            allowed = f"{self.lowest} to {self.highest}"
            names = f" or {self.names[0]} to {self.names[-1]}" if self.names else ""
            return f"{span!r} is not {allowed}{names}"
        if last is not None and first > last:
            return f"the range {span!r} is reversed"
        return None

    def values(self, text: str) -> frozenset[int]:
        """Return the numbers that a valid field matches."""
        found: set[int] = set()
        for item in text.split(","):
            span, slash, step = item.partition("/")
            low, dash, high = span.partition("-")
            first = self.lowest if span == "*" else self._number(low)
            # A number with a step counts from that number to the end of the field's range: 0/15.
            last = self._number(high) if dash else self.highest if slash or span == "*" else first
            found.update(range(first, last + 1, int(step or "1")))
        return frozenset(found)

    def _number(self, text: str) -> int:
        value = self._value(text)
        if value is None:
            raise ValueError(f"{self.name} {text!r}: not {self.lowest} to {self.highest}")
        return value

    def _value(self, text: str) -> int | None:
        if text.upper() in self.names:
            return self.names.index(text.upper()) + 1
        if not (text.isascii() and text.isdigit()):
            return None
        return int(text) if self.lowest <= int(text) <= self.highest else None


_FIELDS = (
    _Field("minutes", 0, 59),
    _Field("hours", 0, 23),
    _Field("day of month", 1, 31, special=r"L|LW|([1-9]|[12]\d|3[01])W"),
    _Field("month", 1, 12, tuple(_MONTHS)),
    _Field("day of week", 1, 7, tuple(_WEEKDAYS), special=r"L|([1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)(L|#[1-5])"),
    _Field("year", 1970, 2199),
)


_MINUTES, _HOURS, _DAY_OF_MONTH, _MONTH, _DAY_OF_WEEK, _YEAR = _FIELDS
_SATURDAY = 7


@dataclass(frozen=True, slots=True)
class Cron:
    """A cron expression, evaluated in local time; the caller handles timezones.

    Attributes
    ----------
    expression
        The six fields.
    times
        Hour and minute of each firing, on a day on which the expression fires.
    months
        The months in which it fires.
    month_days
        The numbers of the days of a month on which it fires; None if it fires on weekdays, on the last day or near a day.
    """

    expression: str
    times: tuple[tuple[int, int], ...]
    months: frozenset[int]
    month_days: frozenset[int] | None
    _years: frozenset[int]
    _days: Callable[[int, int], frozenset[int]]

    @classmethod
    def parse(cls, expression: str) -> Cron:
        """Parse an expression.

        Raises
        ------
        ValueError
            If it is invalid; the message is that of ``cron_problem``.
        """
        if problem := cron_problem(expression):
            raise ValueError(problem)
        minutes, hours, day_of_month, months, day_of_week, years = expression.split()
        times = sorted((hour, minute) for hour in _HOURS.values(hours) for minute in _MINUTES.values(minutes))
        days = _days_of_month(day_of_month) if day_of_week == "?" else _days_of_week(day_of_week)
        plain = day_of_week == "?" and not any(letter in day_of_month for letter in "LW")
        numbers = _DAY_OF_MONTH.values(day_of_month) if plain else None
        return cls(expression, tuple(times), _MONTH.values(months), numbers, _YEAR.values(years), days)

    @property
    def every_day(self) -> bool:
        """True if no day, month or year is left out."""
        _, _, day_of_month, months, day_of_week, years = self.expression.split()
        return {day_of_month, months, day_of_week, years} <= {"*", "?"}

    @property
    def every_hour(self) -> bool:
        """True if no hour of any day is left out."""
        return self.every_day and len({hour for hour, _ in self.times}) == 24

    def days(self, first: date, after: date) -> Iterator[date]:
        """Yield the days on which the expression fires, from ``first`` up to, but not including, ``after``."""
        month = first.replace(day=1)
        while month < after:
            if month.year in self._years and month.month in self.months:
                for number in sorted(self._days(month.year, month.month)):
                    day = month.replace(day=number)
                    if first <= day < after:
                        yield day
            month = (month + timedelta(days=31)).replace(day=1)


def _days_of_month(text: str) -> Callable[[int, int], frozenset[int]]:
    def days(year: int, month: int) -> frozenset[int]:
        last = calendar.monthrange(year, month)[1]
        if text == "L":
            return frozenset({last})
        if text.endswith("W"):
            wanted = last if text == "LW" else int(text[:-1])
            return frozenset({_nearest_weekday(year, month, wanted, last)} if wanted <= last else ())
        return frozenset(day for day in _DAY_OF_MONTH.values(text) if day <= last)

    return days


def _days_of_week(text: str) -> Callable[[int, int], frozenset[int]]:
    wanted, hash_sign, ordinal = text.partition("#")

    def days(year: int, month: int) -> frozenset[int]:
        last = calendar.monthrange(year, month)[1]
        if text != "L" and text.upper().endswith("L"):
            named = _DAY_OF_WEEK.values(text[:-1])
            return frozenset(day for day in range(last - 6, last + 1) if _weekday(year, month, day) in named)
        named = frozenset({_SATURDAY}) if text == "L" else _DAY_OF_WEEK.values(wanted)
        of_month = (day for day in range(1, last + 1) if _weekday(year, month, day) in named)
        return frozenset(day for day in of_month if not hash_sign or (day + 6) // 7 == int(ordinal))

    return days


def _weekday(year: int, month: int, day: int) -> int:
    return date(year, month, day).isoweekday() % 7 + 1


def _nearest_weekday(year: int, month: int, day: int, last: int) -> int:
    """Return the weekday closest to a day, in the same month."""
    match _weekday(year, month, day):
        case 7:
            return day - 1 if day > 1 else day + 2
        case 1:
            return day + 1 if day < last else day - 2
    return day


def cron_problem(expression: str) -> str | None:
    """Return an error if an expression is invalid, else None."""
    if wrapped := re.fullmatch(r"\s*cron\((.*)\)\s*", expression):
        return f"is {expression!r}: remove cron() and write {wrapped[1]!r}"
    parts = expression.split()
    if len(parts) != len(_FIELDS):
        names = ", ".join(field.name for field in _FIELDS)
        return f"has {len(parts)} fields: write six ({names}), such as '0 6 * * ? *'"
    for field, part in zip(_FIELDS, parts, strict=True):
        if problem := field.check(part):
            return problem
    if (parts[2] == "?") == (parts[4] == "?"):
        return "exactly one of day of month and day of week must be '?', such as '0 6 * * ? *'"
    return None
