"""Tests of the intervals: a second implementation and its cases are the judge, for all timezones of the database."""

from __future__ import annotations

import json
import zoneinfo
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from partitioned_pipelines.lake.intervals.cadence import Cadence, InvalidCadenceError
from partitioned_pipelines.lake.intervals.calendar import Calendar
from partitioned_pipelines.lake.intervals.clock import Clock
from partitioned_pipelines.lake.intervals.execution_input import IntervalRule
from partitioned_pipelines.lake.intervals.interval import Interval, InvalidIntervalError
from tests.lake.intervals import interval_oracle

DOCUMENT = json.loads(Path(__file__).with_name("intervals.json").read_text())
ZONES = sorted(zoneinfo.available_timezones() - {"localtime"})
CADENCES = [
    *(f"{minutes} minutes" for minutes in (15, 30)),
    "hour",
    *(f"{hours} hours" for hours in (2, 3, 4, 6, 8, 12)),
    "day",
    "week",
    "month",
]
SECOND = timedelta(seconds=1)


def calendar(cadence: str, timezone: str) -> Calendar:
    return Calendar(Cadence.parse(cadence), Clock(timezone))


def ends(interval: Interval) -> tuple[datetime, datetime]:
    return interval.start, interval.end


@pytest.mark.parametrize("case", DOCUMENT["cases"], ids=lambda case: f"{case['id']}-{case['timezone']}")
def test_the_interval_of_a_scheduled_run(case: dict[str, Any]) -> None:
    rule = IntervalRule(calendar(case["interval"], case["timezone"]), case["offset"])
    interval = rule.interval_of({"scheduled_time": case["scheduled_time"]})
    expected = tuple(datetime.fromisoformat(case[name]).astimezone(UTC) for name in ("start", "end"))
    assert ends(interval) == expected
    assert (interval.end - interval.start).total_seconds() / 3600 == case["hours"]
    sees = {
        "PROCESS_START": interval.start_text,
        "PROCESS_END": interval.end_text,
        "PROCESS_DATE": interval.process_date.isoformat() if interval.process_date else None,
        "PROCESS_HOUR": interval.process_hour,
    }
    assert {name: text for name, text in sees.items() if text} == case["sees"]
    assert rule.interval_of(interval.execution_input) == interval, "an input that is spelled out means the same"


@st.composite
def instants_near_a_change(draw: st.DrawFn) -> tuple[str, datetime]:
    """Draw a timezone, and an instant: mostly within 90 minutes of a change of the clocks."""
    timezone = draw(st.sampled_from(ZONES))
    instant = datetime(1973, 1, 1, tzinfo=UTC) + timedelta(minutes=draw(st.integers(0, 65 * 365 * 1440)))
    clock = Clock(timezone)
    if draw(st.integers(0, 3)):
        for week in range(52):
            low, high = instant + timedelta(weeks=week), instant + timedelta(weeks=week + 1)
            if clock.offset(low) != clock.offset(high):
                return timezone, clock.change(low, high) + timedelta(minutes=draw(st.integers(-90, 90)))
    return timezone, instant


@settings(deadline=None)
@given(instants_near_a_change(), st.sampled_from(CADENCES))
def test_a_calendar_tiles_time(where: tuple[str, datetime], cadence: str) -> None:
    timezone, instant = where
    tiles = calendar(cadence, timezone)
    interval = tiles.containing(instant)
    assert interval.start <= instant < interval.end
    assert tiles.containing(interval.start) == interval == tiles.containing(interval.end - SECOND)
    assert tiles.containing(interval.start) == interval
    before, after = tiles.shift(interval, -1), tiles.shift(interval, 1)
    assert (before.end, after.start) == ends(interval), "no gap and no overlap"
    assert tiles.shift(before, 2) == after
    listed = list(tiles.between(before.start, after.end))
    assert listed == [before, interval, after]


@settings(deadline=None)
@given(instants_near_a_change(), st.sampled_from(CADENCES))
def test_the_oracle_agrees(where: tuple[str, datetime], cadence: str) -> None:
    timezone, instant = where
    assert ends(calendar(cadence, timezone).containing(instant)) == interval_oracle.containing(
        instant, cadence, timezone
    )


@settings(deadline=None)
@given(instants_near_a_change(), st.sampled_from([name for name in CADENCES if name not in ("week", "month")]))
def test_walking_minute_by_minute_agrees(where: tuple[str, datetime], cadence: str) -> None:
    timezone, instant = where
    assume(instant.second == 0)
    assert ends(calendar(cadence, timezone).containing(instant)) == interval_oracle.brute(instant, cadence, timezone)


def test_every_timezone_has_a_year_of_days_without_a_gap() -> None:
    for timezone in ZONES:
        tiles = calendar("day", timezone)
        days = list(tiles.between(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)))
        assert all(one.end == other.start for one, other in pairwise(days)), timezone
        assert len({one.start_text for one in days}) == len(days), timezone


def test_the_oracle_passes_its_own_cases() -> None:
    assert interval_oracle.check(Path(__file__).with_name("intervals.json")) == 0


def test_two_hours_of_the_same_name_differ() -> None:
    hours = calendar("hour", "America/New_York")
    first, second = list(
        hours.between(datetime(2026, 11, 1, 5, tzinfo=UTC), datetime(2026, 11, 1, 7, tzinfo=UTC)),
    )
    assert (first.process_hour, second.process_hour) == ("01", "01")
    assert first != second
    assert len({first, second}) == 2
    assert first.end - first.start == second.end - second.start == timedelta(hours=1)
    assert (first.key, second.key) == ("20261101T050000Z", "20261101T060000Z")
    assert str(second) == "2026-11-01T01:00:00-05:00 to 2026-11-01T02:00:00-05:00"


def test_an_offset_with_seconds_is_refused_for_fine_intervals() -> None:
    moment = datetime(1971, 6, 1, tzinfo=UTC)
    with pytest.raises(InvalidIntervalError, match="Africa/Monrovia has seconds"):
        calendar("hour", "Africa/Monrovia").containing(moment)
    assert calendar("day", "Africa/Monrovia").containing(moment).start_text == "1971-05-31"


@pytest.mark.parametrize("text", CADENCES)
def test_a_cadence_is_written_as_it_is_read(text: str) -> None:
    assert str(Cadence.parse(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "minute",
        "1 minutes",
        "20 minutes",
        "90 minutes",
        "60 minutes",
        "1 hours",
        "5 hours",
        "24 hours",
        "2 days",
        "Hour",
    ],
)
def test_other_lengths_are_refused(text: str) -> None:
    with pytest.raises(InvalidCadenceError, match="use 15 or 30 minutes"):
        Cadence.parse(text)
