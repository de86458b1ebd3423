"""Tests of windows: the time for which a run reads a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partitioned_pipelines.lake.intervals.cadence import Cadence
from partitioned_pipelines.lake.intervals.calendar import Calendar
from partitioned_pipelines.lake.intervals.clock import Clock
from partitioned_pipelines.lake.intervals.execution_input import IntervalRule
from partitioned_pipelines.lake.intervals.instants import format_instant, parse_instant
from partitioned_pipelines.lake.intervals.interval import Interval, InvalidIntervalError
from partitioned_pipelines.lake.intervals.window import InvalidWindowError, Length, Window

if TYPE_CHECKING:
    from partitioned_pipelines.lake.function_events.payloads import WindowSpec

_FIRST, _LAST = parse_instant("2005-01-01T00:00:00Z"), parse_instant("2035-01-01T00:00:00Z")


def run(cadence: str, timezone: str, start: str, end: str = "") -> Interval:
    """Return the interval that starts then, or the run from one time to another."""
    calendar = Calendar(Cadence.parse(cadence), Clock(timezone))
    first = parse_instant(start)
    assert calendar.containing(first).start == first
    return calendar.span(first, parse_instant(end)) if end else calendar.containing(first)


@pytest.mark.parametrize(
    ("interval", "window", "start", "end"),
    [
        # New York's clocks go forward on 8 March 2026 and back on 1 November; midnight is at 05:00Z and at 04:00Z.
        (("day", "2026-03-08T05:00:00Z"), {"last": "2 days"}, "2026-03-07T05:00:00Z", "2026-03-09T04:00:00Z"),
        (("day", "2026-03-08T05:00:00Z"), {"last": "47 hours"}, "2026-03-07T05:00:00Z", "2026-03-09T04:00:00Z"),
        (("day", "2026-11-01T04:00:00Z"), {"last": "2 days"}, "2026-10-31T04:00:00Z", "2026-11-02T05:00:00Z"),
        (("day", "2026-11-01T04:00:00Z"), {"last": "60 days"}, "2026-09-03T04:00:00Z", "2026-11-02T05:00:00Z"),
        (("day", "2026-11-01T04:00:00Z"), {"last": "1 week"}, "2026-10-26T04:00:00Z", "2026-11-02T05:00:00Z"),
        (("day", "2026-11-01T04:00:00Z"), {"last": "3"}, "2026-10-30T04:00:00Z", "2026-11-02T05:00:00Z"),
        (("day", "2026-11-01T04:00:00Z"), {"offset": -1}, "2026-10-31T04:00:00Z", "2026-11-01T04:00:00Z"),
        # A day of 25 hours is read whole.
        (("day", "2026-11-01T04:00:00Z"), {"last": "24 hours"}, "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"),
        # The second 01:00 of that night: an hour earlier is the first, and two hours are both.
        (("hour", "2026-11-01T06:00:00Z"), {"offset": -1}, "2026-11-01T05:00:00Z", "2026-11-01T06:00:00Z"),
        (("hour", "2026-11-01T06:00:00Z"), {"last": "2"}, "2026-11-01T05:00:00Z", "2026-11-01T07:00:00Z"),
        (("hour", "2026-11-01T06:00:00Z"), {"last": "2 hours"}, "2026-11-01T05:00:00Z", "2026-11-01T07:00:00Z"),
        # Up to 02:00 EST; a day earlier the clock showed 02:00 EDT.
        (("hour", "2026-11-01T06:00:00Z"), {"last": "1 day"}, "2026-10-31T06:00:00Z", "2026-11-01T07:00:00Z"),
        # A day after the 02:30 that was skipped, on 8 March: from the moment at which the clocks went forward.
        (("30 minutes", "2026-03-09T06:00:00Z"), {"last": "1 day"}, "2026-03-08T07:00:00Z", "2026-03-09T06:30:00Z"),
        (("6 hours", "2026-11-01T04:00:00Z"), {"offset": -2}, "2026-10-31T16:00:00Z", "2026-10-31T22:00:00Z"),
        # Both: the last days before the run's interval.
        (
            ("day", "2026-11-01T04:00:00Z"),
            {"last": "60 days", "offset": -1},
            "2026-09-02T04:00:00Z",
            "2026-11-01T04:00:00Z",
        ),
        (("month", "2026-11-01T04:00:00Z"), {"last": "3 months"}, "2026-09-01T04:00:00Z", "2026-12-01T05:00:00Z"),
        (("month", "2026-11-01T04:00:00Z"), {"offset": -12}, "2025-11-01T04:00:00Z", "2025-12-01T05:00:00Z"),
        # Up to 31 March 2026; the month before has no 31st.
        (("day", "2026-03-30T04:00:00Z"), {"last": "1 month"}, "2026-02-28T05:00:00Z", "2026-03-31T04:00:00Z"),
    ],
)
def test_windows_in_new_york(interval: tuple[str, str], window: WindowSpec, start: str, end: str) -> None:
    cadence, begin = interval
    read = Window.from_payload(window)
    assert read is not None
    found = read.of(run(cadence, "America/New_York", begin))
    assert [format_instant(instant) for instant in found] == [start, end]


def test_a_day_whose_midnight_is_skipped_begins_later() -> None:
    """Cairo, 24 April 2026: the clocks go forward at midnight, and the 23rd ends when they show 01:00."""
    last_day = run("day", "Africa/Cairo", "2026-04-22T22:00:00Z")
    assert last_day.end == parse_instant("2026-04-23T22:00:00Z")
    start, _ = Window(last=Length(2, "day")).of(last_day)
    assert format_instant(start) == "2026-04-21T22:00:00Z"
    # And hourly intervals, the last of which ends then.
    last_hour = run("hour", "Africa/Cairo", "2026-04-23T21:00:00Z")
    assert Window(last=Length(1, "day")).of(last_hour)[0] == last_day.start


def test_a_run_about_several_intervals_has_the_windows_of_all() -> None:
    several = run("day", "America/New_York", "2026-10-31T04:00:00Z", "2026-11-03T05:00:00Z")
    for window in (
        Window(),
        Window(-1),
        Window(last=Length(3)),
        Window(-1, Length(60, "day")),
        Window(-2, Length(1, "month")),
    ):
        days = list(Calendar(several.cadence, several.clock).between(several.start, several.end))
        assert len(days) == 3
        each = [window.of(day) for day in days]
        assert window.of(several) == (each[0][0], each[-1][1])


@given(
    st.sampled_from(["UTC", "America/New_York", "Asia/Tokyo", "Australia/Lord_Howe", "Africa/Cairo", "Pacific/Apia"]),
    st.sampled_from(["15 minutes", "hour", "6 hours", "day", "week", "month"]),
    st.floats(0, 1),
    st.integers(0, 400),
    st.integers(1, 400),
)
def test_a_number_of_intervals_is_as_many(timezone: str, cadence: str, moment: float, back: int, count: int) -> None:
    calendar = Calendar(Cadence.parse(cadence), Clock(timezone))
    interval = calendar.containing(_FIRST + moment * (_LAST - _FIRST))
    start, end = Window(-back, Length(count)).of(interval)
    intervals = list(calendar.between(start, end))
    assert (len(intervals), intervals[-1].end) == (count, end)
    assert calendar.shift(intervals[-1], back) == interval


def test_what_is_read_of_the_payload() -> None:
    assert Window.from_payload("all") is None
    assert Window.from_payload("interval") == Window()
    assert Window.from_payload({"offset": -1, "last": "3"}) == Window(-1, Length(3))
    as_a_number: Any = {"offset": -1.0}  # a state machine may write it so
    assert str(Window.from_payload(as_a_number)) == "{offset: -1}"
    assert str(Window(-1, Length(60, "day"))) == "{last: 60 days, offset: -1}"


@pytest.mark.parametrize("text", ["60", "1 hour", "60 days", "12 weeks", "1 month", "9999 days"])
def test_lengths(text: str) -> None:
    assert str(Length.parse(text)) == text


@pytest.mark.parametrize(
    "text", ["0 days", "-1 days", "1.5 days", "days", "60days", "60  days", "1 year", "60 minutes", "", "10000 days"]
)
def test_what_is_not_a_length(text: str) -> None:
    with pytest.raises(InvalidWindowError, match="such as 60 days"):
        Length.parse(text)


def test_a_window_before_the_first_year_is_refused() -> None:
    with pytest.raises(InvalidIntervalError, match=r"\{last: 3000 months\} of 0100-01-01"):
        Window(last=Length(3000, "month")).of(run("day", "UTC", "0100-01-01T00:00:00Z"))


@pytest.mark.parametrize(
    ("scheduled_time", "start", "end"),
    [
        ("2026-03-09T11:00:00Z", "2026-03-05T05:00:00Z", "2026-03-09T04:00:00Z"),
        ("2026-11-02T11:00:00Z", "2026-10-29T04:00:00Z", "2026-11-02T05:00:00Z"),
    ],
)
def test_a_scheduled_run_looks_back(scheduled_time: str, start: str, end: str) -> None:
    """Three days before the one that has ended: four days, of which one has 23 or 25 hours."""
    spec = {"timezone": "America/New_York", "interval": "day", "offset": -1, "lookback": 3.0}
    rule = IntervalRule.from_spec(spec)  # type: ignore[arg-type]  # as JSON may have it
    found = rule.interval_of({"scheduled_time": scheduled_time})
    assert (format_instant(found.start), format_instant(found.end)) == (start, end)
    assert rule.newest_at(parse_instant(scheduled_time)).end == found.end
    assert len(list(rule.calendar.between(found.start, found.end))) == 4
    # What is named is what is processed.
    assert rule.interval_of({"date": "2026-03-08"}).execution_input == {"date": "2026-03-08"}
    assert rule.interval_of(found.execution_input) == found
