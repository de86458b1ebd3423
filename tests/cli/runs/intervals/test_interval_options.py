"""Tests of --date, --at, --from and --to: the oracle's spellings, and the errors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from partitioned_pipelines.cli.errors import CommandError
from partitioned_pipelines.cli.runs.intervals.interval_options import asked_interval
from partitioned_pipelines.lake.intervals.cadence import Cadence
from partitioned_pipelines.lake.intervals.calendar import Calendar
from partitioned_pipelines.lake.intervals.clock import Clock

if TYPE_CHECKING:
    from partitioned_pipelines.lake.intervals.interval import Interval

DOCUMENT = json.loads((Path(__file__).parents[3] / "lake/intervals/intervals.json").read_text())
OPTIONS = {"date": "on", "at": "at", "from": "start", "to": "end"}
SAYS = {
    "not a boundary": "the nearest are",
    "empty": "must be after --from",
    "--at is for intervals finer than a day": "--at is for intervals finer than a day",
    "--date is not a time": "is a time",
    "--at is a time": "is not a time",
    "twice": "occurs twice",
    "no such time": "does not exist",
    "no such day": "does not exist",
}


def asked(given: dict[str, str], interval: str, timezone: str) -> Interval:
    calendar = Calendar(Cadence.parse(interval), Clock(timezone))
    found = asked_interval(calendar, **{OPTIONS[name]: text for name, text in given.items()})
    assert found is not None
    return found


@pytest.mark.parametrize("case", DOCUMENT["spellings"], ids=lambda case: str(case["id"]))
def test_a_spelling(case: dict[str, Any]) -> None:
    if refused := case.get("refused"):
        with pytest.raises(CommandError) as caught:
            asked(case["given"], case["interval"], case["timezone"])
        assert SAYS[refused] in str(caught.value)
        return
    interval = asked(case["given"], case["interval"], case["timezone"])
    assert interval.execution_input == case["input"]
    calendar = Calendar(interval.cadence, interval.clock)
    assert len(list(calendar.between(interval.start, interval.end))) == case["intervals"]


@pytest.mark.parametrize(
    ("given", "interval", "says"),
    [
        ({"date": "2026-03-01", "from": "2026-03-01", "to": "2026-03-02"}, "day", ["--date", "mutually exclusive"]),
        ({"date": "2026-03-01", "at": "2026-03-01T05"}, "hour", ["--date and --at", "mutually exclusive"]),
        ({"from": "2026-03-01"}, "day", ["--to is missing"]),
        ({"to": "2026-03-01"}, "day", ["--from is missing"]),
        ({"date": "2026-13"}, "month", ["'2026-13' does not exist"]),
        ({"date": "2025-W53"}, "week", ["'2025-W53' does not exist"]),
        ({"date": "1.3.2026"}, "day", ["invalid date '1.3.2026'"]),
        ({"date": "２０２６-03-01"}, "day", ["invalid date"]),
        ({"date": "9999-12-31"}, "day", ["outside the years"]),
        ({"at": "5am"}, "hour", ["invalid time '5am'"]),
        ({"at": "2026-03-01T25"}, "hour", ["does not exist"]),
        ({"at": "2026-11-01T01"}, "hour", ["2026-11-01T01:00:00-04:00 or 2026-11-01T01:00:00-05:00"]),
        ({"at": "2026-11-02T05:07"}, "hour", ["2026-11-02T05:00:00-05:00", "2026-11-02T06:00:00-05:00"]),
        ({"date": "2026-03-04"}, "week", ["2026-03-02 and 2026-03-09"]),
    ],
)
def test_what_is_refused_and_why(given: dict[str, str], interval: str, says: list[str]) -> None:
    with pytest.raises(CommandError) as caught:
        asked(given, interval, "America/New_York")
    shown = f"{caught.value} {caught.value.remedy}"
    assert all(one in shown for one in says), shown
