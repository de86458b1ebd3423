"""Values of documents that others wrote: receipts, payloads and results of states."""

from __future__ import annotations

from datetime import UTC, datetime

from partitioned_pipelines.lake.intervals.instants import parse_instant


def string_value(value: object) -> str:
    """Return a string. Raises TypeError if it is none."""
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a string")
    return value


def count_value(value: object) -> int:
    """Return a whole number from 0 on. Raises TypeError if it is none."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise TypeError(f"{value!r} is not a count")
    return value


def time_value(value: object) -> datetime:
    """Return a time that a service wrote in epoch milliseconds or in ISO 8601, with a timezone. Raises ValueError if it is neither."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"{value!r} is not a time")  # noqa: TRY004  # callers treat it as any other text that is no time
    try:
        return parse_instant(value) if isinstance(value, str) else datetime.fromtimestamp(value / 1000, tz=UTC)
    except (OverflowError, OSError) as error:
        raise ValueError(f"{value!r} is not a time: {error}") from error
