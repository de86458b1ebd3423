"""Tests of chunks: intervals in a row as one run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from partitioned_pipelines.lake.intervals.cadence import Cadence
from partitioned_pipelines.lake.intervals.calendar import Calendar
from partitioned_pipelines.lake.intervals.clock import Clock
from partitioned_pipelines.operations.backfill.chunks import Chunk, InvalidChunkError

if TYPE_CHECKING:
    from partitioned_pipelines.lake.intervals.interval import Interval


def intervals(cadence: str, zone: str, start: str, end: str) -> list[Interval]:
    calendar = Calendar(Cadence.parse(cadence), Clock(zone))
    first, after = (datetime.fromisoformat(text).astimezone(UTC) for text in (start, end))
    return list(calendar.between(first, after))


def joined(text: str, given: list[Interval]) -> list[str]:
    return [str(run) for run in Chunk.parse(text).join(given)]


def test_a_month_in_chunks_of_ten_days() -> None:
    march = intervals("day", "UTC", "2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z")
    assert joined("10d", march) == [
        "2026-03-01 to 2026-03-11",
        "2026-03-11 to 2026-03-21",
        "2026-03-21 to 2026-03-31",
        "2026-03-31",
    ]


def test_what_is_left_out_ends_a_chunk() -> None:
    march = intervals("day", "UTC", "2026-03-01T00:00:00Z", "2026-03-08T00:00:00Z")
    assert joined("30d", [*march[:2], *march[3:]]) == ["2026-03-01 to 2026-03-03", "2026-03-04 to 2026-03-08"]


@pytest.mark.parametrize(("start", "end"), [("2026-03-07", "2026-03-10"), ("2026-10-31", "2026-11-03")])
def test_days_are_counted_on_the_calendar(start: str, end: str) -> None:
    """A day of 23 or 25 hours is one of three days."""
    zone = Clock("America/New_York")
    first, after = (datetime.fromisoformat(day).replace(tzinfo=zone.zone).isoformat() for day in (start, end))
    assert joined("3d", intervals("day", "America/New_York", first, after)) == [f"{start} to {end}"]
    assert len(joined("2d", intervals("day", "America/New_York", first, after))) == 2


def test_hours_are_counted_in_elapsed_time() -> None:
    night = intervals("hour", "America/New_York", "2026-11-01T00:00:00-04:00", "2026-11-01T03:00:00-05:00")
    assert len(night) == 4
    runs = list(Chunk.parse("2h").join(night))
    assert [run.end - run.start for run in runs] == [timedelta(hours=2)] * 2
    assert (runs[0].start, runs[-1].end) == (night[0].start, night[-1].end)


def test_a_chunk_that_is_shorter_than_an_interval_is_refused() -> None:
    weeks = intervals("week", "UTC", "2026-03-02T00:00:00Z", "2026-03-16T00:00:00Z")
    with pytest.raises(InvalidChunkError, match="6d is shorter than one interval, 2026-03-02 to 2026-03-09 \\(week\\)"):
        joined("6d", weeks)
    assert joined("1w", weeks) == ["2026-03-02 to 2026-03-09", "2026-03-09 to 2026-03-16"]


@pytest.mark.parametrize("text", ["", "30", "d", "1.5d", "-1d", "30 d", "30m", "99999d"])
def test_invalid_lengths(text: str) -> None:
    with pytest.raises(InvalidChunkError, match="invalid duration"):
        Chunk.parse(text)


def test_a_chunk_of_no_time() -> None:
    with pytest.raises(InvalidChunkError, match="a chunk of 0d holds no interval: use hours, days or weeks"):
        Chunk.parse("0d")
