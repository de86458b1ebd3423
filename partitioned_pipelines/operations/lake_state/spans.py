"""Runs of intervals: neighbours written as one span."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from partitioned_pipelines.operations.lake_state.lake import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from partitioned_pipelines.lake.intervals.interval import Interval


def spans_of(intervals: Sequence[Interval], indices: Iterable[int]) -> tuple[Span, ...]:
    """Return the spans of the intervals with these indices; neighbours are one span.

    Parameters
    ----------
    intervals
        In order, each following the one before.
    indices
        In order.
    """
    spans = []
    for _, neighbours in groupby(enumerate(indices), lambda pair: pair[1] - pair[0]):
        found = [index for _, index in neighbours]
        spans.append(Span(intervals[found[0]].start_text, intervals[found[-1]].end_text))
    return tuple(spans)
