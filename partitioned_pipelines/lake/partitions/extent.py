"""The time that a partition covers, derived from its keys."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.intervals.cadence import Cadence
from partitioned_pipelines.lake.partitions.key_value import padded
from partitioned_pipelines.lake.time_format import key_format, read_label, span_unit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from partitioned_pipelines.lake.intervals.clock import Clock
    from partitioned_pipelines.lake.time_format import Label, SpanUnit

# More than any two clocks differ, and than a day can be skipped by.
_MARGIN = timedelta(days=3)


def covers_a_span(keys: Sequence[tuple[str, str | None]]) -> bool:
    """Check whether keys, each with its type and date format, name a span of time together: a year, a month, a week, a day or less."""
    return _unit(keys) is not None


def fit_in(keys: Sequence[tuple[str, str | None]], cadence: Cadence) -> bool:
    """Return whether the span that keys name together is at most one interval long, so that a partition belongs to one interval."""
    unit = _unit(keys)
    if cadence.fine:
        return unit == "minute" or (unit == "hour" and cadence == Cadence.parse("hour"))
    fitting = {"hour": (), "day": ("day",), "week": ("day", "week"), "month": ("day", "month")}
    return unit in ("minute", "hour", *fitting[cadence.unit])


class PartitionTimes:
    """The times that the partitions of a table cover.

    An hour that the clocks repeat is one partition, and covers both; with ``%z`` in the keys it is two.

    Parameters
    ----------
    keys
        Type and date format of each key. Keys that hold parts of a time are read together: year=2021/month=12 is a month.
    clock
        The clock of the timezone in which the keys are written, for keys without ``%z``.
    """

    def __init__(self, keys: Sequence[tuple[str, str | None]], clock: Clock) -> None:
        formats = [key_format(*key) for key in keys]
        self._dated = [(index, keys[index]) for index, one in enumerate(formats) if one]
        self._format = " ".join(one for one in formats if one)
        self._clock = clock

    def extent(self, values: Sequence[str]) -> tuple[datetime, datetime] | None:
        """Return the first instant of a partition and the first after it, in UTC; None if its values do not name a time."""
        label = self._label(values)
        return self._instants(label) if label else None

    def meets(self, values: Sequence[str], span: tuple[datetime, datetime]) -> bool:
        """Return whether a partition and the time from one instant up to another have an instant in common."""
        label = self._label(values)
        if label is None:
            return False
        # Most partitions lie far from it: without a timezone, the comparison is many times faster.
        start, end = (instant.replace(tzinfo=None) for instant in span)
        if label.end + _MARGIN < start or end < label.start - _MARGIN:
            return False
        extent = self._instants(label)
        return extent is not None and extent[0] < span[1] and span[0] < extent[1]

    def _label(self, values: Sequence[str]) -> Label | None:
        text = " ".join(
            [padded(key_type, date_format, values[index]) for index, (key_type, date_format) in self._dated]
        )
        try:
            return read_label(text, self._format)
        except (ValueError, OverflowError):
            return None

    def _instants(self, label: Label) -> tuple[datetime, datetime] | None:
        try:
            if label.offset is None:
                start, end = self._clock.boundary(label.start), self._clock.boundary(label.end)
            else:
                start, end = ((wall - label.offset).replace(tzinfo=UTC) for wall in (label.start, label.end))
        except OverflowError:
            return None
        return (start, end) if start < end else None


def _unit(keys: Sequence[tuple[str, str | None]]) -> SpanUnit | None:
    return span_unit(" ".join(key_format(*key) or "" for key in keys))
