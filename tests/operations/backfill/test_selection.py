"""Tests of which intervals a backfill runs, and why it leaves out the others."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from partitioned_pipelines.lake.intervals.cadence import Cadence
from partitioned_pipelines.lake.intervals.calendar import Calendar
from partitioned_pipelines.lake.intervals.clock import Clock
from partitioned_pipelines.operations.backfill.selection import OUTDATED, UP_TO_DATE, Mode, select_intervals
from partitioned_pipelines.runtime.intervals.interval_state import ORDER

if TYPE_CHECKING:
    from partitioned_pipelines.lake.intervals.interval import Interval

CALENDAR = Calendar(Cadence.parse("day"), Clock("UTC"))
DAYS = list(CALENDAR.between(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 1 + len(ORDER), tzinfo=UTC)))
STATES = dict(zip(DAYS, ORDER, strict=True))


@pytest.mark.parametrize(
    ("mode", "taken"),
    [("missing", {"skipped", "lost", "failed", "never_started"}), ("failed", {"failed"}), ("all", set(ORDER))],
)
def test_a_mode_takes_states(mode: Mode, taken: set[str]) -> None:
    judged: dict[Interval, str] = {} if mode == "all" else dict(STATES)
    selection = select_intervals(DAYS, mode, scheduled=set(DAYS), busy={}, judged=judged)
    assert {STATES[day] for day in selection.chosen} == taken
    left = {reason.replace(" ", "_"): days for reason, days in selection.left_out.items()}
    assert left == {STATES[day]: (day,) for day in DAYS if STATES[day] not in taken}


def test_what_runs_is_left_out_of_every_mode() -> None:
    busy: dict[Interval, str] = {DAYS[0]: "running", DAYS[1]: "in the running backfill bf-1"}
    selection = select_intervals(DAYS, "all", scheduled=set(DAYS), busy=busy, judged={})
    assert selection.chosen == tuple(DAYS[2:])
    assert selection.left_out == {"running": (DAYS[0],), "in the running backfill bf-1": (DAYS[1],)}


def test_what_is_not_scheduled_needs_no_state() -> None:
    selection = select_intervals(DAYS, "missing", scheduled={DAYS[-1]}, busy={}, judged={DAYS[-1]: "never_started"})
    assert selection.chosen == (DAYS[-1],)
    assert selection.left_out == {"never scheduled": tuple(DAYS[:-1])}


def test_what_is_outdated_is_taken_by_its_own_mode() -> None:
    judged = {DAYS[0]: OUTDATED, DAYS[1]: UP_TO_DATE}
    selection = select_intervals(DAYS[:2], "outdated", scheduled=set(DAYS), busy={}, judged=judged)
    assert (selection.chosen, selection.left_out) == ((DAYS[0],), {"up to date": (DAYS[1],)})
