"""Functions of dates and times.

https://trino.io/docs/current/functions/datetime.html
"""

from __future__ import annotations

import calendar
import datetime as dt
import math
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from local_cloud.athena.errors import QueryFailedError
from local_cloud.athena.functions import times
from local_cloud.athena.functions.date_patterns import format_joda, format_mysql, parse_joda, parse_mysql
from local_cloud.athena.functions.implementation import Invocation, invalid, python, sql, typed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from local_cloud.athena.functions.implementation import Build
    from local_cloud.athena.types.trino_types import Type

_MILLISECONDS = {
    "millisecond": 1,
    "second": 1000,
    "minute": 60_000,
    "hour": 3_600_000,
    "day": 86_400_000,
    "week": 604_800_000,
}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_DATE_UNITS = {"day", "week", "month", "quarter", "year"}


def _clock(kind: Type) -> Callable[[Any], dt.datetime]:
    """Return the function that gives the local time of a date, time or timestamp."""
    match kind.base:
        case "date":
            return lambda value: dt.datetime.combine(value, dt.time())
        case "time":
            return lambda value: dt.datetime.combine(times.EPOCH, value)
        case "time with time zone":
            return lambda value: dt.datetime.combine(times.EPOCH, value["t"])
        case "timestamp with time zone":
            return times.local
    return lambda value: value


def _like(kind: Type) -> Callable[[dt.datetime, Any], Any]:
    """Return the function that makes a value of a type of a local time and the value that it came from."""
    match kind.base:
        case "date":
            return lambda moment, _: moment.date()
        case "time":
            return lambda moment, _: moment.time()
        case "time with time zone":
            return lambda moment, value: {"t": moment.time(), "z": value["z"]}
        case "timestamp with time zone":
            return lambda moment, value: times.in_zone(moment, value["z"])
    return lambda moment, _: moment


def add_months(moment: dt.datetime, months: int) -> dt.datetime:
    """Return a time some months later, on the last day of the month at the latest."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    try:
        return moment.replace(year=year, month=month + 1, day=min(moment.day, calendar.monthrange(year, month + 1)[1]))
    except (ValueError, calendar.IllegalMonthError):
        raise invalid(f"date out of range: {moment}") from None


def _unit(text: str, kind: Type) -> str:
    unit = text.lower()
    known = (
        _DATE_UNITS
        if kind.base == "date"
        else {"millisecond", "second", "minute", "hour"}
        if kind.base.startswith("time") and not kind.base.startswith("timestamp")
        else {*_MILLISECONDS, *_MONTHS}
    )
    if unit not in known:
        field = (
            "DATE"
            if kind.base == "date"
            else "TIME"
            if kind.base.startswith("time") and not kind.base.startswith("timestamp")
            else "TIMESTAMP"
        )
        raise invalid(f"'{text}' is not a valid {field} field")
    return unit


def _add(types: Sequence[Type], result: Type) -> Callable[[str, int, Any], Any]:
    kind = types[2]
    clock, made = _clock(kind), _like(kind)

    def call(unit: str, number: int, value: Any) -> Any:
        name = _unit(unit, kind)
        try:
            if name in _MONTHS:
                return made(add_months(clock(value), number * _MONTHS[name]), value)
            step = dt.timedelta(milliseconds=number * _MILLISECONDS[name])
            if kind.base == "timestamp with time zone" and name not in _DATE_UNITS:
                return {"t": times.rounded(value["t"] + step, kind.size), "z": value["z"]}
            moment = clock(value) + step
            return made(times.rounded(moment, kind.size) if kind.sizes else moment, value)
        except OverflowError:
            raise invalid(f"date out of range: {value}") from None

    return call


def _difference(types: Sequence[Type], result: Type) -> Callable[[str, Any, Any], int]:
    kind = types[1]
    clock = _clock(kind)

    def call(unit: str, one: Any, other: Any) -> int:
        name = _unit(unit, kind)
        first, last = clock(one), clock(other)
        if kind.base == "timestamp with time zone" and name not in _DATE_UNITS:
            first, last = one["t"], other["t"]
        if name in _MILLISECONDS:
            return int(_toward_zero((last - first) // times.MICROSECOND, 1000 * _MILLISECONDS[name]))
        sign = 1 if last >= first else -1
        if sign < 0:
            first, last = last, first
        months = (last.year - first.year) * 12 + last.month - first.month
        if months and (
            (sign > 0 and add_months(first, months) > last) or (sign < 0 and add_months(last, -months) < first)
        ):
            months -= 1
        return sign * (months // _MONTHS[name])

    return call


def _toward_zero(number: int, divisor: int) -> int:
    return abs(number) // divisor * (1 if number >= 0 else -1)


def _truncated(types: Sequence[Type], result: Type) -> Callable[[str, Any], Any]:
    kind = types[1]
    clock, made = _clock(kind), _like(kind)

    def call(unit: str, value: Any) -> Any:
        name = _unit(unit, kind)
        moment = clock(value)
        if name == "millisecond":
            return made(moment.replace(microsecond=moment.microsecond // 1000 * 1000), value)
        kept = moment.replace(microsecond=0)
        for field in ("second", "minute", "hour"):
            if name == field:
                return made(kept, value)
            kept = kept.replace(**{field: 0})  # type: ignore[arg-type]  # they are fields of whole numbers
        match name:
            case "week":
                kept -= dt.timedelta(days=kept.weekday())
            case "month":
                kept = kept.replace(day=1)
            case "quarter":
                kept = kept.replace(day=1, month=(kept.month - 1) // 3 * 3 + 1)
            case "year":
                kept = kept.replace(day=1, month=1)
        return made(kept, value)

    return call


_NATIVE_FIELDS = {
    "day": "day", "day_of_month": "day", "day_of_week": "isodow", "day_of_year": "dayofyear", "dow": "isodow", "doy": "dayofyear",
    "hour": "hour", "minute": "minute", "month": "month", "quarter": "quarter", "week": "week", "week_of_year": "week", "year": "year",
    "year_of_week": "isoyear", "yow": "isoyear",
}  # fmt: skip
_FIELDS: dict[str, Callable[[dt.datetime], int]] = {
    "day": lambda moment: moment.day,
    "dayofyear": lambda moment: moment.timetuple().tm_yday,
    "hour": lambda moment: moment.hour,
    "isodow": lambda moment: moment.isoweekday(),
    "isoyear": lambda moment: moment.isocalendar()[0],
    "millisecond": lambda moment: moment.microsecond // 1000,
    "minute": lambda moment: moment.minute,
    "month": lambda moment: moment.month,
    "quarter": lambda moment: (moment.month + 2) // 3,
    "second": lambda moment: moment.second,
    "week": lambda moment: moment.isocalendar()[1],
    "year": lambda moment: moment.year,
}
_OF_INTERVAL = {
    "millisecond": (1, 1000),
    "second": (1000, 60),
    "minute": (60_000, 60),
    "hour": (3_600_000, 24),
    "day": (86_400_000, 0),
}


def _field(name: str) -> Build:
    field = _NATIVE_FIELDS.get(name, name)

    def build(invocation: Invocation) -> str:
        (kind,), (value,) = invocation.types, invocation.arguments
        if kind.is_zoned:
            clock = _clock(kind)
            return invocation.python(lambda one: _FIELDS[field](clock(one)), key=(field, str(kind)))
        if kind.base == "interval year to month":
            return f"CAST({value} // 12 AS BIGINT)" if field == "year" else f"CAST({value} % 12 AS BIGINT)"
        if kind.base == "interval day to second":
            unit, modulus = _OF_INTERVAL[field]
            return f"(({value} // {unit}) % {modulus})" if modulus else f"({value} // {unit})"
        if field == "millisecond":
            return f"CAST(date_part('millisecond', {value}) % 1000 AS BIGINT)"
        return f"CAST(date_part('{field}', {value}) AS BIGINT)"

    return build


def _from_unixtime(seconds: float, zone: str = "UTC") -> Any:
    try:
        return {"t": times.EPOCH + round(seconds * 1000) * dt.timedelta(milliseconds=1), "z": times.known_zone(zone)}
    except (OverflowError, ValueError):
        raise invalid(f"timestamp out of range: {seconds}") from None


def _from_unixtime_offset(seconds: float, hours: int, minutes: int) -> Any:
    sign = "-" if hours < 0 or minutes < 0 else "+"
    return _from_unixtime(seconds, f"{sign}{abs(hours):02d}:{abs(minutes):02d}")


def _to_unixtime(types: Sequence[Type], result: Type) -> Callable[[Any], float]:
    kind = types[0]

    def call(value: Any) -> float:
        moment = value["t"] if kind.is_zoned else _clock(kind)(value)
        return float((moment - times.EPOCH) / dt.timedelta(seconds=1))

    return call


def at_zone(value: Any, zone: str) -> Any:
    """Return the same instant in another zone."""
    return {"t": value["t"], "z": times.known_zone(zone)}


def _with_zone(moment: dt.datetime, zone: str) -> Any:
    return times.in_zone(moment, times.known_zone(zone))


def _iso_date(text: str) -> dt.date:
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
    r"(?P<date>[\d\-W]+)(?:T(?P<clock>\d\d(?::?\d\d(?::?\d\d)?)?)(?:[.,](?P<fraction>\d+))?(?P<zone>Z|[+-]\d\d(?::?\d\d)?)?)?",
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
        return text + ("Z" if value["z"] == "UTC" else _offset_text(offset))

    return call


def _offset_text(offset: dt.timedelta) -> str:
    minutes = int(offset.total_seconds()) // 60
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def _zone_part(name: str) -> Callable[[Any], int]:
    def call(value: Any) -> int:
        minutes = int(times.offset_of(value).total_seconds()) // 60
        return _toward_zero(minutes, 60) if name == "hour" else int(math.fmod(minutes, 60))

    call.__qualname__ = f"zone_{name}"
    return call


def _formatted(write: Callable[[dt.datetime, str, Any], str]) -> Any:
    def make(types: Sequence[Type], result: Type) -> Callable[[Any, str], str]:
        clock, zoned = _clock(types[0]), types[0].is_zoned

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


def _sequence(types: Sequence[Type], result: Type) -> Callable[..., list[Any]]:
    kind = types[0]
    clock, made = _clock(kind), _like(kind)

    def call(first: Any, last: Any, step: int | None = None) -> list[Any]:
        if kind.base == "bigint":
            size = step if step is not None else 1 if first <= last else -1
            _check_step(size, first, last)
            return _limited(range(first, last + (1 if size > 0 else -1), size))
        start, end = clock(first), clock(last)
        by_months = len(types) > 2 and types[2].base == "interval year to month"
        size = step if step is not None else 86_400_000 if start <= end else -86_400_000
        if kind.base == "date" and not by_months and size % 86_400_000:
            raise invalid("sequence step must be a day interval if start and end values are dates")
        _check_step(size, start, end)
        found: list[Any] = []
        number = 0
        while True:
            moment = add_months(start, number * size) if by_months else start + dt.timedelta(milliseconds=number * size)
            if moment > end if size > 0 else moment < end:
                return found
            found.append(made(moment, first))
            number += 1
            if number > _LONGEST_SEQUENCE:
                raise invalid(f"result of sequence function must not have more than {_LONGEST_SEQUENCE} entries")

    return call


_LONGEST_SEQUENCE = 10_000


def _limited(values: range) -> list[int]:
    if len(values) > _LONGEST_SEQUENCE:
        raise invalid(f"result of sequence function must not have more than {_LONGEST_SEQUENCE} entries")
    return list(values)


def _check_step(step: int, first: Any, last: Any) -> None:
    if not step:
        raise invalid("sequence step must not be zero")
    if (step > 0 and first > last) or (step < 0 and first < last):
        raise invalid(
            "sequence stop value should be greater than or equal to start value if step is greater than zero otherwise "
            "stop should be less than or equal to start"
        )


def _last_day(types: Sequence[Type], result: Type) -> Callable[[Any], dt.date]:
    clock = _clock(types[0])

    def call(value: Any) -> dt.date:
        moment = clock(value)
        return dt.date(moment.year, moment.month, calendar.monthrange(moment.year, moment.month)[1])

    return call


def _date(types: Sequence[Type], result: Type) -> Callable[[Any], dt.date]:
    kind = types[0]

    def call(value: Any) -> dt.date:
        if not kind.is_string:
            return _clock(kind)(value).date()
        try:
            return times.parse_date(value)
        except times.NotATimeError:
            raise QueryFailedError("INVALID_CAST_ARGUMENT", f"Value cannot be cast to date: {value}") from None

    return call


def _now(invocation: Invocation) -> str:
    moment = "CAST(date_trunc('milliseconds', get_current_timestamp()) AS TIMESTAMP)"
    match invocation.result.base:
        case "date":
            return f"CAST({moment} AS DATE)"
        case "timestamp":
            return moment
        case "time":
            return f"CAST({moment} AS TIME)"
        case "time with time zone":
            return f"{{'t': CAST({moment} AS TIME), 'z': 'UTC'}}"
    return f"{{'t': {moment}, 'z': 'UTC'}}"


def _native_truncation(invocation: Invocation) -> str:
    """Truncate a date or a timestamp to a unit that is a literal in DuckDB, which is much faster."""
    unit = (invocation.texts[0] or "").lower() if invocation.texts else ""
    kind = invocation.types[1]
    if (kind.base == "timestamp" and unit in {*_MONTHS, *_MILLISECONDS} - {"millisecond"}) or (
        kind.base == "date" and unit in _DATE_UNITS
    ):
        return f"CAST(date_trunc('{unit}', {invocation.arguments[1]}) AS {kind.duckdb})"
    return typed(_truncated)(invocation)


def _parsed_mysql(text: str, pattern: str) -> dt.datetime:
    return parse_mysql(text, pattern)


FUNCTIONS: dict[str, Build] = {
    **{name: _field(name) for name in [*_NATIVE_FIELDS, "second", "millisecond"]},
    "at_timezone": python(at_zone),
    "current_date": _now,
    "current_time": _now,
    "current_timestamp": _now,
    "current_timezone": sql("'UTC'"),
    "date": typed(_date),
    "date(timestamp)": sql("CAST({0} AS DATE)"),
    "date_add": typed(_add),
    "date_diff": typed(_difference),
    "date_format": typed(_formatted(format_mysql)),
    "date_parse": python(_parsed_mysql),
    "date_trunc": _native_truncation,
    "format_datetime": typed(_formatted(format_joda)),
    "from_iso8601_date": python(_iso_date),
    "from_iso8601_timestamp": python(_iso_timestamp(3)),
    "from_iso8601_timestamp_nanos": python(_iso_timestamp(9)),
    "from_unixtime": python(_from_unixtime),
    "from_unixtime(double,bigint)": python(_from_unixtime_offset),
    "from_unixtime_nanos": sql("{{'t': make_timestamp({0} // 1000), 'z': 'UTC'}}"),
    "human_readable_seconds": python(_human),
    "last_day_of_month": typed(_last_day),
    "localtime": _now,
    "localtimestamp": _now,
    "now": _now,
    "parse_data_size": python(_data_size),
    "parse_datetime": python(parse_joda),
    "parse_duration": python(_duration),
    "parse_presto_data_size": python(_data_size),
    "sequence": typed(_sequence),
    "timezone": sql("struct_extract({0}, 'z')"),
    "timezone_hour": python(_zone_part("hour")),
    "timezone_minute": python(_zone_part("minute")),
    "to_iso8601": typed(_to_iso),
    "to_milliseconds": sql("{0}"),
    "to_unixtime": typed(_to_unixtime),
    "with_timezone": python(_with_zone),
}
