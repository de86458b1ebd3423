"""Placeholders in inputs and arguments: ``{lake}``, ``{run_id}``, ``{process_date:%Y/%m/%d}`` and similar ones."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.intervals.interval import iso_text
from partitioned_pipelines.lake.time_format import InvalidFormatError, check_format, format_time, has_time

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

TEXT_NAMES = frozenset({"lake", "run_id"})
LOCAL_TIME_NAMES = frozenset({"process_start", "process_end"})
UTC_NAMES = frozenset({"process_start_utc", "process_end_utc"})
DATE_NAMES = frozenset({"process_date", *LOCAL_TIME_NAMES, *UTC_NAMES})

_TOKEN = re.compile(r"\{\{|\}\}|\{(?P<body>[^{}]*)\}|[{}]")
_KNOWN = ", ".join(
    [
        *("{lake}", "{run_id}", "{process_date:FORMAT}"),
        *("{process_start:FORMAT}", "{process_end:FORMAT}", "{process_start_utc:FORMAT}", "{process_end_utc:FORMAT}"),
    ]
)


class InvalidPlaceholderError(ValueError):
    """A string has an unknown or malformed placeholder."""


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A placeholder: its name and, for a date or time, its format; without one, ISO 8601."""

    name: str
    time_format: str | None = None


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

    @property
    def local_times(self) -> list[str]:
        """The placeholders that name a local time of day: ``process_start`` and ``process_end`` with ``%H``, ``%M`` or ``%z``."""
        return [
            f"{{{part.name}:{part.time_format}}}"
            for part in self.parts
            if isinstance(part, Placeholder)
            and part.name in LOCAL_TIME_NAMES
            and part.time_format
            and has_time(part.time_format)
        ]

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
    try:
        check_format(date_format, times=name != "process_date")
    except InvalidFormatError as error:
        raise InvalidPlaceholderError(f"{shown} in {text!r}: {error}") from error
    return Placeholder(name, date_format)


def _write(placeholder: Placeholder, value: str | date) -> str:
    if isinstance(value, str):
        return value
    return format_time(value, placeholder.time_format) if placeholder.time_format else iso_text(value)
