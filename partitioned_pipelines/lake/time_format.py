"""Formats of dates and times, as in strftime, but independent of the locale and with a fixed width for each directive."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

_YEAR = "(?!0000)[0-9]{4}"
# Each directive: its pattern, and how it is written. Not strftime, which does not pad years before 1000 on Linux (%Y).
_DATES: dict[str, tuple[str, Callable[[date], str]]] = {
    "Y": (_YEAR, lambda day: f"{day.year:04d}"),
    "y": ("[0-9]{2}", lambda day: f"{day.year % 100:02d}"),
    "m": ("0[1-9]|1[0-2]", lambda day: f"{day.month:02d}"),
    "d": ("0[1-9]|[12][0-9]|3[01]", lambda day: f"{day.day:02d}"),
    "j": ("(?!000)[0-2][0-9]{2}|3[0-5][0-9]|36[0-6]", lambda day: f"{day.timetuple().tm_yday:03d}"),
    "G": (_YEAR, lambda day: f"{day.isocalendar().year:04d}"),
    "V": ("0[1-9]|[1-4][0-9]|5[0-3]", lambda day: f"{day.isocalendar().week:02d}"),
    "u": ("[1-7]", lambda day: str(day.isoweekday())),
}
_TIMES: dict[str, tuple[str, Callable[[datetime], str]]] = {
    "H": ("[01][0-9]|2[0-3]", lambda moment: f"{moment.hour:02d}"),
    "M": ("[0-5][0-9]", lambda moment: f"{moment.minute:02d}"),
    "z": ("[+-](?:[01][0-9]|2[0-3])[0-5][0-9]", lambda moment: moment.strftime("%z")[:5]),
}
WIDTHS = {"Y": 4, "y": 2, "m": 2, "d": 2, "j": 3, "G": 4, "V": 2, "u": 1, "H": 2, "M": 2, "z": 5}
"""The number of characters that each directive takes."""

_DIRECTIVE = re.compile(r"%(.?)", re.DOTALL)
_PIECE = re.compile(r"%(.)|([^%]+)", re.DOTALL)
_DAY = timedelta(days=1)
_LENGTHS = {"week": timedelta(days=7), "day": _DAY, "hour": timedelta(hours=1), "minute": timedelta(minutes=1)}

ISO_FORMAT = "%Y-%m-%d"
"""The format of dates in ISO 8601."""

SpanUnit = Literal["year", "iso year", "month", "week", "day", "hour", "minute"]
"""The length of a span that a format names."""


class InvalidFormatError(ValueError):
    """A format has a directive that is unknown, or not allowed here."""


@dataclass(frozen=True, slots=True)
class Label:
    """The time that a string in a format names: local, unless it has an offset.

    Attributes
    ----------
    start, end
        Without a timezone; the end is exclusive.
    offset
        The offset from UTC, if the format has ``%z``.
    """

    start: datetime
    end: datetime
    offset: timedelta | None


def directives(time_format: str) -> list[str]:
    """Return the letters of a format's directives, in order, without ``%%``."""
    return [letter for letter in _DIRECTIVE.findall(time_format) if letter != "%"]


def has_time(time_format: str) -> bool:
    """Return whether a format has a directive finer than a day: ``%H``, ``%M`` or ``%z``."""
    return not _TIMES.keys().isdisjoint(directives(time_format))


def check_format(time_format: str, *, times: bool) -> None:
    """Raise InvalidFormatError if a format has an unknown directive, or one such as ``%H`` where only dates are allowed."""
    for letter in directives(time_format):
        if letter not in _DATES and not (times and letter in _TIMES):
            known = " ".join(f"%{one}" for one in (*_DATES, *(_TIMES if times else ()), "%"))
            raise InvalidFormatError(
                f"{'%' + letter!r} in the format {time_format!r} is not a directive of {'times' if times else 'dates'}: use {known}"
            )


def format_time(value: date | datetime, time_format: str) -> str:
    """Write a date, or a local time with its offset.

    Raises
    ------
    InvalidFormatError
        If the value is a date, and the format has a time of day.
    """

    def written(match: re.Match[str]) -> str:
        letter = match[1]
        if letter == "%":
            return "%"
        if letter in _DATES:
            return _DATES[letter][1](value)
        if not isinstance(value, datetime):
            raise InvalidFormatError(f"{match[0]!r} in the format {time_format!r}: {value} is a date")
        return _TIMES[letter][1](value)

    return _DIRECTIVE.sub(written, time_format)


def width_of(time_format: str) -> int:
    """Return the number of characters that a format takes."""
    return sum(WIDTHS.get(letter, 1) if letter else len(literal) for letter, literal in _PIECE.findall(time_format))


def span_unit(time_format: str) -> SpanUnit | None:
    """Return the length of the span that a format's directives name; None if they do not name one."""
    return _unit_of(frozenset(directives(time_format)))


def key_format(key_type: str, date_format: str | None) -> str | None:
    """Return the format in which a partition key of a type is written as a time; None if it is not one."""
    return date_format or (ISO_FORMAT if key_type == "date" else None)


def matches(text: str, time_format: str) -> bool:
    """Return whether a string has a format, each directive with its range; whether the day exists is not checked."""
    return _pattern(time_format).fullmatch(text) is not None


def read_label(text: str, time_format: str) -> Label:
    """Return the time that a string names.

    Raises
    ------
    ValueError
        If the string does not have the format, names a day that does not exist, or the format does not name a span.
    OverflowError
        If the span ends after the year 9999.
    """
    unit, pattern, checked = _reader(time_format)
    match = pattern.fullmatch(text)
    if match is None or unit is None:
        raise ValueError(f"{text!r} does not have the format {time_format!r}")
    parts = match.groupdict()
    day = _day(parts)
    for letter in checked:
        if _DATES[letter][1](day) != parts[letter]:
            raise ValueError(f"{text!r} names no day that exists")
    start = datetime.combine(day, time(int(parts.get("H", 0)), int(parts.get("M", 0))))
    return Label(start, _end(start, unit), _offset(parts.get("z")))


@lru_cache
def _reader(time_format: str) -> tuple[str | None, re.Pattern[str], tuple[str, ...]]:
    """Return what reading a format takes: the unit, the pattern, and the directives that say the day a second time.

    A day that is spelled in two ways (%Y-%m-%d and %G-W%V) must mean the same in both.
    """
    found = frozenset(directives(time_format))
    unit = _unit_of(found)
    said = {"Y", "m", "d"} if found >= {"Y", "m", "d"} else {"G", "V", "u"} if found >= {"G", "V", "u"} else set()
    checked = found.intersection(_DATES) - said if unit in ("day", "hour", "minute") else ()
    return unit, _pattern(time_format), tuple(sorted(checked))


def _day(parts: dict[str, str]) -> date:
    """Return the first day of the span."""
    if "G" in parts and "Y" not in parts and "y" not in parts:
        return date.fromisocalendar(int(parts["G"]), int(parts.get("V", 1)), int(parts.get("u", 1)))
    year = int(parts["Y"]) if "Y" in parts else _century(int(parts["y"]))
    if "j" in parts and "m" not in parts:
        return date(year, 1, 1) + (int(parts["j"]) - 1) * _DAY
    return date(year, int(parts.get("m", 1)), int(parts.get("d", 1)))


def _century(year: int) -> int:
    """Return the year that two digits mean, as in POSIX: 1969 to 2068."""
    return year + (1900 if year >= 69 else 2000)


def _end(start: datetime, unit: str) -> datetime:
    match unit:
        case "year":
            return start.replace(year=_next_year(start))
        case "iso year":
            return datetime.combine(date.fromisocalendar(start.isocalendar().year + 1, 1, 1), time())
        case "month":
            return (start + timedelta(days=31)).replace(day=1)
    return start + _LENGTHS[unit]


def _next_year(start: datetime) -> int:
    if start.year == date.max.year:
        raise OverflowError("date value out of range")
    return start.year + 1


def _offset(text: str | None) -> timedelta | None:
    if text is None:
        return None
    return (-1 if text[0] == "-" else 1) * timedelta(hours=int(text[1:3]), minutes=int(text[3:]))


@lru_cache
def _unit_of(found: frozenset[str]) -> SpanUnit | None:
    """Return the length of the span that directives name together; None if they do not name one."""
    dates, times = found.intersection(_DATES), found.intersection(_TIMES)
    if found - dates - times:
        return None
    years = dates & frozenset("Yy")
    if (years and (dates >= {"m", "d"} or "j" in dates)) or dates >= {"G", "V", "u"}:
        if "M" in times:
            return "minute" if "H" in times else None
        return "hour" if "H" in times else "day"
    if times:
        return None
    units: dict[frozenset[str], SpanUnit] = {frozenset("G"): "iso year", frozenset("GV"): "week"}
    if len(years) == 1:
        units = {frozenset(years): "year", frozenset({*years, "m"}): "month"}
    return units.get(dates)


@lru_cache
def _pattern(time_format: str) -> re.Pattern[str]:
    seen: set[str] = set()
    pattern = ""
    for letter, literal in _PIECE.findall(time_format):
        if letter == "%" or not letter:
            pattern += re.escape(letter or literal)
        elif letter in seen:
            pattern += f"(?P={letter})"
        else:
            seen.add(letter)
            known = _DATES[letter][0] if letter in _DATES else _TIMES[letter][0]
            pattern += f"(?P<{letter}>{known})"
    return re.compile(pattern)
