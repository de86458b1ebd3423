"""Placeholders in inputs and arguments: ``{lake}``, ``{run_id}``, ``{process_date:%Y/%m/%d}`` and similar ones."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

TEXT_NAMES = frozenset({"lake", "run_id"})
DATE_NAMES = frozenset({"process_date", "process_start", "process_end"})
ISO_FORMAT = "%Y-%m-%d"

# Not strftime, which follows the locale (%B) and does not pad years before 1000 on Linux (%Y).
_DATE_DIRECTIVES: dict[str, Callable[[date], str]] = {
    "Y": lambda day: f"{day.year:04d}",
    "y": lambda day: f"{day.year % 100:02d}",
    "m": lambda day: f"{day.month:02d}",
    "d": lambda day: f"{day.day:02d}",
    "j": lambda day: f"{day.timetuple().tm_yday:03d}",
    "G": lambda day: f"{day.isocalendar().year:04d}",
    "V": lambda day: f"{day.isocalendar().week:02d}",
    "u": lambda day: str(day.isoweekday()),
    "%": lambda _day: "%",
}
_DIRECTIVE = re.compile(r"%(.?)", re.DOTALL)
_TOKEN = re.compile(r"\{\{|\}\}|\{(?P<body>[^{}]*)\}|[{}]")
_KNOWN = "{lake}, {run_id}, {process_date:FORMAT}, {process_start:FORMAT}, {process_end:FORMAT}"


class InvalidPlaceholderError(ValueError):
    """A string has an unknown or malformed placeholder."""


def format_date(day: date, date_format: str) -> str:
    """Format a date with the date subset of strftime, ``%Y %y %m %d %j %G %V %u %%``, independent of the locale."""
    return _DIRECTIVE.sub(lambda match: _DATE_DIRECTIVES[match[1]](day), date_format)


def check_date_format(date_format: str) -> None:
    """Raise InvalidPlaceholderError if a format has a directive that is not part of a date, such as ``%H``."""
    for match in _DIRECTIVE.finditer(date_format):
        if match[1] not in _DATE_DIRECTIVES:
            known = " ".join(f"%{letter}" for letter in _DATE_DIRECTIVES)
            raise InvalidPlaceholderError(
                f"{match[0]!r} in the format {date_format!r} is not a directive of dates: use {known}"
            )


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A placeholder: its name and, for a date, its format."""

    name: str
    date_format: str = ISO_FORMAT


@dataclass(frozen=True, slots=True)
class Template:
    """A string with its placeholders parsed and checked; doubled braces are already unescaped.

    Examples
    --------
    >>> template = Template.parse("s3://{lake}/raw/{process_date:%Y/%m}/")
    >>> template.resolve({"lake": "bucket", "process_date": date(2021, 12, 15)})
    's3://bucket/raw/2021/12/'
    """

    text: str
    parts: tuple[str | Placeholder, ...]

    @classmethod
    def parse(cls, text: str) -> Template:
        """Parse a string.

        Raises
        ------
        InvalidPlaceholderError
            For an unknown name, a format that is not a date format, or an unmatched brace.
        """
        parts: list[str | Placeholder] = []
        position = 0
        for match in _TOKEN.finditer(text):
            if match.start() > position:
                parts.append(text[position : match.start()])
            position = match.end()
            if match["body"] is not None:
                parts.append(_parse_placeholder(match["body"], text))
            elif len(match[0]) == 2:
                parts.append(match[0][0])
            else:
                raise InvalidPlaceholderError(
                    f"unpaired brace at character {match.start() + 1} of {text!r}: "
                    f"write {match[0] * 2!r} for a literal one"
                )
        if position < len(text):
            parts.append(text[position:])
        return cls(text, tuple(parts))

    @property
    def names(self) -> frozenset[str]:
        """The names of the string's placeholders."""
        return frozenset(part.name for part in self.parts if isinstance(part, Placeholder))

    def resolve(self, values: Mapping[str, str | date]) -> str:
        """Replace placeholders with values. Raises KeyError if a value is missing."""
        return "".join(part if isinstance(part, str) else _write(part, values[part.name]) for part in self.parts)


def _parse_placeholder(body: str, text: str) -> Placeholder:
    name, colon, date_format = body.partition(":")
    shown = repr(f"{{{body}}}")[1:-1]  # keep the message on one line, whatever the placeholder contains
    if name in TEXT_NAMES:
        if colon:
            raise InvalidPlaceholderError(f"{shown} in {text!r}: {{{name}}} has no format")
        return Placeholder(name)
    if name not in DATE_NAMES:
        raise InvalidPlaceholderError(
            f"{shown} in {text!r} is not a placeholder: use {_KNOWN}; write a literal brace twice"
        )
    if colon and not date_format:
        raise InvalidPlaceholderError(f"{shown} in {text!r}: the format after the colon is empty")
    if not colon:
        return Placeholder(name)
    check_date_format(date_format)
    return Placeholder(name, date_format)


def _write(placeholder: Placeholder, value: str | date) -> str:
    return value if isinstance(value, str) else format_date(value, placeholder.date_format)
