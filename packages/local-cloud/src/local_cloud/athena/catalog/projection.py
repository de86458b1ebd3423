"""Partition projection: partitions that are computed from the table's parameters instead of registered.

https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html
"""

from __future__ import annotations

import calendar
import datetime as dt
import itertools
import re
from typing import TYPE_CHECKING

from local_cloud.athena.errors import QueryFailedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_JAVA_LETTERS = {"yyyy": "%Y", "yy": "%y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}
_DATE_FORMAT = re.compile(r"'([^']*)'|yyyy|yy|MM|dd|HH|mm|ss")
_NOW = re.compile(
    r"\s*NOW\s*(?:([+-])\s*(\d+)\s*(YEARS?|MONTHS?|WEEKS?|DAYS?|HOURS?|MINUTES?|SECONDS?)\s*)?", re.IGNORECASE
)
_UNITS = {
    "WEEK": dt.timedelta(weeks=1),
    "DAY": dt.timedelta(days=1),
    "HOUR": dt.timedelta(hours=1),
    "MINUTE": dt.timedelta(minutes=1),
    "SECOND": dt.timedelta(seconds=1),
    "MILLISECOND": dt.timedelta(milliseconds=1),
}
_DEFAULT_UNITS = {"dd": "DAYS", "MM": "MONTHS"}


def projected_partitions(
    keys: Sequence[tuple[str, str]],
    parameters: Mapping[str, str],
    table_location: str,
    injected: Mapping[str, Sequence[str]] | None = None,
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the values and the location of each partition.

    Parameters
    ----------
    injected
        The values in the query, for each key of the type ``injected``.

    Raises
    ------
    QueryFailedError
        If the projection of a key is missing or invalid.
    """
    template = parameters.get("storage.location.template")
    if template is None:
        template = table_location.rstrip("/") + "/" + "/".join(f"{name}=${{{name}}}" for name, _ in keys) + "/"
    for values in itertools.product(*(_values(name, parameters, injected or {}) for name, _ in keys)):
        location = template
        for (name, _), value in zip(keys, values, strict=True):
            location = location.replace(f"${{{name}}}", value)
        yield values, location if location.endswith("/") else f"{location}/"


def _values(name: str, parameters: Mapping[str, str], injected: Mapping[str, Sequence[str]]) -> Sequence[str]:
    def setting(key: str, default: str | None = None) -> str:
        found = parameters.get(f"projection.{name}.{key}", default)
        if found is None:
            raise _invalid(f"projection.{name}.{key} is missing")
        return found

    def whole(key: str, default: str | None) -> int:
        text = setting(key, default)
        if not re.fullmatch(r"[+-]?\d+", text.strip()):
            raise _invalid(f"projection.{name}.{key} {text!r} is not a whole number")
        return int(text)

    def positive(key: str, default: str | None) -> int:
        number = whole(key, default)
        if number < 1:
            raise _invalid(f"projection.{name}.{key} {number} is not a positive whole number")
        return number

    kind = setting("type").strip().lower()
    if kind == "enum":
        return [value.strip() for value in setting("values").split(",")]
    if kind == "injected":
        if not injected.get(name):
            raise QueryFailedError(
                "CONSTRAINT_VIOLATION",
                f"For the injected projected partition column {name}, the WHERE clause must contain only static equality "
                "conditions, and at least one such condition must be present",
            )
        return injected[name]
    if kind == "integer":
        bounds = re.fullmatch(r"\s*([+-]?\d+)\s*,\s*([+-]?\d+)\s*", setting("range"))
        if bounds is None:
            raise _invalid(f"projection.{name}.range {setting('range')!r} is not two whole numbers")
        numbers = range(int(bounds[1]), int(bounds[2]) + 1, positive("interval", "1"))
        return [str(number).zfill(whole("digits", "0")) for number in numbers]
    if kind == "date":
        date_format, first, last = _range_of_dates(name, setting("format"), setting("range"))
        # Interval and unit have defaults for dates by the day or by the month only.
        default = _DEFAULT_UNITS.get(_finest_letters(setting("format")))
        unit = setting("interval.unit", default).strip().upper().removesuffix("S")
        if unit not in {*_UNITS, "MONTH", "YEAR"}:
            raise _invalid(f"projection.{name}.interval.unit: invalid unit {unit!r}")
        return _dates(date_format, first, last, positive("interval", "1" if default else None), unit)
    raise _invalid(f"projection.{name}.type is {kind!r}")


def _finest_letters(java_format: str) -> str:
    """Return the letters of the smallest unit in a date format, or an empty string."""
    there = {found[0] for found in _DATE_FORMAT.finditer(java_format)}
    return next((letters for letters in ("ss", "mm", "HH", "dd", "MM") if letters in there), "")


def _range_of_dates(name: str, java_format: str, value_range: str) -> tuple[str, dt.datetime, dt.datetime]:
    """Return the format for strftime, the first date and the last date."""
    date_format = _DATE_FORMAT.sub(_translated, java_format)
    if "%" not in date_format:
        raise _invalid(f"projection.{name}.format {java_format!r} is not a date format")
    bounds = [bound.strip() for bound in value_range.split(",")]
    if len(bounds) != 2:
        raise _invalid(f"projection.{name}.range {value_range!r} is not two dates")
    first, last = (_instant(bound, date_format) for bound in bounds)
    return date_format, first, last


def _dates(date_format: str, first: dt.datetime, last: dt.datetime, interval: int, unit: str) -> list[str]:
    values: dict[str, None] = {}
    moment, step = first, 0
    while moment <= last:
        values[moment.strftime(date_format)] = None
        step += interval
        moment = _moved(first, step, unit)
    return list(values)


def _moved(moment: dt.datetime, number: int, unit: str) -> dt.datetime:
    if unit in _UNITS:
        return moment + _UNITS[unit] * number
    months = moment.year * 12 + moment.month - 1 + number * (12 if unit == "YEAR" else 1)
    year, month = divmod(months, 12)
    return moment.replace(year=year, month=month + 1, day=min(moment.day, calendar.monthrange(year, month + 1)[1]))


def _translated(found: re.Match[str]) -> str:
    return found[1] if found[1] is not None else _JAVA_LETTERS[found[0]]


def _instant(bound: str, date_format: str) -> dt.datetime:
    if match := _NOW.fullmatch(bound):
        now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
        if not match[1]:
            return now
        return _moved(now, int(match[2]) * (1 if match[1] == "+" else -1), match[3].upper().rstrip("S"))
    try:
        return dt.datetime.strptime(bound, date_format)  # noqa: DTZ007 - partition values have no timezone
    except ValueError as error:
        raise _invalid(str(error)) from error


def _invalid(message: str) -> QueryFailedError:
    return QueryFailedError("INVALID_TABLE_PROPERTY", message)
