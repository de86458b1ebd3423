"""The intervals that a schedule expects, and which of them are due."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from partitioned_pipelines.lake.schedule.expected import expected_intervals, first_due, newest_due
from partitioned_pipelines.spec import Schedule

if TYPE_CHECKING:
    from partitioned_pipelines.spec.model.fields import IntervalName


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def schedule(
    cron: str | None, interval: IntervalName = "day", offset: int = -1, timezone: str = "Asia/Tokyo"
) -> Schedule:
    return Schedule(cron=cron, timezone=timezone, interval=interval, offset=offset)


def starts(found: list, length: int = 10) -> list[str]:  # type: ignore[type-arg]
    return [each.start_text[:length] for each in found]


def test_each_day_of_a_daily_schedule_is_expected() -> None:
    found = expected_intervals(schedule("0 6 * * ? *"), at("2026-02-28T15:00"), at("2026-03-03T15:00"))
    assert starts(found) == ["2026-03-01", "2026-03-02", "2026-03-03"]


def test_the_days_that_a_cron_expression_leaves_out_are_not_expected() -> None:
    """It fires from Monday to Friday, about the day before: Sunday to Thursday."""
    found = expected_intervals(schedule("0 6 ? * MON-FRI *"), at("2026-02-28T15:00"), at("2026-03-07T15:00"))
    assert starts(found) == ["2026-03-01", "2026-03-02", "2026-03-03", "2026-03-04", "2026-03-05"]


def test_a_firing_that_the_clocks_skip_leaves_a_hole_that_is_expected() -> None:
    """02:30 does not exist in New York on 8 March 2026."""
    daily = schedule("30 2 * * ? *", timezone="America/New_York")
    found = expected_intervals(daily, at("2026-03-06T05:00"), at("2026-03-09T04:00"))
    assert starts(found) == ["2026-03-06", "2026-03-07", "2026-03-08"]


def test_several_firings_about_one_interval_expect_it_once() -> None:
    found = expected_intervals(schedule("0 * * * ? *", offset=0), at("2026-02-28T15:00"), at("2026-03-01T15:00"))
    assert starts(found) == ["2026-03-01"]


@pytest.mark.parametrize("one", [None, schedule(None, timezone="UTC")])
def test_without_a_cron_expression_each_interval_is_expected(one: Schedule | None) -> None:
    assert starts(expected_intervals(one, at("2026-03-01"), at("2026-03-03"))) == ["2026-03-01", "2026-03-02"]


def test_a_repeated_hour_is_expected_twice() -> None:
    hourly = schedule("5 * * * ? *", "hour", timezone="America/New_York")
    found = expected_intervals(hourly, at("2026-11-01T04:00"), at("2026-11-01T08:00"))
    assert [each.start_text for each in found] == [
        f"2026-11-01T{text}" for text in ("00:00:00-04:00", "01:00:00-04:00", "01:00:00-05:00", "02:00:00-05:00")
    ]


@pytest.mark.parametrize(("now", "newest"), [("2026-03-02T21:09", "2026-03-01"), ("2026-03-02T21:11", "2026-03-02")])
def test_an_interval_is_due_ten_minutes_after_its_firing(now: str, newest: str) -> None:
    """It fires at 06:00 in Tokyo, which is 21:00 in UTC, about the day before."""
    due = newest_due(schedule("0 6 * * ? *"), at(now))
    assert due
    assert due.start_text == newest


def test_the_newest_due_interval_of_a_rare_schedule() -> None:
    yearly = newest_due(schedule("0 6 29 2 ? *"), at("2027-03-01"))
    assert yearly
    assert yearly.start_text == "2024-02-28"
    assert newest_due(schedule("0 6 1 1 ? 2030"), at("2026-03-01")) is None


def test_the_first_firing_after_the_schedule_was_created() -> None:
    first = first_due(schedule("0 6 ? * MON *"), at("2026-03-03"))
    assert first
    assert first.start_text == "2026-03-08"
    assert first_due(schedule("0 6 1 1 ? 2020"), at("2026-03-01")) is None
