"""What readers see of intervals: rows are told only if every file was counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from partitioned_pipelines.lake.intervals.cadence import Cadence
from partitioned_pipelines.lake.intervals.calendar import Calendar
from partitioned_pipelines.lake.intervals.clock import Clock
from partitioned_pipelines.operations.lake_state.building.gathered_facts import Holding
from partitioned_pipelines.operations.lake_state.building.what_readers_see import holdings_of, total_rows
from partitioned_pipelines.runtime.intervals.evidence import ShownPartition

FIRST = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
DAYS = list(Calendar(Cadence.parse("day"), Clock("UTC")).between(FIRST, FIRST + 3 * DAY))


def partition(day: int, rows: int | None, days: int = 1) -> ShownPartition:
    return ShownPartition(FIRST + day * DAY, FIRST + (day + days) * DAY, objects=1, bytes=10, rows=rows)


def test_rows_are_added_up_unless_one_partition_was_not_counted() -> None:
    found = holdings_of(DAYS, [partition(0, 3), partition(0, 0), partition(1, 5), partition(1, None)])
    assert found == [Holding(2, 2, 20, 3), Holding(2, 2, 20, None), Holding()]


def test_partitions_outside_or_in_several_intervals_are_left_out() -> None:
    assert holdings_of(DAYS, [partition(-1, 1), partition(0, 1, days=2), partition(3, 1)]) == [Holding()] * 3


def test_the_sum_of_nothing_is_unknown() -> None:
    assert total_rows([]) is None
    assert total_rows([0]) == 0
