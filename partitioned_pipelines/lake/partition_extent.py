"""The time that a partition covers, derived from its keys."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.intervals.cadence import Cadence
from partitioned_pipelines.lake.key_value import padded
from partitioned_pipelines.lake.placeholders import ISO_FORMAT
from partitioned_pipelines.lake.time_format import read_label, span_unit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from partitioned_pipelines.lake.intervals.clock import Clock
    from partitioned_pipelines.lake.time_format import SpanUnit


def covers_a_span(keys: Sequence[tuple[str, str | None]]) -> bool:
    """Check whether keys, each with its type and date format, name a span of time together: a year, a month, a week, a day or less."""
    return _unit(keys) is not None


def fit_in(keys: Sequence[tuple[str, str | None]], cadence: Cadence) -> bool:
    """Return whether the span that keys name together is at most one interval long, so that a partition tells of one interval alone."""
    unit = _unit(keys)
    if cadence.fine:
        return unit == "minute" or (unit == "hour" and cadence == Cadence.parse("hour"))
    fitting = {"hour": (), "day": ("day",), "week": ("day", "week"), "month": ("day", "month")}
    return unit in ("minute", "hour", *fitting[cadence.unit])


def partition_extent(
    keys: Sequence[tuple[str, str | None]], values: Sequence[str], clock: Clock
) -> tuple[datetime, datetime] | None:
    """Return the first instant of a partition and the first after it, in UTC; None if its values do not name a time.

    An hour that the clocks repeat is one partition, and covers both; with ``%z`` in the keys it is two.

    Parameters
    ----------
    keys
        Type and date format of each key. Keys that hold parts of a time are read together: year=2021/month=12 is a month.
    values
        The partition's values, in the order of the keys.
    clock
        The clock of the table's timezone, for keys without ``%z``.
    """
    dated = [(written, *key, value) for key, value in zip(keys, values, strict=True) if (written := _format(*key))]
    time_format = " ".join(item[0] for item in dated)
    try:
        label = read_label(" ".join(padded(*item[1:]) for item in dated), time_format)
        if label.offset is None:
            start, end = clock.boundary(label.start), clock.boundary(label.end)
        else:
            start, end = ((wall - label.offset).replace(tzinfo=UTC) for wall in (label.start, label.end))
    except (ValueError, OverflowError):
        return None
    return (start, end) if start < end else None


def _unit(keys: Sequence[tuple[str, str | None]]) -> SpanUnit | None:
    return span_unit(" ".join(_format(*key) or "" for key in keys))


def _format(key_type: str, date_format: str | None) -> str | None:
    return date_format or (ISO_FORMAT if key_type == "date" else None)
