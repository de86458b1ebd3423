"""The interval of a run, derived once from the execution's input and the schedule's timezone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Literal

_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# date-time of RFC 3339, as EventBridge Scheduler writes it: the offset is required, fractions are optional.
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})")
_SHAPES = (
    '{"scheduled_time": "2026-11-23T21:00:00Z"}, {"date": "2021-12-15"} or {"from": "2013-01-01", "to": "2014-01-01"}'
)


class InvalidIntervalError(ValueError):
    """An execution's input does not define the days to process."""


class UnknownTimezoneError(ValueError):
    """A timezone is missing from the time zone database, or this machine has no such database."""


@dataclass(frozen=True, slots=True)
class Interval:
    """The days from ``start`` (inclusive) to ``end`` (exclusive)."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise InvalidIntervalError(
                f"no day from {self.start} to {self.end}: 'to' is exclusive and must be after 'from'"
            )

    @property
    def one_day(self) -> bool:
        """True if the interval is a single day; ``start`` is then the process date."""
        return self.end - self.start == timedelta(days=1)


def timezone_of(name: str) -> tzinfo:
    """Return a timezone by its IANA name; UTC works without a database."""
    if name == "UTC":
        return UTC
    import zoneinfo  # imported here: registration only reads timestamps, and each import delays a cold start

    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        if not zoneinfo.available_timezones():
            raise UnknownTimezoneError(
                f"timezone {name!r}: this Python has no time zone database; "
                "include the 'tzdata' package with the code, or use UTC"
            ) from error
        raise UnknownTimezoneError(
            f"timezone {name!r} is not in the time zone database: use a name such as Asia/Tokyo"
        ) from error


def parse_instant(text: str) -> datetime:
    """Parse a timestamp such as ``2026-11-23T21:00:00Z``, with or without fractions, to a datetime in UTC.

    Raises
    ------
    ValueError
        If the string has any other form, including a timestamp without an offset.
    """
    if not _INSTANT.fullmatch(text):
        raise ValueError(f"{text!r} is not a time such as 2026-11-23T21:00:00Z")
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text!r} is not a time: {error}") from error


def format_instant(instant: datetime, timespec: Literal["seconds", "milliseconds"] = "seconds") -> str:
    """Format a timestamp in UTC, truncated to seconds or milliseconds: equal times have the same string."""
    return f"{instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec=timespec)}Z"


def interval_of(execution_input: object, timezone: str, date_offset_days: int) -> Interval:
    """Return the interval of a run.

    Parameters
    ----------
    execution_input
        The execution's input: a scheduled time, a date, or from and to (half-open).
    timezone
        IANA name; the scheduled time's date is taken in this timezone.
    date_offset_days
        Days added to the date of a scheduled time. A date in the input is the process date itself.

    Raises
    ------
    InvalidIntervalError
        If the input has any other form, or its interval contains no day.
    UnknownTimezoneError
        If the timezone is unknown.
    """
    if not isinstance(execution_input, Mapping):
        raise InvalidIntervalError(f"the execution's input is {execution_input!r}: use {_SHAPES}")
    given = dict(execution_input)
    try:
        match sorted(given):
            case ["scheduled_time"]:
                instant = parse_scheduled_time(given["scheduled_time"])
                start = instant.astimezone(timezone_of(timezone)).date() + timedelta(days=date_offset_days)
                return Interval(start, start + timedelta(days=1))
            case ["date"]:
                start = _parse_date("date", given["date"])
                return Interval(start, start + timedelta(days=1))
            case ["from", "to"]:
                return Interval(_parse_date("from", given["from"]), _parse_date("to", given["to"]))
    except OverflowError as error:
        raise InvalidIntervalError(f"the execution's input {given!r} is outside the years 1 to 9999") from error
    raise InvalidIntervalError(f"the execution's input has the keys {sorted(given)!r}: use {_SHAPES}")


def parse_scheduled_time(value: object) -> datetime:
    """Parse the scheduled time of an execution's input, in UTC."""
    if not isinstance(value, str):
        raise InvalidIntervalError(f"'scheduled_time' is {value!r}: use a string such as 2026-11-23T21:00:00Z")
    try:
        return parse_instant(value)
    except ValueError as error:
        raise InvalidIntervalError(f"'scheduled_time': {error}") from error


def _parse_date(key: str, value: object) -> date:
    if not isinstance(value, str) or not _ISO_DATE.fullmatch(value):
        raise InvalidIntervalError(f"{key!r} is {value!r}: use a date such as 2021-12-15")
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise InvalidIntervalError(f"{key!r} is {value!r}, which is not a date: {error}") from error
