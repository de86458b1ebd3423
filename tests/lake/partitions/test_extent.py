"""Tests of the time that a partition covers."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partitioned_pipelines.lake.intervals.cadence import Cadence
from partitioned_pipelines.lake.intervals.calendar import Calendar
from partitioned_pipelines.lake.intervals.clock import Clock
from partitioned_pipelines.lake.partitions.extent import PartitionTimes, covers_a_span
from partitioned_pipelines.lake.time_format import format_time

DAY = ("2021-12-15", "2021-12-16")
Keys = list[tuple[str, str | None]]
HOURLY: Keys = [("string", "%Y-%m-%d"), ("int", "%H")]
WITH_OFFSET: Keys = [("date", None), ("string", "%H%z")]


@pytest.mark.parametrize(
    ("keys", "values", "days"),
    [
        ([("string", "%Y-%m-%d")], ["2021-12-15"], DAY),
        ([("date", None)], ["2021-12-15"], DAY),
        ([("int", "%Y%m%d")], ["20211215"], DAY),
        ([("string", "%Y"), ("string", "%m"), ("string", "%d")], ["2021", "12", "15"], DAY),
        ([("int", "%Y"), ("int", "%m"), ("int", "%d")], ["2021", "2", "5"], ("2021-02-05", "2021-02-06")),
        ([("string", None), ("string", "%Y-%m-%d"), ("int", None)], ["NYC", "2021-12-15", "7"], DAY),
        ([("string", "%Y-%j")], ["2021-349"], DAY),
        ([("string", "%y%m%d")], ["211215"], DAY),
        ([("string", "%Y"), ("string", "%m")], ["2021", "12"], ("2021-12-01", "2022-01-01")),
        ([("string", "%Y-%m")], ["2021-02"], ("2021-02-01", "2021-03-01")),
        ([("string", "%Y")], ["2020"], ("2020-01-01", "2021-01-01")),
        ([("string", "%G-W%V")], ["2020-W53"], ("2020-12-28", "2021-01-04")),
        ([("int", "%G"), ("int", "%V")], ["2021", "1"], ("2021-01-04", "2021-01-11")),
        ([("string", "%G")], ["2020"], ("2019-12-30", "2021-01-04")),
        ([("string", "%G-W%V-%u")], ["2020-W53-7"], ("2021-01-03", "2021-01-04")),
        ([("string", "%Y-%m-%d"), ("string", "%V")], ["2021-12-15", "50"], DAY),
        ([("string", "%Y-%m-%d"), ("string", "%V")], ["2021-12-15", "51"], None),
        ([("string", "%Y-%m-%d")], ["__HIVE_DEFAULT_PARTITION__"], None),
        ([("string", "%Y-%m-%d")], ["2021-02-30"], None),
        ([("string", "%Y-%j")], ["2021-366"], None),
        ([("string", "%G-W%V")], ["2021-W53"], None),
        ([("string", "%Y")], ["0000"], None),
        ([("string", "%Y")], ["9999"], None),
        ([("string", None)], ["2021-12-15"], None),
    ],
)
@pytest.mark.parametrize("timezone", ["UTC", "Asia/Tokyo"])
def test_the_days_of_a_partition(keys: Keys, values: list[str], days: tuple[str, str] | None, timezone: str) -> None:
    clock = Clock(timezone)
    expected = days and tuple(clock.day_start(date.fromisoformat(day)) for day in days)
    assert PartitionTimes(keys, clock).extent(values) == expected


def instants(start: str, end: str) -> tuple[datetime, datetime]:
    first, after = (datetime.fromisoformat(text).astimezone(UTC) for text in (start, end))
    return first, after


@pytest.mark.parametrize(
    ("keys", "values", "extent"),
    [
        (HOURLY, ["2026-11-01", "0"], instants("2026-11-01T00:00-04:00", "2026-11-01T01:00-04:00")),
        (HOURLY, ["2026-11-01", "05"], instants("2026-11-01T05:00-05:00", "2026-11-01T06:00-05:00")),
        # Both hours of the name, and none of the one that does not exist.
        (HOURLY, ["2026-11-01", "1"], instants("2026-11-01T01:00-04:00", "2026-11-01T02:00-05:00")),
        (HOURLY, ["2026-03-08", "2"], None),
        (HOURLY, ["2026-03-08", "24"], None),
        (WITH_OFFSET, ["2026-11-01", "01-0400"], instants("2026-11-01T01:00-04:00", "2026-11-01T01:00-05:00")),
        (WITH_OFFSET, ["2026-11-01", "01-0500"], instants("2026-11-01T01:00-05:00", "2026-11-01T02:00-05:00")),
        (
            [("string", "%Y-%m-%dT%H%M")],
            ["2026-11-02T0130"],
            instants("2026-11-02T01:30-05:00", "2026-11-02T01:31-05:00"),
        ),
    ],
)
def test_the_hours_of_a_partition(keys: Keys, values: list[str], extent: tuple[datetime, datetime] | None) -> None:
    assert PartitionTimes(keys, Clock("America/New_York")).extent(values) == extent


@settings(deadline=None)
@given(
    st.integers(0, 57 * 365 * 1440).map(lambda minutes: datetime(1980, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)),
    st.sampled_from(["America/New_York", "Asia/Tokyo", "Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns"]),
)
def test_an_hourly_key_with_an_offset_is_exactly_its_interval(moment: datetime, timezone: str) -> None:
    clock = Clock(timezone)
    hour = Calendar(Cadence.parse("hour"), clock).containing(moment)
    if hour.end - hour.start != timedelta(hours=1):
        return  # half an hour of Lord Howe: its key is the hour's
    values = [format_time(clock.local(hour.start), one or "%Y-%m-%d") for _, one in WITH_OFFSET]
    if clock.local(hour.start).minute == 0:
        assert PartitionTimes(WITH_OFFSET, clock).extent(values) == (hour.start, hour.end)


@pytest.mark.parametrize(
    ("keys", "whole"),
    [
        ([("date", None)], True),
        ([("string", "%Y"), ("string", "%m")], True),
        (HOURLY, True),
        ([("string", "%H")], False),
        ([("string", "%Y-%m"), ("string", "%H")], False),
        ([("string", "%Y-%m-%d"), ("string", "%M")], False),
        ([("string", "%m"), ("string", "%d")], False),
        ([("string", None), ("int", None)], False),
        ([("string", "%Y-%m"), ("string", "%Y")], True),  # with different years, a partition names no time
        ([("string", "%%Y")], False),
    ],
)
def test_which_keys_say_what_time_it_is(keys: Keys, *, whole: bool) -> None:
    assert covers_a_span(keys) is whole


@settings(deadline=None)
@given(
    st.integers(-5, 5),
    st.sampled_from(["UTC", "Asia/Tokyo", "America/New_York", "Pacific/Kiritimati", "Pacific/Apia"]),
    st.sampled_from(["UTC", "Asia/Tokyo", "America/New_York", "Pacific/Kiritimati", "Pacific/Apia"]),
    st.sampled_from([datetime(2011, 12, 30, 12, tzinfo=UTC), datetime(2026, 11, 1, 5, 30, tzinfo=UTC)]),
)
def test_a_partition_meets_an_interval_if_they_share_an_instant(
    days: int, keys: str, run: str, moment: datetime
) -> None:
    times = PartitionTimes([("date", None)], Clock(keys))
    interval = Calendar(Cadence.parse("6 hours"), Clock(run)).containing(moment)
    values = [(moment + timedelta(days=days)).date().isoformat()]
    extent = times.extent(values)
    assert times.meets(values, (interval.start, interval.end)) is bool(
        extent and extent[0] < interval.end and interval.start < extent[1]
    )
