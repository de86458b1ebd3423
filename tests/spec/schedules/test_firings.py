"""Tests of the times at which a schedule fires in a timezone, and of the warnings of `validate`."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from partitioned_pipelines.lake.intervals.clock import Clock
from partitioned_pipelines.lake.schedule.cron import Cron
from partitioned_pipelines.lake.schedule.firings import (
    ScheduleTimes,
    WallTime,
)
from partitioned_pipelines.spec.checks.schedules.schedule_advice import clock_changes
from partitioned_pipelines.spec.checks.schedules.schedule_check import has_ended, never_fires
from partitioned_pipelines.spec.model.pipeline import Schedule


def schedule(cron: str, timezone: str = "UTC") -> Schedule:
    return Schedule(cron=cron, timezone=timezone)


def days(cron: str, year: int, month: int) -> list[int]:
    first = date(year, month, 1)
    return [day.day for day in Cron.parse(cron).days(first, (first + timedelta(days=31)).replace(day=1))]


@pytest.mark.parametrize(
    ("cron", "month", "expected"),
    [
        ("0 6 1,15 * ? *", 2, [1, 15]),
        ("0 6 29-31 * ? *", 2, []),
        ("0 6 29-31 * ? *", 4, [29, 30]),
        ("0 6 */10 * ? *", 3, [1, 11, 21, 31]),
        ("0 6 20/5 * ? *", 3, [20, 25, 30]),
        ("0 6 L * ? *", 2, [28]),
        ("0 6 LW * ? *", 2, [27]),  # the 28th is a Saturday
        ("0 6 1W * ? *", 8, [3]),  # the 1st is a Saturday, and July is another month
        ("0 6 15W * ? *", 8, [14]),  # a Saturday
        ("0 6 16W * ? *", 8, [17]),  # a Sunday
        ("0 6 31W * ? *", 5, [29]),  # a Sunday that ends the month
        ("0 6 31W * ? *", 6, []),
        ("0 6 ? * MON-FRI *", 2, [2, 3, 4, 5, 6, 9, 10, 11, 12, 13, 16, 17, 18, 19, 20, 23, 24, 25, 26, 27]),
        ("0 6 ? * 1 *", 2, [1, 8, 15, 22]),
        ("0 6 ? * L *", 2, [7, 14, 21, 28]),
        ("0 6 ? * FRIL *", 2, [27]),
        ("0 6 ? * 6L *", 2, [27]),
        ("0 6 ? * TUE#2 *", 2, [10]),
        ("0 6 ? * SUN#5 *", 2, []),
        ("0 6 * JAN,MAR ? *", 2, []),
        ("0 6 1 * ? 2025/2", 2, []),
        ("0 6 1 * ? 2024/2", 2, [1]),
    ],
)
def test_the_days_of_a_month_in_2026(cron: str, month: int, expected: list[int]) -> None:
    assert days(cron, 2026, month) == expected


def test_times_come_in_order() -> None:
    assert Cron.parse("30,0 8,2-3 * * ? *").times == ((2, 0), (2, 30), (3, 0), (3, 30), (8, 0), (8, 30))


def test_what_is_no_cron_is_not_evaluated() -> None:
    with pytest.raises(ValueError, match="hours '25'"):
        Cron.parse("0 25 * * ? *")


@pytest.mark.parametrize(
    "cron",
    ["0 6 30 2 ? *", "0 6 31 4,6,9,11 ? *", "0 6 29 FEB ? 2025,2026,2027", "0 6 30W 2 ? *", "0 6 ? 2 MON#5 2027"],
)
def test_a_cron_that_never_fires(cron: str) -> None:
    assert "which never fires" in (never_fires(schedule(cron)) or "")


@pytest.mark.parametrize("cron", ["0 6 29 2 ? *", "0 6 29 2 ? 2028", "0 6 1 1 ? 1970", "0 6 31 * ? *"])
def test_a_cron_that_fires_in_some_year(cron: str) -> None:
    assert never_fires(schedule(cron)) is None


def test_a_cron_whose_only_time_the_clocks_skip_never_fires() -> None:
    assert never_fires(schedule("30 2 8 3 ? 2026", "America/New_York"))
    assert never_fires(schedule("30 2 8 3 ? 2026", "Asia/Tokyo")) is None


def test_a_schedule_that_is_over() -> None:
    today = date(2026, 11, 29)
    assert "never fires again" in (has_ended(schedule("0 6 * * ? 2025"), today) or "")
    assert has_ended(schedule("0 6 31 12 ? 2026"), today) is None
    assert has_ended(schedule("0 6 29 11 ? 2026"), today) is None


@pytest.mark.parametrize(
    ("wall", "zone", "shown"),
    [
        ("2026-03-08T02:30", "America/New_York", WallTime.SKIPPED),
        ("2026-03-08T03:00", "America/New_York", WallTime.SHOWN_ONCE),
        ("2026-11-01T01:30", "America/New_York", WallTime.SHOWN_TWICE),
        ("2026-11-01T02:00", "America/New_York", WallTime.SHOWN_ONCE),
        ("2026-10-04T02:15", "Australia/Lord_Howe", WallTime.SKIPPED),  # half an hour
        ("2026-04-24T00:30", "Africa/Cairo", WallTime.SKIPPED),  # the day begins at 01:00
        ("2026-11-01T00:30", "America/Havana", WallTime.SHOWN_TWICE),
        ("2011-12-30T12:00", "Pacific/Apia", WallTime.SKIPPED),  # a whole day
    ],
)
def test_how_often_clocks_show_a_time(wall: str, zone: str, shown: WallTime) -> None:
    assert WallTime.of(datetime.fromisoformat(wall), Clock(zone)) is shown


@pytest.mark.parametrize("cron", ["30 2 * * ? *", "0/20 0-3,23 * * ? *", "15 0/6 * * ? *", "30 0,23 * * ? *"])
@pytest.mark.parametrize(
    "zone", ["America/New_York", "Africa/Cairo", "America/Havana", "Pacific/Apia", "America/St_Johns", "UTC"]
)
def test_unusual_times_are_found_without_looking_at_each(cron: str, zone: str) -> None:
    times = ScheduleTimes(Cron.parse(cron), Clock(zone))
    first, after = date(2011, 3, 1), date(2012, 1, 10)
    each = [
        (wall, shown)
        for wall in times.nominal(first, after)
        if (shown := WallTime.of(wall, times.clock)) is not WallTime.SHOWN_ONCE
    ]
    assert list(times.unusual(first, after)) == each


def test_the_dates_of_two_years_are_named() -> None:
    (warning,) = clock_changes(schedule("30 2 * * ? *", "America/New_York"), date(2026, 1, 1))
    assert "does not fire at 2026-03-08 02:30, 2027-03-14 02:30, times that do not exist" in warning
    (twice,) = clock_changes(schedule("30 1 * * ? *", "America/New_York"), date(2026, 1, 1))
    assert "fires only once at 2026-11-01 01:30, 2027-11-07 01:30, times that occur twice" in twice


def test_many_times_of_a_day_are_one() -> None:
    skipped, twice = clock_changes(schedule("0/5 * * * ? *", "Europe/Berlin"), date(2026, 1, 1))
    assert "2026-03-29 02:00 to 02:55 (12 times), 2027-03-28 02:00 to 02:55 (12 times)" in skipped
    assert "2026-10-25 02:00 to 02:55 (12 times)" in twice


@pytest.mark.parametrize(
    ("cron", "zone"),
    [("30 5 * * ? *", "America/New_York"), ("30 2 * * ? *", "Asia/Tokyo"), ("30 2 ? * MON-FRI *", "Europe/Berlin")],
)
def test_most_schedules_have_nothing_to_warn_of(cron: str, zone: str) -> None:
    assert list(clock_changes(schedule(cron, zone), date(2026, 1, 1))) == []
