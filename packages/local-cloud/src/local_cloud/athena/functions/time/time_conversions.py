"""Conversions between dates, times and timestamps."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from local_cloud.athena.errors import QueryFailedError
from local_cloud.athena.functions.time import times

if TYPE_CHECKING:
    from collections.abc import Callable

    from local_cloud.athena.types.trino_types import Type

    Conversion = Callable[[Any], Any]


def converted_time(source: Type, target: Type) -> Conversion:
    """Return the conversion to a date, a time or a timestamp."""

    def convert(value: Any) -> Any:
        try:
            return _converted_time(value, source, target)
        except times.NotATimeError:
            raise uncastable(f"Value cannot be cast to {target.base}: {value}") from None

    return convert


def _converted_time(value: Any, source: Type, target: Type) -> Any:
    if target.base == "date":
        if source.base == "varchar":
            return times.parse_date(value)
        return (times.local(value) if source.is_zoned else value).date()
    if target.base in {"time", "time with time zone"}:
        return _time_of_day(value, source, target)
    zone: str | None = None
    if source.base == "varchar":
        moment, _, zone = times.parse_timestamp(value)
    elif source.base == "date":
        moment = dt.datetime.combine(value, dt.time())
    elif source.base.startswith("time ") or source.base == "time":
        moment = dt.datetime.combine(dt.datetime.now(dt.UTC).date(), value if source.base == "time" else value["t"])
    elif source.is_zoned:
        moment, zone = times.local(value), value["z"]
    else:
        moment = value
    moment = times.rounded_in_any_year(moment, target.size)
    return times.in_zone(moment, zone or "UTC") if target.is_zoned else moment


def _time_of_day(value: Any, source: Type, target: Type) -> Any:
    zone = "UTC"
    if source.base == "varchar":
        clock, _, found = times.parse_time(value)
        if found and not target.is_zoned:
            raise times.NotATimeError
        zone = found or zone
    elif source.base == "time with time zone":
        clock, zone = value["t"], value["z"]
    elif source.base == "time":
        clock = value
    elif source.is_zoned:
        clock = times.local(value).time()
    else:
        clock = value.time()
    clock = times.rounded_time(clock, target.size)
    return {"t": clock, "z": zone} if target.is_zoned else clock


def uncastable(message: str) -> QueryFailedError:
    """Return the error of a value that cannot be cast."""
    return QueryFailedError("INVALID_CAST_ARGUMENT", message)
