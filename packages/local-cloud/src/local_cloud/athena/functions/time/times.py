"""Times with and without a zone, as strings and as Python's values.

A time with a zone is a dict of its instant in UTC, ``t``, and the name of its zone, ``z``.
Python's dates end at the years 1 and 9999. DuckDB passes a date or timestamp beyond them as its string, such as
``0006-01-01 (BC)`` for Trino's ``-0005-01-01``, and takes such a string from a Python function.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
import zoneinfo
from typing import TYPE_CHECKING, Any

from local_cloud.athena.errors import QueryFailedError

if TYPE_CHECKING:
    Zoned = dict[str, Any]

_DATE = re.compile(r"\s*(?P<date>[+-]?\d{1,9}-\d{1,2}-\d{1,2})\s*", re.ASCII)
_WIDE = re.compile(r"(\d+)(-\d\d-\d\d)( \(BC\))?(?: (\d\d:\d\d:\d\d(?:\.\d+)?))?")
_TIMESTAMP = re.compile(
    r"\s*(?P<year>[+-]?\d{1,6})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"
    r"(?: (?P<hour>\d{1,2}):(?P<minute>\d{1,2})(?::(?P<second>\d{1,2})(?:\.(?P<fraction>\d{1,12}))?)?)?"
    r"\s*(?P<zone>[+-]\d\d?:?\d\d|[A-Za-z][\w/+\-]*)?\s*",
    re.ASCII,
)
_TIME = re.compile(
    r"\s*(?P<hour>\d{1,2}):(?P<minute>\d{1,2})(?::(?P<second>\d{1,2})(?:\.(?P<fraction>\d{1,12}))?)?\s*(?P<zone>[+-]\d\d?(?::?\d\d)?)?\s*"
)
_OFFSET = re.compile(r"([+-])(\d\d?):?(\d\d)?")
_UTC = {
    "z",
    "utc",
    "+00:00",
    "-00:00",
    "gmt",
    "ut",
    "uct",
    "zulu",
    "etc/utc",
    "etc/gmt",
    "universal",
    "greenwich",
    "gmt0",
}
EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - instants are in UTC, without tzinfo, as in DuckDB
MICROSECOND = dt.timedelta(microseconds=1)
CYCLE = 400  # the number of years after which the Gregorian calendar repeats, with the days of the week
DAYS_OF_CYCLE = 146_097
_IN_CYCLE = 2000
Moment = dt.datetime | str


class NotATimeError(ValueError):
    """A string that is not a time."""


class UnsupportedYearError(QueryFailedError):
    """A year that Python does not have, in a function that is evaluated in Python."""

    def __init__(self, what: object) -> None:
        super().__init__("NOT_SUPPORTED", f"the local cloud evaluates this only for years from 1 to 9999: {what}")


def is_wide(year: int) -> bool:
    """Return whether a year is beyond Python's dates."""
    return not dt.MINYEAR <= year <= dt.MAXYEAR


def _moved(moment: dt.datetime, years: int) -> Moment:
    """Return a time a multiple of 400 years later, as DuckDB's string if Python does not have the year."""
    year = moment.year + years
    if not is_wide(year):
        return moment.replace(year=year)
    era = f"{year:04d}-{moment:%m-%d}" if year > 0 else f"{1 - year:04d}-{moment:%m-%d} (BC)"
    return f"{era} {moment:%H:%M:%S.%f}"


def moment_of(year: int, month: int, day: int, *clock: int, microseconds: int = 0) -> Moment:
    """Return a time, as DuckDB's string if Python does not have its year. Raises ValueError if there is no such time."""
    kept = year if dt.MINYEAR <= year < dt.MAXYEAR else year % CYCLE + _IN_CYCLE
    moment = dt.datetime(kept, month, day, *clock) + microseconds * MICROSECOND  # type: ignore[arg-type]  # noqa: DTZ001
    return _moved(moment, year - kept)


def after_epoch(days: int, milliseconds: int = 0) -> Moment:
    """Return the time some days and milliseconds after 1970-01-01, as DuckDB's string if Python does not have its year."""
    cycles, rest = divmod(days * 86_400_000 + milliseconds, DAYS_OF_CYCLE * 86_400_000)
    return _moved(EPOCH + dt.timedelta(milliseconds=rest), cycles * CYCLE)


def _within(moment: Moment) -> tuple[dt.datetime, int]:
    """Return a time of a year that Python has, and the multiple of 400 years after which the given one is."""
    if isinstance(moment, dt.datetime):
        return moment, 0
    match = _WIDE.fullmatch(moment)
    if match is None:
        raise ValueError(moment)
    year = 1 - int(match[1]) if match[3] else int(match[1])
    kept = year % CYCLE + _IN_CYCLE
    return dt.datetime.fromisoformat(f"{kept}{match[2]} {match[4] or '00:00:00'}"), year - kept


@functools.cache
def zone_name(text: str) -> str:
    """Return the name of a zone as Trino writes it. Raises NotATimeError for an unknown one."""
    if text.lower() in _UTC:
        return "UTC"
    if match := _OFFSET.fullmatch(text):
        hours, minutes = int(match[2]), int(match[3] or 0)
        if hours > 14 or minutes > 59:
            raise NotATimeError(text)
        return "UTC" if not hours and not minutes else f"{match[1]}{hours:02d}:{minutes:02d}"
    try:
        zoneinfo.ZoneInfo(text)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise NotATimeError(text) from None
    return text


def known_zone(text: str) -> str:
    """Return the name of a zone that is an argument of a function."""
    try:
        return zone_name(text)
    except NotATimeError:
        raise QueryFailedError("INVALID_FUNCTION_ARGUMENT", f"'{text}' is not a valid time zone") from None


@functools.cache
def zone_info(name: str) -> dt.tzinfo:
    """Return a zone."""
    if match := _OFFSET.fullmatch(name):
        offset = dt.timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
        return dt.timezone(-offset if match[1] == "-" else offset)
    return dt.UTC if name == "UTC" else zoneinfo.ZoneInfo(name)


def local(value: Zoned) -> dt.datetime:
    """Return the local time of a time with a zone."""
    if value["z"] == "UTC":
        return value["t"]  # type: ignore[no-any-return]
    if isinstance(value["t"], str):
        raise UnsupportedYearError(f"{write_timestamp(value['t'], 3)} {value['z']}")
    moment: dt.datetime = value["t"].replace(tzinfo=dt.UTC).astimezone(zone_info(value["z"]))
    return moment.replace(tzinfo=None)


def in_zone(moment: Moment, zone: str) -> Zoned:
    """Return a local time in a zone. A local time in the gap of a zone is moved to its end, as Joda does."""
    if zone == "UTC":
        return {"t": moment, "z": zone}
    if isinstance(moment, str):
        raise UnsupportedYearError(f"{write_timestamp(moment, 3)} {zone}")
    return {"t": moment.replace(tzinfo=zone_info(zone)).astimezone(dt.UTC).replace(tzinfo=None), "z": zone}


def offset_of(value: Zoned) -> dt.timedelta:
    """Return the offset of a time with a zone."""
    return local(value) - value["t"]  # type: ignore[no-any-return]


def is_in_gap(moment: Moment, zone: str) -> bool:
    """Return whether a local time does not exist in a zone."""
    return local(in_zone(moment, zone)) != moment


def parse_date(text: str) -> dt.date | str:
    """Return a date, as DuckDB's string if Python does not have its year. Raises NotATimeError if the string is not one."""
    match = _DATE.fullmatch(text)
    if match is None:
        raise NotATimeError(text)
    try:
        moment = moment_of(*map(int, match["date"].rsplit("-", 2)))
    except ValueError:
        raise NotATimeError(text) from None
    return moment.rpartition(" ")[0] if isinstance(moment, str) else moment.date()


def rounded(moment: dt.datetime, precision: int) -> dt.datetime:
    """Return a time rounded half up to a number of decimal places of a second."""
    if precision >= 6:
        return moment
    unit = int(10 ** (6 - precision))
    return moment + ((moment.microsecond + unit // 2) // unit * unit - moment.microsecond) * MICROSECOND


def rounded_in_any_year(moment: Moment, precision: int) -> Moment:
    """Return a time rounded half up, also beyond Python's years."""
    kept, years = _within(moment)
    return _moved(rounded(kept, precision), years)


def parse_timestamp(text: str) -> tuple[Moment, int, str | None]:
    """Return a local time, the number of its decimal places, and its zone. Raises NotATimeError if the string is not one."""
    match = _TIMESTAMP.fullmatch(text)
    if match is None:
        raise NotATimeError(text)
    fraction = match["fraction"] or ""
    parts = (int(match[name] or 0) for name in ("year", "month", "day", "hour", "minute", "second"))
    try:
        moment = moment_of(*parts, microseconds=_microseconds(fraction))
    except ValueError:
        raise NotATimeError(text) from None
    return moment, len(fraction), zone_name(match["zone"]) if match["zone"] else None


def _microseconds(fraction: str) -> int:
    digits = int(fraction.ljust(12, "0") or 0)
    return (digits + 500_000) // 1_000_000


def parse_time(text: str) -> tuple[dt.time, int, str | None]:
    """Return a time of day, the number of its decimal places, and its offset. Raises NotATimeError if the string is not one."""
    match = _TIME.fullmatch(text)
    if match is None:
        raise NotATimeError(text)
    fraction = match["fraction"] or ""
    try:
        moment = dt.datetime(1970, 1, 1, int(match["hour"]), int(match["minute"]), int(match["second"] or 0))  # noqa: DTZ001 - it is local
    except ValueError:
        raise NotATimeError(text) from None
    moment += _microseconds(fraction) * MICROSECOND
    return moment.time(), len(fraction), zone_name(match["zone"]) if match["zone"] else None


def rounded_time(value: dt.time, precision: int) -> dt.time:
    """Return a time of day rounded half up."""
    return rounded(dt.datetime.combine(EPOCH, value), precision).time()


def _fraction(microsecond: int, precision: int) -> str:
    return f".{microsecond:06d}"[: precision + 1].ljust(precision + 1, "0") if precision else ""


def _day_text(moment: dt.date, years: int) -> str:
    year = moment.year + years
    sign = "-" if year < 0 else "+" if year > dt.MAXYEAR else ""
    return f"{sign}{abs(year):04d}-{moment.month:02d}-{moment.day:02d}"


def write_date(value: dt.date | str) -> str:
    """Return a date as Trino casts it to varchar."""
    return _day_text(*_within(value)) if isinstance(value, str) else value.isoformat()


def write_timestamp(value: Moment, precision: int) -> str:
    """Return a local time as Trino casts it to varchar."""
    moment, years = _within(value)
    clock = f"{moment.hour:02d}:{moment.minute:02d}:{moment.second:02d}"
    return f"{_day_text(moment, years)} {clock}{_fraction(moment.microsecond, precision)}"


def write_zoned(value: Zoned, precision: int) -> str:
    """Return a time with a zone as Trino casts it to varchar."""
    return f"{write_timestamp(local(value), precision)} {value['z']}"


def write_time(value: dt.time, precision: int) -> str:
    """Return a time of day as Trino casts it to varchar."""
    return f"{value.hour:02d}:{value.minute:02d}:{value.second:02d}{_fraction(value.microsecond, precision)}"


def write_days(milliseconds: int) -> str:
    """Return an interval of days and seconds."""
    seconds, rest = divmod(abs(milliseconds), 1000)
    days, seconds = divmod(seconds, 86400)
    clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{rest:03d}"
    return f"{'-' if milliseconds < 0 else ''}{days} {clock}"


def write_months(months: int) -> str:
    """Return an interval of years and months."""
    return f"{'-' if months < 0 else ''}{abs(months) // 12}-{abs(months) % 12}"
