"""The valid values of a partition key, by its type and its date format, if it has one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.tables.hive_type import INTEGER_BITS, HiveType
from partitioned_pipelines.lake.time_format import directives, format_time, matches, read_label, span_unit, width_of

if TYPE_CHECKING:
    from collections.abc import Iterable

_INTEGER = re.compile(r"-?[0-9]+")
_NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MAX_INTEGER_LENGTH = 64
_NUMBERS = ("float", "double", "decimal")
_EXAMPLE = datetime(2026, 11, 1, 5, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class PartitionKey:
    """A partition key of a table.

    Attributes
    ----------
    type
        Hive type, such as ``string``, ``int``, ``date``.
    date_format
        strptime format of every value, or None.
    """

    name: str
    type: str = "string"
    date_format: str | None = None


def check_values(values: Iterable[tuple[PartitionKey, str]]) -> None:
    """Check a partition's values against their keys. The caller leaves out nulls.

    Raises
    ------
    ValueError
        If a value is invalid; the message names the key, the value and the expected form. Keys that form one date together, such as
        ``%Y``, ``%m`` and ``%d``, are also checked together: ``month=02/day=30`` is rejected.
    """
    dated: list[tuple[PartitionKey, str, str]] = []
    for key, value in values:
        _check_type(key, value)
        if key.date_format:
            written = padded(key.type, key.date_format, value)
            _check_date(f"{key.name}={value}", written, key.date_format)
            dated.append((key, written, key.date_format))
    together = " ".join(date_format for _, _, date_format in dated)
    if len(dated) > 1 and len(set(found := directives(together))) == len(found):
        described = "/".join(f"{key.name}={value}" for key, value, _ in dated)
        _check_date(described, " ".join(value for _, value, _ in dated), together)


def padded(key_type: str, date_format: str | None, value: str) -> str:
    """Return a value with the zeros that a number in a format may lack: Spark writes ``hour=5`` for a key of type int."""
    if date_format and key_type in INTEGER_BITS and value.isascii() and value.isdigit():
        return value.zfill(width_of(date_format))
    return value


def identity_of(key: PartitionKey, value: str) -> str | int:
    """Return a value's normal form: 01 and 1 are the same int, and would be read as one partition."""
    return int(value) if _kind(key.type) in INTEGER_BITS and _INTEGER.fullmatch(value) else value


@cache
def _kind(key_type: str) -> str:
    return HiveType.parse(key_type).kind


def _check_type(key: PartitionKey, value: str) -> None:
    kind = _kind(key.type)
    if kind in INTEGER_BITS:
        limit = 2 ** (INTEGER_BITS[kind] - 1)
        # Check the length first: Python's int() rejects strings of thousands of digits.
        if not _INTEGER.fullmatch(value) or len(value) > _MAX_INTEGER_LENGTH or not -limit <= int(value) < limit:
            raise ValueError(f"{key.name}={value} is not of type {key.type}")
    elif kind in _NUMBERS and not _NUMBER.fullmatch(value):
        raise ValueError(f"{key.name}={value} is not of type {key.type}")
    elif kind == "boolean" and value not in ("true", "false"):
        raise ValueError(f"{key.name}={value} is not a boolean: write true or false")
    elif kind == "date":
        _check_iso_date(key, value)


def _check_iso_date(key: PartitionKey, value: str) -> None:
    if not _ISO_DATE.fullmatch(value):
        raise ValueError(f"{key.name}={value} is not a date: expected YYYY-MM-DD")
    try:
        date.fromisoformat(value)
    except ValueError as error:
        raise ValueError(f"{key.name}={value} is not a date: {error}") from error


def _check_date(described: str, value: str, date_format: str) -> None:
    if not matches(value, date_format):
        raise ValueError(
            f"{described} is not a date in the format {date_format!r}, such as {format_time(_EXAMPLE, date_format)!r}"
        )
    found = set(directives(date_format))
    # A month and a day without a year may be February 29.
    assumed_year = "2000 " if found >= {"m", "d"} and found.isdisjoint({"Y", "y", "G"}) else ""
    whole = f"{'%Y ' if assumed_year else ''}{date_format}"
    if span_unit(whole) is None:
        return
    try:
        read_label(f"{assumed_year}{value}", whole)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{described} is not a date in the format {date_format!r}: it does not exist") from error
