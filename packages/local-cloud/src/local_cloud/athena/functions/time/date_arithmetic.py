"""Additions, differences, truncations and sequences of dates and times."""

from __future__ import annotations

import calendar
import datetime as dt
from typing import TYPE_CHECKING, Any

from local_cloud.athena.functions.implementation import Invocation, invalid, typed
from local_cloud.athena.functions.time import times
from local_cloud.athena.functions.time.dates import clock_of, like_of, toward_zero

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


def add_months(moment: dt.datetime, months: int) -> dt.datetime:
    """Return a time some months later, on the last day of the month at the latest."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    try:
        return moment.replace(year=year, month=month + 1, day=min(moment.day, calendar.monthrange(year, month + 1)[1]))
    except ValueError:
        raise times.UnsupportedYearError(f"{moment} and {months} months") from None


def months_later(moment: str, months: str, kind: Type) -> str:
    """Return the SQL of a date or a timestamp some months later."""
    if kind.base == "timestamp":
        return f"CAST({moment} + to_months(CAST({months} AS INTEGER)) AS {kind.duckdb})"
    return _by_cycles(moment, f"{_NEAR} + to_months(CAST(moved.months % {12 * times.CYCLE} AS INTEGER))", months)


_NEAR = f"(DATE '1970-01-01' + CAST(moved.days % {times.DAYS_OF_CYCLE} AS INTEGER))"


def _by_cycles(date: str, changed: str, months: str = "0") -> str:
    """Return the SQL of a date changed by way of ``_NEAR``, the same date a multiple of 400 years away, in which the calendar repeats.

    DuckDB changes dates as timestamps, which end at the year 294246, long before dates do. The list names each argument once, without which
    nested calls would become exponentially long.
    """
    arguments = f"{{'days': {date} - DATE '1970-01-01', 'months': CAST({months} AS BIGINT)}}"
    cycles = f"moved.days // {times.DAYS_OF_CYCLE} + moved.months // {12 * times.CYCLE}"
    back = f"CAST(({cycles}) * {times.DAYS_OF_CYCLE} AS INTEGER)"
    return f"list_transform([{arguments}], lambda moved: CAST({changed} AS DATE) + {back})[1]"


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
    clock, made = clock_of(kind), like_of(kind)

    def call(unit: str, number: int, value: Any) -> Any:
        name = _unit(unit, kind)
        if name in _MONTHS:
            return made(add_months(clock(value), number * _MONTHS[name]), value)
        step = dt.timedelta(milliseconds=number * _MILLISECONDS[name])
        if kind.base == "timestamp with time zone" and name not in _DATE_UNITS:
            return {"t": times.rounded(value["t"] + step, kind.size), "z": value["z"]}
        moment = clock(value) + step
        return made(times.rounded(moment, kind.size) if kind.sizes else moment, value)

    return call


def _difference(types: Sequence[Type], result: Type) -> Callable[[str, Any, Any], int]:
    kind = types[1]
    clock = clock_of(kind)

    def call(unit: str, one: Any, other: Any) -> int:
        name = _unit(unit, kind)
        first, last = clock(one), clock(other)
        if kind.base == "timestamp with time zone" and name not in _DATE_UNITS:
            first, last = one["t"], other["t"]
        if name in _MILLISECONDS:
            return int(toward_zero((last - first) // times.MICROSECOND, 1000 * _MILLISECONDS[name]))
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


def _truncated(types: Sequence[Type], result: Type) -> Callable[[str, Any], Any]:
    kind = types[1]
    clock, made = clock_of(kind), like_of(kind)

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


def _native_addition(invocation: Invocation) -> str:
    """Add a literal unit to a date or a timestamp by DuckDB, which is much faster, and has years beyond Python's."""
    unit = (invocation.texts[0] or "").lower() if invocation.texts else ""
    kind, (_, number, value) = invocation.types[2], invocation.arguments
    if kind.base == "date" and unit in {"day", "week"}:
        return f"({value} + CAST({number} * {_MILLISECONDS[unit] // _MILLISECONDS['day']} AS INTEGER))"
    if unit in _MONTHS and kind.base in {"date", "timestamp"}:
        return months_later(value, f"{number} * {_MONTHS[unit]}", kind)
    if kind.base == "timestamp" and unit in _MILLISECONDS and kind.size >= (0 if unit != "millisecond" else 3):
        return f"({value} + to_milliseconds({number} * {_MILLISECONDS[unit]}))"
    return typed(_add)(invocation)


def _sequence(types: Sequence[Type], result: Type) -> Callable[..., list[Any]]:
    kind = types[0]
    clock, made = clock_of(kind), like_of(kind)

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
            try:
                step = number * size
                moment = add_months(start, step) if by_months else start + dt.timedelta(milliseconds=step)
            except (times.UnsupportedYearError, OverflowError):
                return found
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
    clock = clock_of(types[0])

    def call(value: Any) -> dt.date:
        moment = clock(value)
        return dt.date(moment.year, moment.month, calendar.monthrange(moment.year, moment.month)[1])

    return call


def _native_truncation(invocation: Invocation) -> str:
    """Truncate a date or a timestamp to a unit that is a literal in DuckDB, which is much faster."""
    unit = (invocation.texts[0] or "").lower() if invocation.texts else ""
    kind, value = invocation.types[1], invocation.arguments[1]
    if kind.base == "timestamp" and unit in {*_MONTHS, *_MILLISECONDS} - {"millisecond"}:
        return f"date_trunc('{unit}', {value})"
    if kind.base == "date" and unit in _DATE_UNITS:
        return _by_cycles(value, f"date_trunc('{unit}', {_NEAR})")
    return typed(_truncated)(invocation)


FUNCTIONS: dict[str, Build] = {
    "date_add": _native_addition,
    "date_diff": typed(_difference),
    "date_trunc": _native_truncation,
    "last_day_of_month": typed(_last_day),
    "sequence": typed(_sequence),
}
