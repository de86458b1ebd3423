"""Functions of dates and times.

https://trino.io/docs/current/functions/datetime.html
"""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING, Any

from local_cloud.athena.errors import QueryFailedError
from local_cloud.athena.functions.implementation import Invocation, invalid, python, sql, typed
from local_cloud.athena.functions.time import times

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from local_cloud.athena.functions.implementation import Build
    from local_cloud.athena.types.trino_types import Type


def toward_zero(number: int, divisor: int) -> int:
    """Return a quotient, rounded toward zero."""
    return abs(number) // divisor * (1 if number >= 0 else -1)


def clock_of(kind: Type) -> Callable[[Any], dt.datetime]:
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


def like_of(kind: Type) -> Callable[[dt.datetime, Any], Any]:
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


_NATIVE_FIELDS = {
    "day": "day", "day_of_month": "day", "day_of_week": "isodow", "day_of_year": "dayofyear", "dow": "isodow", "doy": "dayofyear",
    "hour": "hour", "minute": "minute", "month": "month", "quarter": "quarter", "week": "week", "week_of_year": "week", "year": "year",
    "year_of_week": "isoyear", "yow": "isoyear",
}  # fmt: skip
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
            value = invocation.functions.call(
                clock_of(kind), [value], [kind], "TIMESTAMP", key=("clock", str(kind)), name=invocation.name
            )
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
    if not math.isfinite(seconds):
        raise invalid(f"timestamp out of range: {seconds}")
    return {"t": times.after_epoch(0, round(seconds * 1000)), "z": times.known_zone(zone)}


def _from_unixtime_offset(seconds: float, hours: int, minutes: int) -> Any:
    sign = "-" if hours < 0 or minutes < 0 else "+"
    return _from_unixtime(seconds, f"{sign}{abs(hours):02d}:{abs(minutes):02d}")


def _to_unixtime(types: Sequence[Type], result: Type) -> Callable[[Any], float]:
    kind = types[0]

    def call(value: Any) -> float:
        moment = value["t"] if kind.is_zoned else clock_of(kind)(value)
        return float((moment - times.EPOCH) / dt.timedelta(seconds=1))

    return call


def at_zone(value: Any, zone: str) -> Any:
    """Return the same instant in another zone."""
    return {"t": value["t"], "z": times.known_zone(zone)}


def _with_zone(moment: dt.datetime, zone: str) -> Any:
    return times.in_zone(moment, times.known_zone(zone))


def offset_text(offset: dt.timedelta) -> str:
    """Return an offset as ``+hh:mm``."""
    minutes = int(offset.total_seconds()) // 60
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def _zone_part(name: str) -> Callable[[Any], int]:
    def call(value: Any) -> int:
        minutes = int(times.offset_of(value).total_seconds()) // 60
        return toward_zero(minutes, 60) if name == "hour" else int(math.fmod(minutes, 60))

    call.__qualname__ = f"zone_{name}"
    return call


def _date(types: Sequence[Type], result: Type) -> Callable[[Any], dt.date | str]:
    kind = types[0]

    def call(value: Any) -> dt.date | str:
        if not kind.is_string:
            return clock_of(kind)(value).date()
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


FUNCTIONS: dict[str, Build] = {
    **{name: _field(name) for name in [*_NATIVE_FIELDS, "second", "millisecond"]},
    "at_timezone": python(at_zone),
    "current_date": _now,
    "current_time": _now,
    "current_timestamp": _now,
    "current_timezone": sql("'UTC'"),
    "date": typed(_date),
    "date(timestamp)": sql("CAST({0} AS DATE)"),
    "from_unixtime": python(_from_unixtime),
    "from_unixtime(double,bigint)": python(_from_unixtime_offset),
    "from_unixtime_nanos": sql("{{'t': make_timestamp({0} // 1000), 'z': 'UTC'}}"),
    "localtime": _now,
    "localtimestamp": _now,
    "now": _now,
    "timezone": sql("struct_extract({0}, 'z')"),
    "timezone_hour": python(_zone_part("hour")),
    "timezone_minute": python(_zone_part("minute")),
    "to_milliseconds": sql("{0}"),
    "to_unixtime": typed(_to_unixtime),
    "with_timezone": python(_with_zone),
}
