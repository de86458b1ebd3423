"""What readers see of each interval, from the partitions that lie in it."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from partitioned_pipelines.operations.lake_state.building.gathered_facts import Holding

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from partitioned_pipelines.lake.intervals.interval import Interval
    from partitioned_pipelines.runtime.intervals.evidence import ShownPartition


def holdings_of(intervals: Sequence[Interval], partitions: Iterable[ShownPartition]) -> list[Holding]:
    """Return the number and the size of the partitions in each interval.

    Partitions that lie outside, or in several intervals, are left out; those without a stamp count as empty, with an unknown number of rows.
    """
    starts = [interval.start for interval in intervals]
    inside: list[list[ShownPartition]] = [[] for _ in intervals]
    for partition in partitions:
        index = bisect_right(starts, partition.start) - 1
        if index >= 0 and partition.end <= intervals[index].end:
            inside[index].append(partition)
    return [_holding(each) for each in inside]


def _holding(partitions: Sequence[ShownPartition]) -> Holding:
    objects = size = 0
    for partition in partitions:
        objects += partition.objects or 0
        size += partition.bytes or 0
    return Holding(len(partitions), objects, size, total_rows([partition.rows for partition in partitions]))


def total_rows(counts: Iterable[int | None]) -> int | None:
    """Return the sum of numbers of rows; None if one of them is unknown, or there is none."""
    known = list(counts)
    return sum(count or 0 for count in known) if known and None not in known else None
