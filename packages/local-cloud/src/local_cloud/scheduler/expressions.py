"""The schedule expressions of EventBridge Scheduler.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_FORM = re.compile(r"(cron|rate|at)\((.*)\)")
_AT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}")
_RATE = re.compile(r"([1-9]\d*) +(minute|minutes|hour|hours|day|days)")


@dataclass(frozen=True)
class _Field:
    """A field of a cron expression: its range, the names of its values, and its wildcards that are whole items."""

    first: int
    last: int
    names: tuple[str, ...] = ()
    special: re.Pattern[str] = re.compile(r"(?!)")

    def takes(self, text: str) -> bool:
        # "L", "3W" and "3#1" cannot be in a list.
        return bool(self.special.fullmatch(text)) or all(self._takes_item(item) for item in text.split(","))

    def _takes_item(self, item: str) -> bool:
        span, slash, step = item.partition("/")
        if slash and not (re.fullmatch(r"\d{1,4}", step) and 1 <= int(step) <= self.last):
            return False
        if span == "*":
            return True
        numbers = [self._number(end) for end in span.split("-")]
        return len(numbers) <= len(("first", "last")) and all(
            number is not None and self.first <= number <= self.last for number in numbers
        )

    def holds(self, number: int, text: str) -> bool:
        """Return whether a field without day wildcards matches a number."""
        return any(self._holds_item(number, item) for item in text.split(","))

    def _holds_item(self, number: int, item: str) -> bool:
        span, slash, step = item.partition("/")
        first, last = self.first, self.last
        if span != "*":
            ends = [self._number(end) for end in span.split("-")]
            first = ends[0] if ends[0] is not None else first
            last = ends[-1] if len(ends) > 1 and ends[-1] is not None else last if slash else first
        if first > last:  # FRI-MON wraps around
            return number >= first or number <= last
        return first <= number <= last and (number - first) % int(step or "1") == 0

    def _number(self, text: str) -> int | None:
        if text.upper() in self.names:
            return self.names.index(text.upper()) + 1
        return int(text) if re.fullmatch(r"\d{1,4}", text) else None


CRON_FIELDS = (
    _Field(0, 59),
    _Field(0, 23),
    _Field(1, 31, special=re.compile(r"\?|L|LW|L-([1-9]|[12]\d|30)|([1-9]|[12]\d|3[01])W")),
    _Field(1, 12, names=_MONTHS),
    _Field(1, 7, names=_WEEKDAYS, special=re.compile(rf"\?|L|([1-7]|{'|'.join(_WEEKDAYS)})(L|#[1-5])", re.IGNORECASE)),
    _Field(1970, 2199),
)
_DAY_OF_MONTH, _DAY_OF_WEEK = 2, 4


def cron_fields(expression: str) -> list[str] | None:
    """Return the six fields of a valid ``cron(…)``, or None for other expressions."""
    form = _FORM.fullmatch(expression)
    return form[2].split() if form and form[1] == "cron" and _is_cron(form[2]) else None


def is_schedule_expression(expression: str) -> bool:
    """Return whether an expression is a valid ``cron(…)``, ``rate(…)`` or ``at(…)``."""
    form = _FORM.fullmatch(expression)
    if form is None:
        return False
    kind, content = form.groups()
    if kind == "cron":
        return _is_cron(content)
    if kind == "rate":
        return _RATE.fullmatch(content) is not None
    return _is_time(content)


def _is_cron(content: str) -> bool:
    texts = content.split()
    if len(texts) != len(CRON_FIELDS) or not all(
        field.takes(text) for field, text in zip(CRON_FIELDS, texts, strict=True)
    ):
        return False
    # Exactly one of the two fields must be "?".
    return (texts[_DAY_OF_MONTH] == "?") != (texts[_DAY_OF_WEEK] == "?")


def _is_time(content: str) -> bool:
    if not _AT.fullmatch(content):
        return False
    try:
        dt.datetime.fromisoformat(content)
    except ValueError:
        return False
    return True
