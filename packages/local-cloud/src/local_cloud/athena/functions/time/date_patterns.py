"""Patterns of dates: MySQL's, such as ``%Y-%m-%d``, and Joda's, such as ``yyyy-MM-dd``.

https://trino.io/docs/current/functions/datetime.html#mysql-date-functions
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from typing import Any

from local_cloud.athena.functions.implementation import invalid
from local_cloud.athena.functions.time import times

_MONTHS, _SHORT_MONTHS = list(calendar.month_name), list(calendar.month_abbr)
_DAYS, _SHORT_DAYS = list(calendar.day_name), list(calendar.day_abbr)
_UNSUPPORTED = "DUuVwX"


def format_mysql(moment: dt.datetime, pattern: str, _zoned: Any) -> str:
    """Return a time in a pattern of MySQL."""
    found, place = "", 0
    while place < len(pattern):
        one = pattern[place]
        if one == "%" and place + 1 < len(pattern):
            found += _mysql_piece(moment, pattern[place + 1])
            place += 2
        else:
            found += one
            place += 1
    return found


def _mysql_piece(moment: dt.datetime, letter: str) -> str:
    hour12 = moment.hour % 12 or 12
    match letter:
        case "a":
            return _SHORT_DAYS[moment.weekday()]
        case "b":
            return _SHORT_MONTHS[moment.month]
        case "c":
            return str(moment.month)
        case "d":
            return f"{moment.day:02d}"
        case "e":
            return str(moment.day)
        case "f":
            return f"{moment.microsecond:06d}"
        case "H":
            return f"{moment.hour:02d}"
        case "h" | "I":
            return f"{hour12:02d}"
        case "i":
            return f"{moment.minute:02d}"
        case "j":
            return f"{moment.timetuple().tm_yday:03d}"
        case "k":
            return str(moment.hour)
        case "l":
            return str(hour12)
        case "M":
            return _MONTHS[moment.month]
        case "m":
            return f"{moment.month:02d}"
        case "p":
            return "AM" if moment.hour < 12 else "PM"
        case "r":
            return f"{hour12:02d}:{moment.minute:02d}:{moment.second:02d} {'AM' if moment.hour < 12 else 'PM'}"
        case "S" | "s":
            return f"{moment.second:02d}"
        case "T":
            return f"{moment.hour:02d}:{moment.minute:02d}:{moment.second:02d}"
        case "v":
            return f"{moment.isocalendar()[1]:02d}"
        case "W":
            return _DAYS[moment.weekday()]
        case "x":
            return f"{moment.isocalendar()[0]:04d}"
        case "Y":
            return f"{moment.year:04d}"
        case "y":
            return f"{moment.year % 100:02d}"
        case "%":
            return "%"
    if letter in _UNSUPPORTED:
        raise invalid(f"%{letter} not supported in date format string")
    return letter


_NUMBERS = {
    "c": 2,
    "d": 2,
    "e": 2,
    "H": 2,
    "h": 2,
    "I": 2,
    "i": 2,
    "j": 3,
    "k": 2,
    "l": 2,
    "m": 2,
    "S": 2,
    "s": 2,
    "Y": 4,
    "y": 2,
    "v": 2,
    "x": 4,
}
_FIELD = {
    "c": "month",
    "m": "month",
    "d": "day",
    "e": "day",
    "H": "hour",
    "k": "hour",
    "h": "hour12",
    "I": "hour12",
    "l": "hour12",
    "i": "minute",
    "S": "second",
    "s": "second",
    "Y": "year",
    "y": "year2",
    "j": "yearday",
    "v": "week",
    "x": "weekyear",
}


def parse_mysql(text: str, pattern: str) -> dt.datetime:
    """Return the time that a string is in a pattern of MySQL. Raises QueryFailedError if it is not in it."""
    expanded = pattern.replace("%T", "%H:%i:%s").replace("%r", "%h:%i:%s %p")
    fields: dict[str, int] = {}
    position = place = 0
    while place < len(expanded):
        one = expanded[place]
        if one != "%" or place + 1 == len(expanded):
            if text[position : position + 1] != one:
                raise _unparsed(text, position)
            position, place = position + 1, place + 1
            continue
        letter = expanded[place + 1]
        place += 2
        if letter in _UNSUPPORTED:
            raise invalid(f"%{letter} not supported in date format string")
        position = _take(text, position, letter, fields)
    if position != len(text):
        raise invalid(f'Invalid format: "{text}" is malformed at "{text[position:]}"')
    return _moment(text, fields)


def _take(text: str, position: int, letter: str, fields: dict[str, int]) -> int:
    if letter == "f":
        match = re.compile(r"\d{1,9}").match(text, position)
        if match is None:
            raise _unparsed(text, position)
        fields["microsecond"] = int(match[0].ljust(9, "0")[:6])
        return match.end()
    if letter in _NUMBERS:
        match = re.compile(
            rf"[+-]?\d{{1,{_NUMBERS[letter]}}}" if letter in "Yx" else rf"\d{{1,{_NUMBERS[letter]}}}"
        ).match(text, position)
        if match is None:
            raise _unparsed(text, position)
        fields[_FIELD[letter]] = int(match[0])
        return match.end()
    names = {"b": _SHORT_MONTHS[1:], "M": _MONTHS[1:], "a": _SHORT_DAYS, "W": _DAYS, "p": ["AM", "PM"]}.get(letter)
    if names is None:
        if text[position : position + 1] != letter:
            raise _unparsed(text, position)
        return position + 1
    if letter == "b":
        names = [*_MONTHS[1:], *names]
    for place, name in enumerate(names):
        if text[position : position + len(name)].lower() == name.lower():
            if letter in "bM":
                fields["month"] = place % 12 + 1
            elif letter == "p":
                fields["half"] = place
            return position + len(name)
    raise _unparsed(text, position)


def _unparsed(text: str, position: int) -> Exception:
    return invalid(
        f'Invalid format: "{text}"'
        + (f' is malformed at "{text[position:]}"' if 0 < position < len(text) else " is too short" if position else "")
    )


def _moment(text: str, fields: dict[str, int]) -> dt.datetime:
    hour = fields.get("hour", 0)
    if "hour12" in fields:
        if not 1 <= fields["hour12"] <= 12:
            raise invalid(
                f'Cannot parse "{text}": Value {fields["hour12"]} for clockhourOfHalfday must be in the range [1,12]'
            )
        hour = fields["hour12"] % 12
    if "half" in fields:
        hour = hour % 12 + 12 * fields["half"]
    year = fields.get("year", 1970)
    if "year2" in fields:
        year = fields["year2"] + (2000 if fields["year2"] < 70 else 1900)
    for name in ("year", "weekyear"):
        if times.is_wide(fields.get(name, year)):
            raise times.UnsupportedYearError(text)
    try:
        if "weekyear" in fields or "week" in fields:
            moment = dt.datetime.combine(
                dt.date.fromisocalendar(fields.get("weekyear", year), fields.get("week", 1), fields.get("weekday", 1)),
                dt.time(),
            )
        else:
            moment = dt.datetime(year, fields.get("month", 1), fields.get("day", 1))  # noqa: DTZ001 - it is local
        if "yearday" in fields:
            moment = dt.datetime(year, 1, 1) + dt.timedelta(days=fields["yearday"] - 1)  # noqa: DTZ001 - it is local
        return moment.replace(
            hour=hour,
            minute=fields.get("minute", 0),
            second=fields.get("second", 0),
            microsecond=fields.get("microsecond", 0),
        )
    except (ValueError, OverflowError) as error:
        raise invalid(f'Cannot parse "{text}": {error}') from None


_JODA = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|(.)", re.DOTALL)


def format_joda(moment: dt.datetime, pattern: str, zoned: Any) -> str:
    """Return a time in a pattern of Joda."""
    found = ""
    for piece in _JODA.finditer(pattern):
        if piece[1] is not None:
            found += piece[1].replace("''", "'") or "'"
        elif piece[2] is None:
            if piece[3] == "'":
                raise invalid(f"Invalid pattern: {pattern}")
            found += piece[3]
        else:
            found += _joda_piece(moment, piece[2], len(piece[0]), zoned)
    return found


def _joda_piece(moment: dt.datetime, letter: str, size: int, zoned: Any) -> str:
    iso = moment.isocalendar()
    match letter:
        case "y" | "Y" | "u":
            return f"{moment.year % 100:02d}" if size == 2 else str(moment.year).zfill(size)
        case "x":
            return f"{iso[0] % 100:02d}" if size == 2 else str(iso[0]).zfill(size)
        case "M":
            return (
                str(moment.month).zfill(size)
                if size < 3
                else _SHORT_MONTHS[moment.month]
                if size == 3
                else _MONTHS[moment.month]
            )
        case "E":
            return _SHORT_DAYS[moment.weekday()] if size < 4 else _DAYS[moment.weekday()]
        case "a":
            return "AM" if moment.hour < 12 else "PM"
        case "G":
            return "AD"
        case "C":
            return str(moment.year // 100).zfill(size)
        case "S":
            return f"{moment.microsecond // 1000:03d}".ljust(size, "0")[:size]
        case "Z":
            return _joda_zone(zoned, size)
        case "z":
            return str(times.zone_info(zoned["z"]).tzname(moment)).removeprefix("UTC") or "UTC" if zoned else "UTC"
    numbers = {
        "d": moment.day,
        "D": moment.timetuple().tm_yday,
        "e": moment.isoweekday(),
        "w": iso[1],
        "H": moment.hour,
        "k": moment.hour or 24,
        "K": moment.hour % 12,
        "h": moment.hour % 12 or 12,
        "m": moment.minute,
        "s": moment.second,
    }
    if letter not in numbers:
        raise invalid(f"Illegal pattern component: {letter}")
    return str(numbers[letter]).zfill(size)


def _joda_zone(zoned: Any, size: int) -> str:
    if size > 2:
        return str(zoned["z"]) if zoned else "UTC"
    minutes = int(times.offset_of(zoned).total_seconds()) // 60 if zoned else 0
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}{':' if size == 2 else ''}{abs(minutes) % 60:02d}"


_JODA_FIELDS = {
    "y": "year",
    "Y": "year",
    "u": "year",
    "x": "weekyear",
    "M": "month",
    "d": "day",
    "D": "yearday",
    "H": "hour",
    "k": "hour",
    "K": "hour",
    "h": "hour12",
    "m": "minute",
    "s": "second",
    "w": "week",
    "e": "weekday",
}


def parse_joda(text: str, pattern: str) -> Any:
    """Return the time with a zone that a string is in a pattern of Joda. Raises QueryFailedError if it is not in it."""
    fields: dict[str, int] = {}
    zone, position = "UTC", 0
    pieces = list(_JODA.finditer(pattern))
    for number, piece in enumerate(pieces):
        if piece[2] is None:
            literal = (piece[1].replace("''", "'") or "'") if piece[1] is not None else piece[3]
            if not text.startswith(literal, position):
                raise _unparsed(text, position)
            position += len(literal)
            continue
        letter, size = piece[2], len(piece[0])
        following = pieces[number + 1] if number + 1 < len(pieces) else None
        if letter in "Zz":
            match = re.compile(r"Z|[+-]\d\d:?\d\d|[A-Za-z]\w*(?:[/_\w+\-]+)?").match(text, position)
            if match is None:
                raise _unparsed(text, position)
            zone, position = times.known_zone(match[0]), match.end()
        elif letter == "S":
            match = re.compile(rf"\d{{1,{size}}}").match(text, position)
            if match is None:
                raise _unparsed(text, position)
            fields["microsecond"], position = int(match[0].ljust(6, "0")[:6]), match.end()
        elif letter == "a":
            position = _take(text, position, "p", fields)
        elif letter == "E":
            position = _take(
                text,
                position,
                "W" if any(text.lower().startswith(day.lower(), position) for day in _DAYS) else "a",
                fields,
            )
        elif letter == "M" and size > 2:
            position = _take(text, position, "b", fields)
        elif letter in _JODA_FIELDS:
            is_packed = following is not None and following[2] is not None
            width = size if is_packed else 9 if letter in "yYux" else 2 if letter != "D" else 3
            match = re.compile(rf"[+-]?\d{{1,{width}}}" if letter in "yYux" else rf"\d{{1,{width}}}").match(
                text, position
            )
            if match is None:
                raise _unparsed(text, position)
            name = "year2" if letter in "yYu" and size == 2 and len(match[0]) == 2 else _JODA_FIELDS[letter]
            fields[name], position = int(match[0]), match.end()
        else:
            raise invalid(f"Illegal pattern component: {letter}")
    if position != len(text):
        raise invalid(f'Invalid format: "{text}" is malformed at "{text[position:]}"')
    return times.in_zone(_moment(text, fields), zone)
