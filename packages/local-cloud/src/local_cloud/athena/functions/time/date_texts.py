"""Dates and times as text, and text as dates and times: ISO 8601, patterns, durations and sizes."""

from __future__ import annotations

import datetime as dt
import math
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from local_cloud.athena.functions.implementation import invalid, python, typed
from local_cloud.athena.functions.time import times
from local_cloud.athena.functions.time.date_patterns import format_joda, format_mysql, parse_joda, parse_mysql
from local_cloud.athena.functions.time.dates import clock_of, offset_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from local_cloud.athena.functions.implementation import Build
    from local_cloud.athena.types.trino_types import Type


_WIDE_YEAR = re.compile(r"([+-]\d{4,9}|\d{5,9}|0000)(-.*)?")


def _iso_date(text: str) -> dt.date:
    if _WIDE_YEAR.fullmatch(text):
        raise times.UnsupportedYearError(text)
    try:
        if re.fullmatch(r"\d{4}-W\d\d", text):
            return dt.date.fromisoformat(f"{text}-1")
        if match := re.fullmatch(r"(\d{4})-(\d{3})", text):
            found = dt.date(int(match[1]), 1, 1) + dt.timedelta(days=int(match[2]) - 1)
            if found.year == int(match[1]):
                return found
        elif re.fullmatch(r"\d{4}-\d\d-\d\d|\d{4}-W\d\d-\d", text):
            return dt.date.fromisoformat(text)
        elif re.fullmatch(r"\d{4}(-\d\d)?", text):
            return dt.date(int(text[:4]), int(text[5:] or 1), 1)
    except ValueError:
        pass
    raise invalid(f'Invalid format: "{text}"')


_ISO = re.compile(
    r"(?P<date>[\d+\-W]+)(?:T(?P<clock>\d\d(?::?\d\d(?::?\d\d)?)?)(?:[.,](?P<fraction>\d+))?(?P<zone>Z|[+-]\d\d(?::?\d\d)?)?)?",
    re.IGNORECASE,
)


def _iso_timestamp(precision: int) -> Callable[[str], Any]:
    def call(text: str) -> Any:
        match = _ISO.fullmatch(text)
        if match is None:
            raise invalid(f'Invalid format: "{text}"')
        moment = dt.datetime.combine(_iso_date(match["date"]), dt.time())
        digits = (match["clock"] or "").replace(":", "").ljust(6, "0")
        hour, minute, second = int(digits[:2]), int(digits[2:4]), int(digits[4:6])
        if hour > 23 or minute > 59 or second > 59:
            raise invalid(f'Cannot parse "{text}": Value out of range')
        moment += dt.timedelta(hours=hour, minutes=minute, seconds=second)
        moment += int((match["fraction"] or "0").ljust(6, "0")[:6]) * times.MICROSECOND
        if precision < 6:
            moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
        return times.in_zone(moment, times.known_zone(match["zone"] or "UTC"))

    call.__qualname__ = f"iso_timestamp_{precision}"
    return call


def _to_iso(types: Sequence[Type], result: Type) -> Callable[[Any], str]:
    kind = types[0]
    if kind.base == "date":
        return lambda value: f"{value:%Y-%m-%d}" if value.year > 999 else value.isoformat()

    def call(value: Any) -> str:
        moment = times.local(value) if kind.is_zoned else value
        text = times.write_timestamp(moment, kind.size).replace(" ", "T")
        if not kind.is_zoned:
            return text
        offset = times.offset_of(value)
        return text + ("Z" if value["z"] == "UTC" else offset_text(offset))

    return call


def _formatted(write: Callable[[dt.datetime, str, Any], str]) -> Any:
    def make(types: Sequence[Type], result: Type) -> Callable[[Any, str], str]:
        clock, zoned = clock_of(types[0]), types[0].is_zoned

        def call(value: Any, pattern: str) -> str:
            return write(clock(value), pattern, value if zoned else None)

        return call

    make.__qualname__ = f"formatted_{write.__name__}"
    return make


def _human(seconds: float) -> str:
    if not math.isfinite(seconds):
        raise invalid(f"Invalid argument found: {seconds}")
    rest = round(abs(seconds))
    parts = []
    for unit, size in (("week", 604800), ("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)):
        number, rest = divmod(rest, size)
        if number:
            parts.append(f"{number} {unit}{'s' if number > 1 else ''}")
    return ", ".join(parts) or "0 seconds"


_DURATION_UNITS = {"ns": 1e-6, "us": 1e-3, "ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


_SIZES = {unit: 1024**power for power, unit in enumerate(("B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"))}


def _duration(text: str) -> int:
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-zA-Z]+)\s*", text)
    if match is None or match[2] not in _DURATION_UNITS:
        raise invalid(f"duration is not a valid data duration string: {text}")
    return round(float(match[1]) * _DURATION_UNITS[match[2]])


def _data_size(text: str) -> Decimal:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([a-zA-Z]+)", text)
    if match is None or match[2] not in _SIZES:
        raise invalid(f"Invalid data size: '{text}'")
    return Decimal(int(Decimal(match[1]) * _SIZES[match[2]]))


FUNCTIONS: dict[str, Build] = {
    "date_format": typed(_formatted(format_mysql)),
    "date_parse": python(parse_mysql),
    "format_datetime": typed(_formatted(format_joda)),
    "from_iso8601_date": python(_iso_date),
    "from_iso8601_timestamp": python(_iso_timestamp(3)),
    "from_iso8601_timestamp_nanos": python(_iso_timestamp(9)),
    "human_readable_seconds": python(_human),
    "parse_data_size": python(_data_size),
    "parse_datetime": python(parse_joda),
    "parse_duration": python(_duration),
    "parse_presto_data_size": python(_data_size),
    "to_iso8601": typed(_to_iso),
}
