"""The states of a run on an axis: waiting before work, what runs reaches to the present, and long pauses are cut out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from partitioned_pipelines.operations.lake_state.documents.run import RunState
from partitioned_pipelines.page.gantt import WIDTH, gantt_of

BEGUN = datetime(2026, 3, 1, 6, tzinfo=UTC)


def state(
    name: str, at: float, waited: float | None, worked: float | None, status: str = "succeeded", attempt: int = 1
) -> RunState:
    return RunState(name, attempt, BEGUN + timedelta(seconds=at), waited, worked, status, None)  # type: ignore[arg-type]


def test_waiting_comes_before_work_and_both_are_to_scale() -> None:
    gantt = gantt_of([state("a", 0, 60, 40), state("b", 100, None, 100)], BEGUN, BEGUN)
    first, second = gantt.bars
    assert first.waiting == (0, WIDTH * 0.3)
    assert first.working == (WIDTH * 0.3, WIDTH * 0.2)
    assert second.waiting is None
    assert second.working == (WIDTH * 0.5, WIDTH * 0.5)
    assert (first.since, first.took, first.waited) == ("+0 s", "1 min 40 s", "1 min")
    assert [(tick.x, tick.text) for tick in gantt.ticks] == [
        (0, "0 min"),
        (300, "1 min"),
        (600, "2 min"),
        (900, "3 min"),
    ]
    assert gantt.cuts == ()


def test_attempts_have_rows_of_their_own_and_states_that_have_not_begun_too() -> None:
    states = [state("a", 0, 1, 9, "failed"), state("a", 12, 1, 9, "failed", attempt=2)]
    gantt = gantt_of(states, BEGUN, BEGUN, ["a", "b"])
    assert [(bar.name, bar.attempt, bar.kind) for bar in gantt.bars] == [
        ("a", 1, "failed"),
        ("a", 2, "failed"),
        ("b", 1, ""),
    ]
    assert gantt.bars[-1].took == "not begun"
    assert gantt.bars[-1].working is None


def test_what_runs_reaches_to_the_present() -> None:
    gantt = gantt_of([state("a", 0, 0, 50), state("b", 50, 10, None, "running")], BEGUN, BEGUN + timedelta(seconds=200))
    (_, running) = gantt.bars
    assert running.took == "runs"
    assert running.waiting == (250, 50)
    assert running.working == (300, 700)


def test_a_pause_before_a_redrive_is_cut_and_its_length_is_said() -> None:
    states = [state("a", 0, 0, 100, "failed"), state("a", 100 + 36_000, 0, 100, attempt=2)]
    gantt = gantt_of(states, BEGUN, BEGUN)
    (cut,) = gantt.cuts
    assert cut.text == "10 h 00 min"
    first, second = gantt.bars
    assert first.working
    assert second.working
    assert first.working[1] == second.working[1] > WIDTH * 0.4
    assert first.working[0] + first.working[1] < cut.x < second.working[0]


def test_a_pause_of_three_times_the_rest_is_not_cut() -> None:
    states = [state("a", 0, 0, 100, "failed"), state("a", 100 + 600, 0, 100, attempt=2)]
    assert gantt_of(states, BEGUN, BEGUN).cuts == ()


def test_a_run_without_a_history_has_no_axis() -> None:
    assert gantt_of([], BEGUN, BEGUN).ticks == ()
