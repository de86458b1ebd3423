"""Partition projection: partitions that the table's parameters spell out, and no catalog holds.

https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
from typing import TYPE_CHECKING

from local_cloud.athena.errors import QueryFailedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_JAVA_LETTERS = {"yyyy": "%Y", "yy": "%y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}
_NOW = re.compile(r"NOW(?:([+-])(\d+)(YEARS?|MONTHS?|WEEKS?|DAYS?|HOURS?|MINUTES?|SECONDS?))?", re.IGNORECASE)
_UNIT_DAYS = {"DAY": 1.0, "WEEK": 7.0, "HOUR": 1 / 24, "MINUTE": 1 / 1440, "SECOND": 1 / 86400}


def projected_partitions(
    keys: Sequence[tuple[str, str]], parameters: Mapping[str, str], table_location: str
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield values and location of each partition.

    Raises
    ------
    QueryFailedError
        Where a key has no projection, or one that is not understood.
    """
    template = parameters.get("storage.location.template")
    if template is None:
        template = table_location.rstrip("/") + "/" + "/".join(f"{name}=${{{name}}}" for name, _ in keys) + "/"
    for values in itertools.product(*(_values(name, parameters) for name, _ in keys)):
        location = template
        for (name, _), value in zip(keys, values, strict=True):
            location = location.replace(f"${{{name}}}", value)
        yield values, location if location.endswith("/") else f"{location}/"


def _values(name: str, parameters: Mapping[str, str]) -> list[str]:
    def setting(key: str) -> str:
        try:
            return parameters[f"projection.{name}.{key}"]
        except KeyError:
            raise _invalid(f"projection.{name}.{key} is missing") from None

    kind = setting("type").lower()
    if kind == "enum":
        return [value.strip() for value in setting("values").split(",")]
    if kind == "integer":
        first, last = (int(bound) for bound in setting("range").split(","))
        step = int(parameters.get(f"projection.{name}.interval", "1"))
        digits = int(parameters.get(f"projection.{name}.digits", "0"))
        return [str(number).zfill(digits) for number in range(first, last + 1, step)]
    if kind == "date":
        return _dates(name, setting("format"), setting("range"), parameters)
    raise _invalid(f"projection.{name}.type is {kind!r}")


def _dates(name: str, java_format: str, value_range: str, parameters: Mapping[str, str]) -> list[str]:
    date_format = re.sub(r"'([^']*)'|yyyy|yy|MM|dd|HH|mm|ss", _translated, java_format)
    first, last = (_instant(bound.strip(), date_format) for bound in value_range.split(","))
    unit = parameters.get(f"projection.{name}.interval.unit", "DAYS").upper().rstrip("S")
    if unit not in _UNIT_DAYS:
        raise _invalid(f"projection.{name}.interval.unit {unit} is not known to the local cloud")
    step = dt.timedelta(days=_UNIT_DAYS[unit] * int(parameters.get(f"projection.{name}.interval", "1")))
    values: dict[str, None] = {}
    while first <= last:
        values[first.strftime(date_format)] = None
        first += step
    return list(values)


def _translated(found: re.Match[str]) -> str:
    return found[1] if found[1] is not None else _JAVA_LETTERS[found[0]]


def _instant(bound: str, date_format: str) -> dt.datetime:
    if match := _NOW.fullmatch(bound):
        now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
        if not match[1]:
            return now
        unit = match[3].upper().rstrip("S")
        days = {**_UNIT_DAYS, "MONTH": 30.0, "YEAR": 365.0}[unit] * int(match[2])
        return now + dt.timedelta(days=days if match[1] == "+" else -days)
    try:
        return dt.datetime.strptime(bound, date_format)  # noqa: DTZ007 - a partition's value has no timezone
    except ValueError as error:
        raise _invalid(str(error)) from error


def _invalid(message: str) -> QueryFailedError:
    return QueryFailedError("INVALID_TABLE_PROPERTY", message)
