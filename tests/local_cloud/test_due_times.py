"""Tests of due times: the local cloud's evaluator and the project's own agree, but share no code."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local_cloud.scheduler.due_times import DueTimes
from partitioned_pipelines.lake.intervals.clock import Clock
from partitioned_pipelines.lake.schedule.cron import Cron, cron_problem
from partitioned_pipelines.lake.schedule.firings import ScheduleTimes, WallTime

ZONES = [
    "UTC",
    "Asia/Tokyo",
    "America/New_York",
    "Africa/Cairo",
    "America/Havana",
    "Australia/Lord_Howe",
    "Europe/Berlin",
]


def due(cron: str, zone: str) -> DueTimes:
    found = DueTimes.of(f"cron({cron})", zone)
    assert found is not None
    return found


def field(lowest: int, highest: int) -> st.SearchStrategy[str]:
    number = st.integers(lowest, highest)
    span = st.tuples(number, number).map(lambda ends: f"{min(ends)}-{max(ends)}")
    step = st.tuples(st.one_of(number.map(str), span, st.just("*")), st.integers(1, highest)).map(
        lambda both: f"{both[0]}/{both[1]}"
    )
    return st.one_of(
        st.just("*"), st.lists(st.one_of(number.map(str), span, step), min_size=1, max_size=3).map(",".join)
    )


DAY_OF_MONTH = st.one_of(field(1, 31), st.sampled_from(["L", "LW", "1W", "15W", "28W", "30W", "31W"]))
DAY_OF_WEEK = st.one_of(
    field(1, 7), st.sampled_from(["L", "MON-FRI", "SUN,WED", "5L", "FRIL", "SUNL", "2#1", "TUE#5", "SAT#3"])
)
DAYS = st.one_of(DAY_OF_MONTH.map(lambda text: (text, "?")), DAY_OF_WEEK.map(lambda text: ("?", text)))


@settings(deadline=None)
@given(
    field(0, 59),
    field(0, 23),
    DAYS,
    field(1, 12),
    st.dates(dt.date(2024, 1, 1), dt.date(2029, 1, 1)),
    st.sampled_from(ZONES),
)
def test_both_evaluators_agree(
    minutes: str, hours: str, days: tuple[str, str], months: str, first: dt.date, zone: str
) -> None:
    cron = f"{minutes} {hours} {days[0]} {months} {days[1]} *"
    assert cron_problem(cron) is None
    times = ScheduleTimes(Cron.parse(cron), Clock(zone))
    cloud = due(cron, zone)
    for day in Cron.parse(cron).days(first, first + dt.timedelta(days=40)):
        wall = next(times.nominal(day, day + dt.timedelta(days=1)))
        assert cloud.names(wall)
        is_due = cloud.has(wall.replace(tzinfo=times.clock.zone))
        assert is_due or WallTime.of(wall, times.clock) is WallTime.SKIPPED
    start = dt.datetime.combine(first, dt.time(), times.clock.zone)
    upcoming = cloud.after(start - dt.timedelta(seconds=1))
    expected = next(
        (
            wall.replace(tzinfo=times.clock.zone).astimezone(dt.UTC)
            for wall in times.nominal(first, first + dt.timedelta(days=400))
            if WallTime.of(wall, times.clock) is not WallTime.SKIPPED
        ),
        None,
    )
    if expected is not None and start.utcoffset() == (start + dt.timedelta(days=1)).utcoffset():
        assert upcoming == expected


@pytest.mark.parametrize(
    ("cron", "zone", "instant", "is_due"),
    [
        ("30 2 * * ? *", "America/New_York", "2026-03-08T07:30:00+00:00", False),  # 03:30 on the clocks
        ("30 2,3 * * ? *", "America/New_York", "2026-03-08T07:30:00+00:00", True),
        ("30 1 * * ? *", "America/New_York", "2026-11-01T05:30:00+00:00", True),
        ("30 1 * * ? *", "America/New_York", "2026-11-01T06:30:00+00:00", False),  # the second 01:30
        ("30 5 * * ? *", "America/New_York", "2026-11-01T10:30:59+00:00", True),
        ("30 5 * * ? *", "America/New_York", "2026-11-01T09:30:00+00:00", False),
        ("0 6 L-2 * ? *", "UTC", "2026-02-26T06:00:00+00:00", True),
        ("0 6 ? * FRI-MON *", "UTC", "2026-11-29T06:00:00+00:00", True),
        ("0 6 ? * FRI-MON *", "UTC", "2026-12-01T06:00:00+00:00", False),
    ],
)
def test_an_instant(cron: str, zone: str, instant: str, is_due: bool) -> None:
    assert due(cron, zone).has(dt.datetime.fromisoformat(instant)) is is_due


def test_the_nearest_times() -> None:
    found = due("30 2 * * ? *", "America/New_York")
    instant = dt.datetime.fromisoformat("2026-03-08T07:30:00+00:00")
    assert found.before(instant) == dt.datetime.fromisoformat("2026-03-07T02:30:00-05:00")
    assert found.after(instant) == dt.datetime.fromisoformat("2026-03-09T02:30:00-04:00")
    assert due("0 6 1 1 ? 2020", "UTC").after(instant) is None


def test_only_a_cron_has_times_to_compare_with() -> None:
    assert DueTimes.of("rate(1 day)", "UTC") is None
    assert DueTimes.of("at(2026-01-01T00:00:00)", "UTC") is None
