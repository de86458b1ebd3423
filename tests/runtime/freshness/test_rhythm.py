"""Tests of when the watch reports something that lasts."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from partitioned_pipelines.runtime.freshness.rhythm import is_told

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SINCE = datetime(2026, 3, 7, 21, 40, tzinfo=UTC)


def told(since: datetime | None, first: datetime, hours: int, down: range = range(0)) -> list[datetime]:
    """Return the hours at which an hourly watch reports; in some, it does not run."""
    hourly = (first + number * HOUR for number in range(hours) if number not in down)
    return [at for at in hourly if is_told(since, at)]


def test_it_is_told_in_the_hour_of_the_crossing_and_then_daily() -> None:
    crossing = SINCE + timedelta(minutes=20)
    assert told(SINCE, SINCE - timedelta(hours=5, minutes=-20), 5 + 3 * 24) == [
        crossing + day * DAY for day in range(3)
    ]


@pytest.mark.parametrize("late", [timedelta(0), HOUR - timedelta(microseconds=1), DAY, 9 * DAY + timedelta(minutes=59)])
def test_the_hour_includes_its_beginning(late: timedelta) -> None:
    assert is_told(SINCE, SINCE + late)


@pytest.mark.parametrize("late", [-timedelta(microseconds=1), HOUR, DAY - timedelta(microseconds=1), -DAY])
def test_the_hour_excludes_its_end(late: timedelta) -> None:
    assert not is_told(SINCE, SINCE + late)


def test_after_an_outage_of_the_watch_it_is_told_the_next_day() -> None:
    assert told(SINCE, SINCE - HOUR, 72, down=range(1, 9)) == [SINCE + DAY, SINCE + 2 * DAY]


def test_what_lasts_for_an_unknown_time_is_told_once_a_day() -> None:
    assert [at.hour for at in told(None, datetime(2026, 3, 1, 5, 17, tzinfo=UTC), 72)] == [0, 0, 0]


def test_each_minute_of_the_watch_tells_once_a_day() -> None:
    drawn = random.Random(5)  # noqa: S311 - not for secrets
    for _ in range(300):
        since = SINCE + timedelta(seconds=drawn.randrange(10**6))
        first = since + timedelta(seconds=drawn.randrange(3600))
        days = drawn.randrange(1, 9)
        assert len(told(since, first, 24 * days)) == days
