"""EventBridge's cron expressions, field by field.

Libraries that evaluate them take ``0 25 * * ? *`` as it comes, and no linter of templates looks into them. AWS refuses the schedule when it is
deployed. https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based
"""

from __future__ import annotations

import re
from dataclasses import dataclass

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
        """Say what is wrong with a field's text."""
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
            return f"the range {span!r} runs backwards"
        return None

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


def cron_problem(expression: str) -> str | None:
    """Say what is wrong with an expression, or None where nothing is."""
    if wrapped := re.fullmatch(r"\s*cron\((.*)\)\s*", expression):
        return f"is {expression!r}: leave out cron(), and give {wrapped[1]!r}"
    parts = expression.split()
    if len(parts) != len(_FIELDS):
        names = ", ".join(field.name for field in _FIELDS)
        return f"has {len(parts)} fields: give six ({names}), such as '0 6 * * ? *'"
    for field, part in zip(_FIELDS, parts, strict=True):
        if problem := field.check(part):
            return problem
    if (parts[2] == "?") == (parts[4] == "?"):
        return "exactly one of day of month and day of week must be '?', such as '0 6 * * ? *'"
    return None
