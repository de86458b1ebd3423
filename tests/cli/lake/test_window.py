"""The window: where it begins and ends, and which intervals are due, with a clock that fires and without one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partitioned_pipelines.cli.lake.window import Window
from partitioned_pipelines.lake.intervals.window import Window as Reads
from partitioned_pipelines.lake.schedule.awaited import Awaited, Writer
from partitioned_pipelines.lake.schedule.timetable import PlainTimetable
from partitioned_pipelines.spec import Schedule

if TYPE_CHECKING:
    from partitioned_pipelines.cli.lake.window import WindowIntervals

DAILY = Schedule(cron="0 6 * * ? *", timezone="UTC", interval="day", offset=-1)
WEEKDAYS = Schedule(cron="0 6 ? * MON-FRI *", timezone="UTC", interval="day", offset=0)
MANUAL = Schedule(interval="day")
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)  # a Sunday; the newest due day is the 28th
DAY = timedelta(days=1)


def day(number: int, month: int = 11) -> tuple[datetime, datetime]:
    start = datetime(2026, month, number, tzinfo=UTC)
    return start, start + DAY


def shown(found: WindowIntervals) -> list[tuple[str, bool]]:
    return [(each.start_text[5:], each.start in found.due) for each in found.intervals]


def test_the_window_ends_with_the_present_interval_which_is_not_due() -> None:
    window = Window(DAILY, NOW, 400, fires=True)
    assert shown(window.intervals([day(26)], None)) == [
        ("11-26", True),
        ("11-27", True),
        ("11-28", True),
        ("11-29", False),
    ]


def test_the_window_holds_so_many_due_intervals() -> None:
    window = Window(DAILY, NOW, 2, fires=True)
    assert window.span == (day(27)[0], day(29)[1])
    assert [start for start, _ in shown(window.intervals([day(1), day(28)], None))] == ["11-28", "11-29"], "not known"
    assert [start for start, _ in shown(window.intervals([day(26), day(27)], None))] == ["11-27", "11-28", "11-29"]


def test_runs_about_the_window_started_no_earlier_than_a_day_before_it() -> None:
    assert Window(DAILY, NOW, 2, fires=True).earliest_start == day(26)[0]
    ahead = DAILY.model_copy(update={"offset": 2})
    assert Window(ahead, NOW, 1, fires=True).earliest_start == day(28)[0], "a run of the 28th is about the 30th"


def test_a_schedule_makes_intervals_due_from_its_first_firing_on() -> None:
    window = Window(DAILY, NOW, 400, fires=True)
    assert shown(window.intervals([], datetime(2026, 11, 28, 7, tzinfo=UTC))) == [("11-28", True), ("11-29", False)]
    assert window.intervals([], None).intervals == ()


def test_what_the_schedule_leaves_out_is_not_due() -> None:
    window = Window(WEEKDAYS, NOW, 400, fires=True)
    assert shown(window.intervals([day(26)], None)) == [("11-26", True), ("11-27", True)] + [
        (weekend, False) for weekend in ("11-28", "11-29")
    ]


def test_without_a_clock_nothing_is_due_after_the_newest_known_interval() -> None:
    window = Window(DAILY, NOW, 400, fires=False)
    assert window.span is None
    assert window.earliest_start is None
    assert shown(window.intervals([day(3, 2), day(5, 2)], datetime(2026, 1, 1, tzinfo=UTC))) == [
        ("02-03", True),
        ("02-04", True),
        ("02-05", True),
    ]
    assert window.intervals([], NOW).intervals == ()


def test_without_a_clock_the_window_is_counted_from_the_newest_known_interval() -> None:
    window = Window(DAILY, NOW, 2, fires=False)
    assert [start for start, _ in shown(window.intervals([day(3, 2), day(9, 2)], None))] == ["02-08", "02-09"]


@pytest.mark.parametrize("when", ["inputs", "arrival"])
def test_what_waits_for_its_inputs_is_due_at_its_deadline(when: Literal["inputs", "arrival"]) -> None:
    """By 12:00 on the 29th, the 27th is six hours past its deadline, and the 28th has eighteen hours left."""
    window = Window(Schedule(when=when, interval="day", wait="30h"), NOW, 400, fires=True)
    created = datetime(2026, 11, 28, 1, tzinfo=UTC)  # before the deadline of the 26th
    assert shown(window.intervals([], created)) == [
        ("11-26", True),
        ("11-27", True),
        ("11-28", False),
        ("11-29", False),
    ]
    local = replace(window, fires=False)
    assert shown(local.intervals([day(26), day(28)], None)) == [("11-26", True), ("11-27", True), ("11-28", False)]


def test_an_interval_for_which_no_table_has_anything_is_not_due() -> None:
    weekdays = Awaited("db", "a", Reads(), Writer(PlainTimetable("0 6 ? * MON-FRI *", "UTC", "day", 0)))
    window = Window(Schedule(when="inputs", interval="day", wait="1h"), NOW, 400, fires=True, awaited=(weekdays,))
    assert shown(window.intervals([day(26)], None)) == [("11-26", True), ("11-27", True)] + [
        (weekend, False) for weekend in ("11-28", "11-29")
    ]


def test_what_a_schedule_leaves_out_since_a_moment() -> None:
    window = Window(DAILY, NOW, 400, fires=True)
    assert window.fired_since(datetime(2026, 11, 27, 7, tzinfo=UTC)) == {day(27)[0], day(28)[0]}
    assert Window(MANUAL, NOW, 400, fires=True).fired_since(day(1)[0]) == frozenset()
    assert len(Window(DAILY, NOW, 3, fires=True).fired_since(datetime(2015, 1, 1, tzinfo=UTC))) <= 5


@pytest.mark.parametrize("schedule", [MANUAL, None])
def test_without_a_cron_expression_nothing_is_due(schedule: Schedule | None) -> None:
    window = Window(schedule, NOW, 400, fires=True)
    assert window.span is None
    assert shown(window.intervals([day(3, 2), day(5, 2)], None)) == [
        ("02-03", False),
        ("02-04", False),
        ("02-05", False),
    ]


def test_a_partition_of_the_far_future_does_not_move_the_window() -> None:
    window = Window(DAILY, NOW, 400, fires=False)
    far = (datetime(2999, 1, 1, tzinfo=UTC), datetime(2999, 1, 2, tzinfo=UTC))
    assert [start for start, _ in shown(window.intervals([day(3), far], None))] == ["11-03"]
    fired = Window(DAILY, NOW, 400, fires=True)
    assert [start for start, _ in shown(fired.intervals([day(28), far], None))] == ["11-28", "11-29"]


def test_an_hourly_table_of_eleven_years_has_a_window_of_its_last_hours() -> None:
    hourly = Schedule(cron="5 * * * ? *", timezone="America/New_York", interval="hour", offset=-1)
    found = Window(hourly, NOW, 400, fires=True).intervals([(datetime(2015, 1, 1, tzinfo=UTC), NOW)], None)
    assert len(found.due) == 400
    assert len(found.intervals) == 402, "the hour before the present one is due at 12:15"


def test_a_window_that_ends_earlier() -> None:
    window = Window(DAILY, NOW, 3, fires=True, until=day(20)[0])
    assert window.span == (day(17)[0], day(19)[1])
    assert shown(window.intervals([day(1), day(18)], None)) == [("11-18", True), ("11-19", True)]
    known = [day(1), day(18), day(28)]
    local = Window(DAILY, NOW, 3, fires=False, until=day(20)[0])
    assert [start for start, _ in shown(local.intervals(known, None))] == ["11-16", "11-17", "11-18"]
    assert shown(Window(DAILY, NOW, 3, fires=False, until=day(1)[0]).intervals(known, None)) == []


@given(st.sets(st.integers(-40, 3), max_size=12), st.integers(1, 5))
def test_a_part_of_what_is_known_tells_the_window_or_says_that_it_does_not(days: set[int], length: int) -> None:
    """Without a clock: of days before and after the present."""
    window = Window(DAILY, NOW, length, fires=False)
    known = [(day(29)[0] + number * DAY, day(30)[0] + number * DAY) for number in sorted(days)]
    begin, end = window.likely_span
    part = [(start, after) for start, after in known if start < end and begin < after]
    if window.lies_within(window.likely_span, part):
        assert window.intervals(part, None) == window.intervals(known, None)


def test_nothing_is_read_twice_if_the_newest_part_has_the_window() -> None:
    window = Window(DAILY, NOW, 3, fires=False)
    assert window.lies_within(window.likely_span, [day(number) for number in range(25, 29)])
    assert not window.lies_within(window.likely_span, [day(27), day(28)]), "where the table begins is unknown"
    assert not window.lies_within(window.likely_span, [])
