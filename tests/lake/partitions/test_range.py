"""Tests of the expressions with which the catalog lists the partitions of a time."""

from __future__ import annotations

import pytest

from partitioned_pipelines.lake.intervals.clock import Clock
from partitioned_pipelines.lake.intervals.instants import parse_instant
from partitioned_pipelines.lake.partitions.key_value import PartitionKey
from partitioned_pipelines.lake.partitions.range import range_expression

SPAN = (parse_instant("2026-10-31T15:00:00Z"), parse_instant("2026-12-31T15:00:00Z"))  # November and December in Tokyo


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (PartitionKey("dt", "date"), "dt >= '2026-10-31' AND dt <= '2027-01-02'"),
        (PartitionKey("dt", "string", "%Y-%m-%d"), "dt >= '2026-10-31' AND dt <= '2027-01-02'"),
        (PartitionKey("dt", "string", "it's %Y%m"), "dt >= 'it''s 202610' AND dt <= 'it''s 202701'"),
        (PartitionKey("week", "string", "%G-W%V"), "week >= '2026-W44' AND week <= '2026-W53'"),
        (PartitionKey("year", "int", "%Y"), "year >= 2026 AND year <= 2027"),
        (PartitionKey("day", "int", "%Y%m%d"), "day >= 20261031 AND day <= 20270102"),
        (PartitionKey("h", "string", "%Y%m%dT%H"), "h >= '20261031T00' AND h <= '20270102T00'"),
        (PartitionKey("dt", "string", "%d-%m-%Y"), None),
        (PartitionKey("dt", "string", "%y%m%d"), None),
        (PartitionKey("dt", "string", "%H%Y%m%d"), None),
        (PartitionKey("month", "int", "%m"), None),
        (PartitionKey("dt", "string", "%Y-%m-%d%z"), None),
        (PartitionKey("year", "int"), None),
        (PartitionKey("region"), None),
    ],
)
def test_the_range_of_the_first_key(key: PartitionKey, expected: str | None) -> None:
    assert range_expression(key, Clock("Asia/Tokyo"), SPAN) == expected


def test_no_range_at_the_end_of_time() -> None:
    span = (parse_instant("9999-12-30T00:00:00Z"), parse_instant("9999-12-31T00:00:00Z"))
    assert range_expression(PartitionKey("dt", "date"), Clock("Asia/Tokyo"), span) is None
