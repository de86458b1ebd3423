"""Values of documents that others wrote: receipts, payloads and results of states."""

from __future__ import annotations

from datetime import UTC, datetime

from partitioned_pipelines.lake.intervals.instants import parse_instant


def string_value(value: object) -> str:
    """Return a value that must be a string. Raises TypeError if it is not."""
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a string")
    return value


def count_value(value: object) -> int:
    """Return a value that must be a whole number, 0 or more. Raises TypeError if it is not."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise TypeError(f"{value!r} is not a count")
    return value


def time_value(value: object) -> datetime:
    """Return a time that a service wrote in epoch milliseconds or in ISO 8601, with a timezone. Raises ValueError if it is neither."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"{value!r} is not a time")  # noqa: TRY004 - callers handle it like a text that is not a time
    try:
        return parse_instant(value) if isinstance(value, str) else datetime.fromtimestamp(value / 1000, tz=UTC)
    except (OverflowError, OSError) as error:
        raise ValueError(f"{value!r} is not a time: {error}") from error
