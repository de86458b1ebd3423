"""Calendars: each interval has a cell of its own, in its row, and the bars lie on the same axis."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partitioned_pipelines.operations.lake_state.interval_letters import LETTERS
from partitioned_pipelines.page.interval_calendar import GAP, LEFT, TOP, calendar_of
from tests.page.lakes import table


def squares(path: str, side: int) -> list[tuple[float, float]]:
    """Return the upper left corners of the squares that strokes of this width draw."""
    found = []
    x = y = 0.0
    for command, first, second, length in re.findall(r"([Mm])([0-9.]+) ([0-9.]+)v([0-9]+)", path):
        assert int(length) == side
        x, y = (float(first), float(second)) if command == "M" else (x + float(first), y + float(second))
        found.append((x - side / 2, y))
        y += side
    return found


def starts(
    count: int, step: str, *, zone: str = "UTC", start: datetime = datetime(2026, 1, 1, tzinfo=UTC)
) -> list[str]:
    return [each.start_text for each in table("db.a", "t" * count, step=step, zone=zone, start=start).intervals]


@pytest.mark.parametrize("step", ["day", "week", "month", "hour", "15 minutes", "6 hours"])
def test_each_interval_has_its_own_cell_in_the_order_of_time(step: str) -> None:
    given_starts = starts(400, step)
    calendar = calendar_of(step, given_starts, ["t"] * 400, None, [0] * 400)
    assert list(calendar.places) == sorted(set(calendar.places))
    assert calendar.x(0) == LEFT, "the first column is the first one that is needed"
    ((letter, path),) = calendar.paths
    assert letter == "t"
    corners = squares(path, calendar.pitch - GAP)
    assert corners == [(calendar.x(index), calendar.y(index)) for index in range(400)]
    assert max(x for x, _ in corners) + calendar.pitch <= calendar.width
    assert max(y for _, y in corners) + calendar.pitch <= calendar.height


def test_days_are_weeks_by_weekdays() -> None:
    given_starts = starts(30, "day")
    calendar = calendar_of("day", given_starts, ["t"] * 30, None, [0] * 30)
    rows = [(calendar.y(index) - TOP) // calendar.pitch for index in range(30)]
    assert rows == [date.fromisoformat(each).weekday() for each in given_starts]
    assert [each.text for each in calendar.labels if each.x == 0] == ["Mon", "Wed", "Fri", "Sun"]


def test_hours_are_days_by_hours_also_when_the_clocks_change() -> None:
    """On 2026-11-01, an hour is repeated in New York: both lie in the same place."""
    given_starts = starts(60, "hour", zone="America/New_York", start=datetime(2026, 10, 31, 4, tzinfo=UTC))
    calendar = calendar_of("hour", given_starts, ["t"] * 60, None, [0] * 60)
    for index, start in enumerate(given_starts):
        assert (calendar.y(index) - TOP) // calendar.pitch == int(start[11:13])
    assert len(set(calendar.places)) == 59


def test_the_53rd_week_belongs_to_the_last_quarter() -> None:
    given_starts = starts(60, "week", start=datetime(2026, 6, 1, tzinfo=UTC))
    calendar = calendar_of("week", given_starts, ["t"] * 60, None, [0] * 60)
    assert date(2026, 12, 28).isocalendar().week == 53
    last = given_starts.index("2026-12-28")
    assert calendar.x(last) == calendar.x(last - 1) < calendar.x(last + 1)


@settings(deadline=None)
@given(st.text(alphabet=LETTERS, min_size=1, max_size=60))
def test_states_are_shapes_in_one_path_each_and_failed_ones_are_crossed(letters: str) -> None:
    calendar = calendar_of("day", starts(len(letters), "day"), list(letters), None, [0] * len(letters))  # type: ignore[arg-type]
    assert [letter for letter, _ in calendar.paths] == sorted(set(letters))
    assert calendar.marks.count("M") == sum(letters.count(each) for each in "fo")


@settings(deadline=None)
@given(st.lists(st.one_of(st.none(), st.integers(0, 10**9)), min_size=1, max_size=60))
def test_bars_are_as_high_as_their_rows_on_the_axis_of_the_calendar(rows: list[int | None]) -> None:
    calendar = calendar_of("day", starts(len(rows), "day"), ["t"] * len(rows), rows, [7] * len(rows))
    if not any(rows):
        assert calendar.bars is None
        return
    assert calendar.bars
    assert (calendar.bars.what, calendar.bars.most) == ("rows", f"{max(each or 0 for each in rows):,}")
    bars = [(float(x), float(height)) for x, height in re.findall(r"M([0-9.]+) [0-9]+v-([0-9.]+)", calendar.bars.d)]
    held = [index for index, each in enumerate(rows) if each]
    assert len(bars) == len(held)
    for (x, height), index in zip(bars, held, strict=True):
        assert calendar.x(index) <= x <= calendar.x(index) + calendar.pitch
        assert height == pytest.approx(max(34 * (rows[index] or 0) / max(each or 0 for each in rows), 0.5), abs=0.06)


def test_bytes_are_drawn_if_rows_are_unknown() -> None:
    calendar = calendar_of("day", starts(3, "day"), ["t"] * 3, None, [1000, 2500, 0])
    assert calendar.bars
    assert (calendar.bars.what, calendar.bars.most) == ("bytes", "2.5 KB")
