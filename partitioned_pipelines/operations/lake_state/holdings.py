"""What readers see of each interval, from the partitions that lie in it."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from partitioned_pipelines.operations.lake_state.facts import Holding

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from partitioned_pipelines.lake.intervals.interval import Interval
    from partitioned_pipelines.runtime.intervals.evidence import ShownPartition


def holdings_of(intervals: Sequence[Interval], partitions: Iterable[ShownPartition]) -> list[Holding]:
    """Return the number and the size of the partitions in each interval.

    Partitions that lie outside, or in several intervals, are left out; those without a stamp count as empty.
    """
    starts = [interval.start for interval in intervals]
    counts = [[0, 0, 0] for _ in intervals]
    for partition in partitions:
        index = bisect_right(starts, partition.start) - 1
        if index >= 0 and partition.end <= intervals[index].end:
            count = counts[index]
            count[0] += 1
            count[1] += partition.objects or 0
            count[2] += partition.bytes or 0
    return [Holding(*count) for count in counts]
