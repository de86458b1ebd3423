"""Tests of which runs are reported: failures at powers of two, the first success after them, and no run of a backfill."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest

from partitioned_pipelines.runtime.notices.failures_in_a_row import is_told
from tests.runtime.notices.services import Run, StepFunctions, World, failing_history

NOTHING = {"plan": {"outcome": "missing_input", "run_id": "r"}}
DUPLICATE = {"plan": {"outcome": "duplicate", "run_id": "r"}}


def told(world: World, run: Run) -> tuple[str, int | None] | None:
    """Return the kind of the notice of a run's end, and the number of failures in it."""
    world.sfn.runs.append(run)
    if run.status not in ("RUNNING", "SUCCEEDED") and not run.history:
        run.history = failing_history()
    notice = world.end(run)
    return (notice.kind, notice.facts["failures_in_a_row"]) if notice else None


@pytest.fixture
def world() -> World:
    return World(StepFunctions([Run(0)]))


def test_72_failures_and_a_success_are_8_notices(world: World) -> None:
    found = [told(world, Run(number, "FAILED")) for number in range(1, 73)]
    assert [each for each in found if each] == [("failed", number) for number in (1, 2, 4, 8, 16, 32, 64)]
    assert told(world, Run(73)) == ("recovered", 72)
    assert told(world, Run(74)) is None, "once"
    assert told(world, Run(75, "FAILED")) == ("failed", 1), "and counts anew"


def test_a_row_of_more_than_a_week_of_hours_is_still_counted(world: World) -> None:
    world.sfn.runs += [Run(number, "FAILED", history=failing_history()) for number in range(1, 256)]
    assert told(world, Run(256, "FAILED")) == ("failed", 256)


def test_every_way_of_failing_counts(world: World) -> None:
    ways = ("FAILED", "TIMED_OUT", "ABORTED", "FAILED")
    found = [told(world, Run(number, status)) for number, status in enumerate(ways, start=1)]
    assert found == [("failed", 1), ("failed", 2), None, ("failed", 4)]


def test_the_first_run_of_a_pipeline() -> None:
    assert told(World(StepFunctions([])), Run(1, "FAILED")) == ("failed", 1)
    assert told(World(StepFunctions([])), Run(1)) is None


@pytest.mark.parametrize("output", [NOTHING, DUPLICATE])
def test_a_run_that_did_nothing_neither_recovers_nor_ends_a_row(world: World, output: dict[str, object]) -> None:
    assert told(world, Run(1, "FAILED")) == ("failed", 1)
    assert told(world, Run(2, output=output)) is None
    assert told(world, Run(3, "FAILED")) == ("failed", 2)
    assert told(world, Run(4, output=output)) is None
    assert told(world, Run(5)) == ("recovered", 2)


def test_runs_of_a_backfill_are_silent_and_count_for_nothing(world: World) -> None:
    assert told(world, Run(1, "FAILED")) == ("failed", 1)
    assert told(world, Run(2, "FAILED", name="bf-0a1b-2026-01-01")) is None
    assert told(world, Run(3, name="bf-0a1b-2026-01-02")) is None
    assert told(world, Run(4, "FAILED")) == ("failed", 2)
    assert told(world, Run(5)) == ("recovered", 2)


def test_a_run_that_has_not_ended_counts_for_nothing(world: World) -> None:
    world.sfn.runs.append(Run(1, "RUNNING"))
    assert told(world, Run(2, "FAILED")) == ("failed", 1)


def test_overlapping_runs_are_put_in_order_by_their_end(world: World) -> None:
    long, short = Run(1, "FAILED", minutes=3 * 24 * 60), Run(2)
    assert told(world, short) is None
    assert told(world, long) == ("failed", 1)
    assert told(world, Run(5)) == ("recovered", 1)


def redriven(run: Run, status: str) -> Run:
    """Return a run that failed, was retried and ended again a day later."""
    history = failing_history()
    failed_at = run.started + timedelta(minutes=run.minutes)
    for event in history:
        event["timestamp"] = failed_at
    number = len(history)
    history.append({"id": number + 1, "timestamp": failed_at, "type": "ExecutionRedriven"})
    if status == "FAILED":
        history.append(
            {"id": number + 2, "timestamp": failed_at, "type": "ExecutionFailed", "executionFailedEventDetails": {}}
        )
    return Run(run.number, status, history=history, minutes=run.minutes + 24 * 60, redrives=1)


def test_a_retry_that_succeeds_recovers_although_the_service_forgets_the_failure(world: World) -> None:
    assert told(world, redriven(Run(1, "FAILED"), "SUCCEEDED")) == ("recovered", 1)


def test_a_retry_that_succeeds_after_a_later_run_has_recovered_is_silent(world: World) -> None:
    later = Run(1, minutes=30)
    later.name = "later"
    world.sfn.runs.append(later)
    assert told(world, redriven(Run(1, "FAILED"), "SUCCEEDED")) is None


def test_a_retry_that_fails_is_the_second_failure(world: World) -> None:
    assert told(world, redriven(Run(1, "FAILED"), "FAILED")) == ("failed", 2)


def test_a_success_among_unknown_runs_is_silent_and_a_failure_is_told_without_a_number(world: World) -> None:
    world.sfn.refuses = {"list_executions"}
    assert told(world, Run(1)) is None
    assert told(world, Run(2, "FAILED")) == ("failed", None)


def test_a_success_whose_outcome_is_unknown_ends_a_row(world: World) -> None:
    world.sfn.refuses = {"outcome"}
    assert told(world, Run(1, "FAILED")) == ("failed", 1)


@pytest.mark.parametrize("ends", list(itertools.product(("SUCCEEDED", "FAILED"), repeat=6)), ids="-".join)
def test_the_list_of_executions_gives_what_counting_gives(ends: tuple[str, ...]) -> None:
    world, row = World(StepFunctions([])), 0
    for number, status in enumerate(ends):
        expected: tuple[str, int] | None
        if status == "FAILED":
            row += 1
            expected = ("failed", row) if row in (1, 2, 4) else None
        else:
            expected, row = (("recovered", row) if row else None), 0
        assert told(world, Run(number, status)) == expected


def test_powers_of_two() -> None:
    assert [number for number in range(1, 1025) if is_told(number)] == [2**power for power in range(11)]
