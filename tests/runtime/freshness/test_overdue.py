"""Tests of the intervals that should be there by now, and of those that are overdue."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from partitioned_pipelines.lake.schedule.timetable import PlainTimetable
from partitioned_pipelines.runtime.freshness.overdue import due_intervals, find_overdue
from partitioned_pipelines.runtime.freshness.rhythm import is_told
from partitioned_pipelines.runtime.intervals.interval_state import IntervalState, State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from partitioned_pipelines.lake.intervals.interval import Interval
    from partitioned_pipelines.runtime.freshness.overdue import Overdue
    from partitioned_pipelines.runtime.intervals.interval_state import StateName

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def timetable(cron: str, timezone: str = "UTC", interval: str = "day", offset: int = -1) -> PlainTimetable:
    return PlainTimetable(cron, timezone, interval, offset)


DAILY = timetable("0 6 * * ? *")
CREATED = at("2026-01-01")


def newest(schedule: PlainTimetable, allowance: timedelta, now: str, begin: datetime | None = CREATED) -> str | None:
    due = due_intervals(schedule, allowance, begin, at(now), most=1).found
    whole = due_intervals(schedule, allowance, begin, at(now)).found
    assert [each.interval for each in due] == [each.interval for each in whole[-1:]]
    return str(due[0].interval) if due else None


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        # Fires at 06:00 about the day before; due 3 hours later.
        ("2026-03-02T08:59", "2026-02-28"),
        ("2026-03-02T09:00", "2026-03-01"),
        ("2026-03-03T08:59", "2026-03-01"),
        ("2026-03-03T09:00", "2026-03-02"),
    ],
)
def test_an_interval_is_due_some_time_after_its_run_was_to_start(now: str, expected: str) -> None:
    assert newest(DAILY, 3 * HOUR, now) == expected


@pytest.mark.parametrize(
    ("cron", "timezone", "interval", "allowance", "now", "expected"),
    [
        ("0 6 ? * MON *", "UTC", "week", DAY, "2026-03-03T05:59", "2026-02-16 to 2026-02-23"),
        ("0 6 ? * MON *", "UTC", "week", DAY, "2026-03-03T06:00", "2026-02-23 to 2026-03-02"),
        ("0 6 ? * MON *", "UTC", "week", 8 * DAY, "2026-03-10T05:59", "2026-02-16 to 2026-02-23"),
        ("0 6 1 * ? *", "UTC", "month", DAY, "2026-03-02T05:59", "2026-01-01 to 2026-02-01"),
        ("0 6 1 * ? *", "UTC", "month", DAY, "2026-03-02T06:00", "2026-02-01 to 2026-03-01"),
        ("0 6 1 1 ? *", "UTC", "month", DAY, "2026-12-31T00:00", "2025-12-01 to 2026-01-01"),
        ("0 6 ? * MON-FRI *", "UTC", "day", HOUR, "2026-03-08T12:00", "2026-03-05"),  # a Sunday: Friday's run
        # Tokyo fires at 21:00 UTC of the day before.
        ("0 6 * * ? *", "Asia/Tokyo", "day", HOUR, "2026-03-01T22:00", "2026-03-01"),
        ("0 6 * * ? *", "Asia/Tokyo", "day", HOUR, "2026-03-01T21:59", "2026-02-28"),
        # New York's clocks go forward on 8 March: 06:00 is 10:00 UTC instead of 11:00.
        ("0 6 * * ? *", "America/New_York", "day", HOUR, "2026-03-07T11:59", "2026-03-05"),
        ("0 6 * * ? *", "America/New_York", "day", HOUR, "2026-03-07T12:00", "2026-03-06"),
        ("0 6 * * ? *", "America/New_York", "day", HOUR, "2026-03-08T10:59", "2026-03-06"),
        ("0 6 * * ? *", "America/New_York", "day", HOUR, "2026-03-08T11:00", "2026-03-07"),
        # The hour that New York repeats on 1 November is two intervals, and an hourly schedule fires about both.
        ("5 * * * ? *", "America/New_York", "hour", HOUR, "2026-11-01T07:05",
         "2026-11-01T01:00:00-04:00 to 2026-11-01T01:00:00-05:00"),
        ("5 * * * ? *", "America/New_York", "hour", HOUR, "2026-11-01T08:05",
         "2026-11-01T01:00:00-05:00 to 2026-11-01T02:00:00-05:00"),
    ],
)  # fmt: skip
def test_schedules_of_every_kind(
    cron: str, timezone: str, interval: str, allowance: timedelta, now: str, expected: str
) -> None:
    assert newest(timetable(cron, timezone, interval), allowance, now, at("2020-01-01")) == expected


def test_nothing_is_due_before_the_schedules_first_run() -> None:
    created = at("2026-03-02T06:01")
    assert newest(DAILY, HOUR, "2026-03-03T06:59", created) is None
    assert newest(DAILY, HOUR, "2026-03-03T07:00", created) == "2026-03-02"
    due = due_intervals(DAILY, HOUR, created, at("2026-03-04T07:00"))
    assert [str(each.interval) for each in due.found] == ["2026-03-02", "2026-03-03"]
    assert due.all


def test_a_run_that_starts_in_time_is_not_due_within_the_time_of_delivery() -> None:
    assert newest(DAILY, timedelta(minutes=1), "2026-03-02T06:09") == "2026-02-28"
    assert newest(DAILY, timedelta(minutes=1), "2026-03-02T06:10") == "2026-03-01"


def test_a_firing_that_the_clocks_skip_is_due_and_says_so() -> None:
    """02:30 does not exist in New York on 8 March 2026."""
    nightly = timetable("30 2 * * ? *", "America/New_York")
    (found,) = due_intervals(nightly, HOUR, CREATED, at("2026-03-08T08:30"), most=1).found
    assert (str(found.interval), found.skipped) == ("2026-03-07", True)


def test_several_runs_about_an_interval_make_it_due_by_the_first() -> None:
    hourly = timetable("0 * * * ? *", offset=0)
    due = due_intervals(hourly, HOUR, at("2026-03-01T00:30"), at("2026-03-02T04:30"))
    assert [(str(each.interval), each.fired_at) for each in due.found] == [
        ("2026-03-01", at("2026-03-01T01:00")),
        ("2026-03-02", at("2026-03-02T00:00")),
    ]


def test_no_more_intervals_are_looked_at_than_tell_something() -> None:
    hourly = timetable("5 * * * ? *", interval="hour")
    due = due_intervals(hourly, HOUR, CREATED, at("2026-03-01T00:30"))
    assert (len(due.found), due.all) == (35 * 24 + 1, False)
    few = due_intervals(hourly, HOUR, CREATED, at("2026-03-01T00:30"), most=200)
    assert (list(few.found), few.all) == (list(due.found[-200:]), False)
    monthly = due_intervals(timetable("0 6 1 * ? *", interval="month"), HOUR, CREATED, at("2026-03-01T09:00"))
    assert ([str(each.interval) for each in monthly.found], monthly.all) == (
        ["2026-01-01 to 2026-02-01", "2026-02-01 to 2026-03-01"],
        False,
    )


def overdue(states: dict[str, StateName], now: str, begin: datetime | None = CREATED) -> Overdue | None:
    """Return what a daily pipeline is found to be overdue with; days without a state are published."""
    due = due_intervals(DAILY, HOUR, begin, at(now))
    return find_overdue(due, _with_states([each.interval for each in due.found], states), HOUR)


def _with_states(intervals: Sequence[Interval], states: dict[str, StateName]) -> list[IntervalState]:
    return [IntervalState(each, {"analytics.told": State(states.get(str(each), "published"))}) for each in intervals]


@pytest.mark.parametrize("state", ["published", "empty", "running", "dropped"])
def test_what_is_there_or_is_being_processed_is_not_overdue(state: StateName) -> None:
    assert overdue({"2026-03-01": state, "2026-02-28": "failed"}, "2026-03-02T08:00") is None


@pytest.mark.parametrize("state", ["never_started", "failed", "skipped", "lost"])
def test_what_is_missing_is_overdue_since_it_should_have_been_there(state: StateName) -> None:
    found = overdue({"2026-03-01": state}, "2026-03-02T08:00")
    assert found
    assert (found.newest.state.name, found.count, found.since) == (state, 1, at("2026-03-02T07:00"))


def test_a_row_of_missing_intervals_is_overdue_since_its_first() -> None:
    missing: dict[str, StateName] = {f"2026-03-0{day}": "failed" for day in (3, 4, 5)}
    found = overdue({**missing, "2026-03-01": "failed"}, "2026-03-06T08:00")
    assert found
    assert (str(found.first.interval), found.count) == ("2026-03-03", 3)
    assert found.since == at("2026-03-04T07:00")


def test_a_backfill_of_an_old_day_does_not_make_it_fresh() -> None:
    """By the age of the newest receipt, it would: the backfill has just published."""
    missing: dict[str, StateName] = {f"2026-03-0{day}": "never_started" for day in (3, 4, 5)}
    found = overdue({**missing, "2026-03-02": "published"}, "2026-03-06T08:00")
    assert found
    assert found.since == at("2026-03-04T07:00")


def test_how_long_a_row_lasts_is_unknown_if_it_is_longer_than_what_is_looked_at() -> None:
    days: dict[str, StateName] = {
        (at("2025-12-31") + number * DAY).date().isoformat(): "never_started" for number in range(99)
    }
    found = overdue(days, "2026-03-06T08:00")
    assert found
    assert (found.since, found.count) == (None, 36)
    begun = overdue(days, "2026-03-06T08:00", at("2026-02-20"))
    assert begun
    assert begun.since == at("2026-02-20T07:00")


def test_three_days_without_a_run_are_three_notices_whatever_the_cron() -> None:
    for schedule in (
        DAILY,
        timetable("5 * * * ? *", interval="hour"),
        timetable("0/15 * * * ? *", interval="15 minutes"),
    ):
        last = at("2026-03-01T07:00")
        told = []
        for hour in range(1, 73):
            now = last + timedelta(minutes=30) + hour * HOUR
            due = due_intervals(schedule, HOUR, last, now)
            states = [IntervalState(each.interval, {"t": State("never_started")}) for each in due.found]
            found = find_overdue(due, states, HOUR) if states else None
            if found and is_told(found.since, now):
                told.append(now)
        assert len(told) == 3, schedule
        assert all(later - earlier == DAY for earlier, later in pairwise(told))
