"""Tests of the days of a run."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partitioned_pipelines.lake.intervals.clock import UnknownTimezoneError, timezone_of
from partitioned_pipelines.lake.intervals.execution_input import IntervalRule
from partitioned_pipelines.lake.intervals.instants import format_instant, parse_instant
from partitioned_pipelines.lake.intervals.interval import Interval, InvalidIntervalError


def interval_of(execution_input: object, timezone: str, offset: int) -> Interval:
    return IntervalRule.from_spec({"timezone": timezone, "date_offset_days": offset}).interval_of(execution_input)


@pytest.mark.parametrize(
    ("scheduled_time", "timezone", "offset", "expected"),
    [
        ("2026-11-23T21:00:00Z", "Asia/Tokyo", -1, "2026-11-23"),  # six in the morning of the 24th
        ("2026-11-23T14:59:59Z", "Asia/Tokyo", 0, "2026-11-23"),
        ("2026-11-23T15:00:00Z", "Asia/Tokyo", 0, "2026-11-24"),  # midnight there
        ("2026-11-23T15:00:00.000Z", "Asia/Tokyo", 0, "2026-11-24"),
        ("2026-11-23T15:00:00.123456789Z", "Asia/Tokyo", 0, "2026-11-24"),
        ("2026-11-24T00:00:00+09:00", "Asia/Tokyo", 0, "2026-11-24"),
        ("2026-11-23T21:00:00Z", "UTC", 0, "2026-11-23"),
        # New York, 2026: the clocks go forward on 8 March at 2:00 (7:00Z), back on 1 November at 2:00 (6:00Z).
        ("2026-03-08T04:59:59Z", "America/New_York", 0, "2026-03-07"),
        ("2026-03-08T05:00:00Z", "America/New_York", 0, "2026-03-08"),
        ("2026-03-09T03:59:59Z", "America/New_York", 0, "2026-03-08"),  # a day of 23 hours
        ("2026-03-09T04:00:00Z", "America/New_York", 0, "2026-03-09"),
        ("2026-11-01T05:30:00Z", "America/New_York", 0, "2026-11-01"),  # half past one, the first
        ("2026-11-01T06:30:00Z", "America/New_York", 0, "2026-11-01"),  # and the second
        ("2026-11-02T04:59:59Z", "America/New_York", 0, "2026-11-01"),  # a day of 25 hours
        # Santiago skips midnight itself.
        ("2026-09-06T04:00:00Z", "America/Santiago", 0, "2026-09-06"),
        ("2026-09-06T03:59:59Z", "America/Santiago", 0, "2026-09-05"),
        ("2024-03-01T00:00:00Z", "UTC", -1, "2024-02-29"),
        ("2025-03-01T00:00:00Z", "UTC", -1, "2025-02-28"),
        ("2026-01-01T00:00:00Z", "UTC", -1, "2025-12-31"),
        ("1969-07-20T20:17:40Z", "UTC", 0, "1969-07-20"),
        ("1900-01-01T12:00:00Z", "Asia/Tokyo", 0, "1900-01-01"),
    ],
)
def test_a_scheduled_time_is_read_in_the_schedules_calendar(
    scheduled_time: str, timezone: str, offset: int, expected: str
) -> None:
    interval = interval_of({"scheduled_time": scheduled_time}, timezone, offset)
    assert interval.execution_input == {"date": expected}


def test_a_date_is_the_process_date_itself() -> None:
    assert interval_of({"date": "2024-02-29"}, "Asia/Tokyo", -1).start_text == "2024-02-29"
    assert interval_of({"date": "1945-08-15"}, "UTC", -1).start_text == "1945-08-15"


def test_a_range_is_half_open() -> None:
    year = interval_of({"from": "2013-01-01", "to": "2014-01-01"}, "America/New_York", -1)
    assert (year.start_text, year.end_text, year.process_date) == ("2013-01-01", "2014-01-01", None)
    assert interval_of({"from": "2013-01-01", "to": "2013-01-02"}, "UTC", 0).process_date == date(2013, 1, 1)


@pytest.mark.parametrize(
    ("execution_input", "says"),
    [
        ({}, "has the keys []"),
        ({"Comment": "Insert your JSON here"}, "['Comment']"),
        ({"date": "2021-12-15", "extra": 1}, "['date', 'extra']"),
        ({"from": "2013-01-01"}, "['from']"),
        ({"date": "2021-12-15", "scheduled_time": "2026-11-23T21:00:00Z"}, "['date', 'scheduled_time']"),
        ({"from": "2014-01-01", "to": "2013-01-01"}, "from 2014-01-01 to 2013-01-01"),
        ({"from": "2014-01-01", "to": "2014-01-01"}, "no day from"),
        ({"date": "2026-02-30"}, "which is not a date"),
        ({"date": "2025-02-29"}, "which is not a date"),
        ({"date": "15/12/2021"}, "'date' is '15/12/2021'"),
        ({"date": "20211215"}, "use a date"),
        ({"date": "2021-W50-3"}, "use a date"),
        ({"date": "２０２１-12-15"}, "use a date"),
        ({"date": 20211215}, "20211215"),
        ({"date": None}, "None"),
        ({"date": "9999-12-31"}, "outside the years"),
        ({"scheduled_time": "2026-11-23T21:00:00"}, "not a time"),
        ({"scheduled_time": "2026-11-23"}, "not a time"),
        ({"scheduled_time": "2026-11-23T25:00:00Z"}, "not a time"),
        ({"scheduled_time": "<aws.scheduler.scheduled-time>"}, "not a time"),
        ({"scheduled_time": 1700000000}, "1700000000"),
        ({"scheduled_time": "0001-01-01T00:00:00Z"}, "outside the years"),
        ("2021-12-15", "'2021-12-15'"),
        ([], "[]"),
        (None, "None"),
    ],
)
def test_anything_else_is_refused_by_name(execution_input: object, says: str) -> None:
    with pytest.raises(InvalidIntervalError) as caught:
        interval_of(execution_input, "UTC", -1)
    assert says in str(caught.value)


@pytest.mark.parametrize("name", ["Asia/Tokio", "Asia", "", "../UTC", "/etc/localtime", "x" * 300, "a\0b"])
def test_an_unknown_timezone_is_named(name: str) -> None:
    with pytest.raises(UnknownTimezoneError) as caught:
        timezone_of(name)
    assert repr(name) in str(caught.value)


def test_a_machine_without_zones_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_zone(key: str) -> zoneinfo.ZoneInfo:
        raise zoneinfo.ZoneInfoNotFoundError(f"No time zone found with key {key}")

    timezone_of.cache_clear()
    monkeypatch.setattr(zoneinfo, "ZoneInfo", no_zone)
    monkeypatch.setattr(zoneinfo, "available_timezones", set)
    with pytest.raises(UnknownTimezoneError, match="'Asia/Tokyo': this Python has no time zone database"):
        timezone_of("Asia/Tokyo")
    assert timezone_of("UTC") is UTC


@given(st.datetimes(timezones=st.just(UTC)))
def test_an_instant_comes_back_cut_to_the_second(instant: datetime) -> None:
    assert parse_instant(format_instant(instant)) == instant.replace(microsecond=0)
    cut = instant.replace(microsecond=instant.microsecond // 1000 * 1000)
    assert parse_instant(format_instant(instant, "milliseconds")) == cut
