"""Tests of partition values with dates and times."""

from __future__ import annotations

import pytest

from partitioned_pipelines.lake.partitions.key_value import PartitionKey, check_values

HOUR = PartitionKey("hour", "int", "%H")


def check(*values: tuple[PartitionKey, str]) -> None:
    check_values(values)


@pytest.mark.parametrize("value", ["5", "05", "0", "00", "23"])
def test_a_number_may_lack_its_zeros(value: str) -> None:
    check((HOUR, value))


@pytest.mark.parametrize("value", ["24", "005", "-5", "+5", " 5", "٥"])
def test_an_hour_has_a_range(value: str) -> None:
    with pytest.raises(ValueError, match="hour="):
        check((HOUR, value))


def test_text_has_its_zeros() -> None:
    check((PartitionKey("hour", "string", "%H"), "05"))
    with pytest.raises(ValueError, match="such as '05'"):
        check((PartitionKey("hour", "string", "%H"), "5"))


@pytest.mark.parametrize(
    ("date_format", "good", "bad"),
    [
        ("%H%z", "01-0400", "01-04:00"),
        ("%Y-%m-%dT%H%M", "2026-11-01T0130", "2026-11-01T0160"),
        ("%G-W%V", "2026-W53", "2025-W53"),
        ("%V", "53", "54"),
        ("%j", "366", "367"),
        ("%Y-%j", "2028-366", "2026-366"),
        ("%m-%d", "02-29", "02-30"),
        ("%y%m%d", "280229", "260229"),
        ("%Y%%", "2026%", "2026"),
    ],
)
def test_formats(date_format: str, good: str, bad: str) -> None:
    key = PartitionKey("dt", "string", date_format)
    check((key, good))
    with pytest.raises(ValueError, match="not a date in the format"):
        check((key, bad))


def test_keys_that_spell_one_time_are_checked_together() -> None:
    year, week = PartitionKey("year", "int", "%G"), PartitionKey("week", "int", "%V")
    check((year, "2026"), (week, "53"))
    with pytest.raises(ValueError, match="year=2025/week=53 is not a date"):
        check((year, "2025"), (week, "53"))
    day = PartitionKey("dt", "string", "%Y-%m-%d")
    check((day, "2026-02-28"), (HOUR, "5"))
    with pytest.raises(ValueError, match="dt=2026-02-30"):
        check((day, "2026-02-30"), (HOUR, "5"))
