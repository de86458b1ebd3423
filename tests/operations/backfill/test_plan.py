"""Tests of a backfill's plan: the same id for the same plan, and names that both services accept."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from partitioned_pipelines.lake.intervals.cadence import Cadence
from partitioned_pipelines.lake.intervals.calendar import Calendar
from partitioned_pipelines.lake.intervals.clock import Clock
from partitioned_pipelines.lake.key_layout import backfill_items_key, backfill_plan_key, backfills_prefix
from partitioned_pipelines.operations.backfill.plan import BackfillPlan

TOKYO = Calendar(Cadence.parse("day"), Clock("Asia/Tokyo"))
MARCH = tuple(TOKYO.between(datetime(2026, 2, 28, 15, tzinfo=UTC), datetime(2026, 3, 31, 15, tzinfo=UTC)))
PLAN = BackfillPlan("features", "missing", MARCH)
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StartPipelineExecution.html
DISPLAY_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,81}")


def test_the_same_plan_has_the_same_id_in_another_process() -> None:
    assert PLAN.id == replace(PLAN).id == "b82eee4daa"
    assert PLAN.name == "bf-b82eee4daa"


@pytest.mark.parametrize(
    "changes",
    [
        {"pipeline": "flights"},
        {"mode": "all"},
        {"runs": MARCH[:-1]},
        {"runs": tuple(reversed(MARCH))},
        {"runs": (replace(MARCH[0], end=MARCH[1].end), *MARCH[2:])},
        {"attempt": 1},
    ],
)
def test_another_plan_has_another_id(changes: dict[str, object]) -> None:
    assert replace(PLAN, **changes).id != PLAN.id  # type: ignore[arg-type]  # one field each


def test_days_have_their_date_in_the_name() -> None:
    names = PLAN.run_names()
    assert (names[0], names[-1]) == (f"{PLAN.name}-2026-03-01", f"{PLAN.name}-2026-03-31")


def test_two_hours_of_the_same_local_time_have_two_names() -> None:
    new_york = Calendar(Cadence.parse("hour"), Clock("America/New_York"))
    night = tuple(new_york.between(datetime(2026, 11, 1, 4, tzinfo=UTC), datetime(2026, 11, 1, 8, tzinfo=UTC)))
    names = BackfillPlan("features", "all", night).run_names()
    assert [name.rpartition("-")[2] for name in names] == [f"20261101T0{hour}0000Z" for hour in (4, 5, 6, 7)]


@pytest.mark.parametrize("cadence", ["15 minutes", "hour", "6 hours", "day", "week", "month"])
def test_names_are_valid_for_both_services(cadence: str) -> None:
    calendar = Calendar(Cadence.parse(cadence), Clock("Asia/Kathmandu"))
    plan = BackfillPlan("f" * 40, "missing", (calendar.containing(datetime(2026, 3, 1, 12, 7, tzinfo=UTC)),))
    for name in (plan.name, *plan.run_names()):
        assert DISPLAY_NAME.fullmatch(name)
        assert len(name) <= 80


def test_the_next_attempt_changes_all_names() -> None:
    first, second = PLAN, PLAN.next_attempt()
    assert set(first.run_names()).isdisjoint(second.run_names())
    assert first.runs == second.runs


def test_objects_are_below_the_prefix_that_the_machine_may_read() -> None:
    keys = [backfill_items_key("features", PLAN.id), backfill_plan_key("features", PLAN.id)]
    assert keys == [f"backfills/features/{PLAN.id}/items.json", f"backfills/features/{PLAN.id}/plan.json"]
    assert all(key.startswith(backfills_prefix("features")) for key in keys)
