"""Strips on the shared axis: each interval lies in its days, in its shape, and the script gets the same."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partitioned_pipelines.lake.intervals.cadence import Cadence
from partitioned_pipelines.lake.intervals.calendar import Calendar
from partitioned_pipelines.lake.intervals.clock import Clock
from partitioned_pipelines.operations.lake_state.interval_letters import LETTERS
from partitioned_pipelines.page.strip import HEIGHT, encoded, paths_of
from partitioned_pipelines.page.time_axis import Axis, axis_of, columns_of
from tests.page.lakes import lake_of, pipeline, table

STEPS = ("day", "week", "month", "hour", "30 minutes", "6 hours")
ZONES = ("UTC", "America/New_York", "Asia/Kolkata")
DAY = timedelta(days=1)


def decoded(text: str) -> list[str]:
    """Return the content of each day, as the script reads it."""
    return [
        several or one or ""
        for number, several, one in re.findall(r"([0-9]+)(?:-|\((.*?)\)|([^0-9 ]))", text)
        for _ in range(int(number))
    ]


@settings(deadline=None)
@given(
    st.text(alphabet=LETTERS, min_size=1, max_size=120),
    st.sampled_from(STEPS),
    st.sampled_from(ZONES),
    st.dates(date(2026, 2, 20), date(2026, 11, 10)),
)
def test_each_day_of_the_axis_holds_the_intervals_that_lie_in_it(letters: str, step: str, zone: str, day: date) -> None:
    """Clocks change within this time, in New York."""
    start = datetime(day.year, day.month, day.day, 7, tzinfo=UTC)
    facts = table("db.a", letters, step=step, zone=zone, start=start)
    lake = lake_of(pipeline("a", facts, step=step, zone=zone))
    axis = Axis(day - 20 * DAY, 100)
    found = decoded(encoded(columns_of(lake.tables[0], zone, axis)))
    expected: list[list[str]] = [[] for _ in range(axis.days)]
    clock = Clock(zone)
    for interval, letter in zip(facts.intervals, letters, strict=True):
        first, last = clock.local(interval.start).date(), clock.local(interval.end - timedelta(seconds=1)).date()
        for place in range(max(axis.place(first), 0), min(axis.place(last) + 1, axis.days)):
            expected[place].append(letter)
    for at, held in enumerate(expected):
        told = found[at] if at < len(found) else ""
        counts = Counter(held)
        if len(told) > 1:
            assert Counter({each: int(n) for n, each in re.findall(r"([0-9]+)([^0-9])", told)}) == counts
        else:
            assert held == ([told] if told else [])


@pytest.mark.parametrize(
    ("letters", "paths"),
    [
        ("tt", {"there": "M0 4h2v8h-2z"}),
        ("f", {"failed": "M0 0h1v16h-1z"}),
        ("m", {"missing": "M0 2h1v12h-1z"}),
        ("r", {"running": "M0 8h1v4h-1z"}),
        ("b", {"rolled": "M0 3h1v4h-1zM0 9h1v4h-1z"}),
        ("o", {"there": "M0 4h1v8h-1z", "failed": "M0 0h1v4h-1z"}),
        ("s", {"skipped": "M0 7h1v2h-1z"}),
        (".", {}),
        ("tft", {"there": "M0 4h1v8h-1zM2 4h1v8h-1z", "failed": "M1 0h1v16h-1z"}),
    ],
)
def test_a_state_is_a_shape(letters: str, paths: dict[str, str]) -> None:
    lake = lake_of(pipeline("a", table("db.a", letters)))
    columns = columns_of(lake.tables[0], "UTC", Axis(date(2026, 3, 1), 10))
    assert {path.kind: path.d for path in paths_of(columns)} == paths


@settings(deadline=None)
@given(st.text(alphabet="tborfsm", min_size=24, max_size=24))
def test_a_day_of_several_states_is_stacked_by_share_failed_on_top(letters: str) -> None:
    lake = lake_of(pipeline("a", table("db.a", letters, step="hour"), step="hour"))
    columns = columns_of(lake.tables[0], "UTC", Axis(date(2026, 3, 1), 1))
    bars = sorted(
        (float(top), float(height), path.kind)
        for path in paths_of(columns)
        for top, height in re.findall(r"M0 ([0-9.]+)h1v([0-9.]+)h", path.d)
    )
    counts = Counter(letters)
    if len(counts) == 1:
        return
    for (top, height, _), (below, _, _) in pairwise(bars):
        assert top + height == pytest.approx(below, abs=0.02), "no gap, and no overlap"
    assert bars[0][0] == 0
    assert bars[-1][0] + bars[-1][1] <= HEIGHT + 0.02
    least = min(HEIGHT / len(counts), 4)
    assert all(height >= least - 0.02 for _, height, _ in bars)
    if "f" in counts:
        assert bars[0][2] == "failed"


@settings(deadline=None)
@given(st.text(alphabet=LETTERS, min_size=1, max_size=400))
def test_a_row_is_at_most_seven_paths(letters: str) -> None:
    lake = lake_of(pipeline("a", table("db.a", letters)))
    columns = columns_of(lake.tables[0], "UTC", Axis(date(2026, 3, 1), 400))
    assert len(paths_of(columns)) <= 7


def test_the_axis_ends_with_the_newest_due_day_of_any_table() -> None:
    lake = lake_of(
        pipeline("a", table("db.a", "ttt...")),
        pipeline("b", table("db.b", "t", start=datetime(2013, 1, 1, tzinfo=UTC))),
        pipeline("c", table("db.c", "")),
    )
    axis = axis_of(lake, 30)
    assert (axis.last, axis.days) == (date(2026, 3, 3), 30)
    assert [(tick.day, tick.label) for tick in axis.ticks] == [(27, "Mar")]
    assert columns_of(lake.table("db.b"), "UTC", axis) == []


def test_a_month_reaches_from_its_first_day_to_its_last() -> None:
    months = Calendar(Cadence.parse("month"), Clock("UTC"))
    assert months.containing(datetime(2026, 2, 3, tzinfo=UTC)).start_text == "2026-02-01"
    facts = table("db.a", "tf", step="month", start=datetime(2026, 2, 3, tzinfo=UTC))
    lake = lake_of(pipeline("a", facts, step="month"))
    columns = columns_of(lake.tables[0], "UTC", Axis(date(2026, 2, 11), 60))
    assert [(each.first, each.width) for each in columns] == [(0, 18), (18, 31)], "what lies before the axis is cut"
