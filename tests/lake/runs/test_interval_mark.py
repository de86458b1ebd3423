"""The names of interval marks, and the keys that make marks unnecessary."""

from __future__ import annotations

import fnmatch
from datetime import UTC, datetime
from typing import get_args

import pytest

from partitioned_pipelines.lake.intervals.cadence import Cadence
from partitioned_pipelines.lake.partitions.extent import fit_in
from partitioned_pipelines.lake.runs.interval_mark import SKIPPED_NAMES, IntervalMark, MarkedOutcome, span_text

START, END = datetime(2026, 11, 1, 5, tzinfo=UTC), datetime(2026, 11, 1, 6, tzinfo=UTC)
RUN = "20261101T060512Z-1a2b3c4d"


@pytest.mark.parametrize("outcome", get_args(MarkedOutcome))
def test_a_name_says_all(outcome: MarkedOutcome) -> None:
    mark = IntervalMark(START, END, outcome, RUN)
    assert mark.name == f"20261101T050000Z-20261101T060000Z.{outcome}.{RUN}"
    assert IntervalMark.parse(mark.name) == mark
    assert IntervalMark.of_span(span_text(START, END), outcome, RUN) == mark
    assert fnmatch.fnmatchcase(mark.name, SKIPPED_NAMES) is (outcome == "skipped")


@pytest.mark.parametrize(
    "name",
    [
        "",
        f"20261101T050000Z.published.{RUN}",
        f"20261101T050000Z-20261101T060000Z.lost.{RUN}",
        f"20261101T050000Z-20261101T060000Z.published.{RUN}.json",
        "20261101T050000Z-20261101T060000Z.published.r1",
        f"20261101T050000Z-20261101T050000Z.published.{RUN}",
        f"20261101T060000Z-20261101T050000Z.published.{RUN}",
        f"20261131T050000Z-20261201T050000Z.published.{RUN}",
    ],
)
def test_other_names_are_no_marks(name: str) -> None:
    assert IntervalMark.parse(name) is None


def test_an_invalid_interval_is_refused() -> None:
    with pytest.raises(ValueError, match="not an interval and a run id"):
        IntervalMark.of_span("2026-11-01", "published", RUN)


@pytest.mark.parametrize(
    ("keys", "fitting"),
    [
        ("%Y-%m-%d %H%M", "15 minutes,hour,6 hours,day,week,month"),
        ("%Y-%m-%d %H", "hour,6 hours,day,week,month"),
        ("%Y-%m-%d", "day,week,month"),
        ("%G-W%V", "week"),
        ("%Y %m", "month"),
        ("%Y", ""),
        ("%H", ""),
        ("", ""),
    ],
)
def test_keys_that_are_at_most_one_interval_long(keys: str, fitting: str) -> None:
    cadences = ("15 minutes", "hour", "6 hours", "day", "week", "month")
    formats = [("string", key) for key in keys.split()] + [("string", None)]
    assert ",".join(each for each in cadences if fit_in(formats, Cadence.parse(each))) == fitting
