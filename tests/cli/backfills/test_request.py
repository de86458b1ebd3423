"""Tests of the plan that options ask for: the calendar, what is too early, order, chunks and concurrency."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

import partitioned_pipelines.cli.backfills.request as request_module
from partitioned_pipelines.cli.backfills.request import (
    Asked,
    allowed_concurrency,
    plan_backfill,
    refuse_beside_open_runs,
)
from partitioned_pipelines.cli.errors import CommandError
from partitioned_pipelines.cli.runs.intervals.interval_options import asked_interval
from partitioned_pipelines.operations.backfill.chunks import Chunk
from partitioned_pipelines.spec.derived.interval_rule import interval_rule
from partitioned_pipelines.spec.model.pipeline import Schedule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from partitioned_pipelines.cli.backfills.machine import BackfillMachine
    from partitioned_pipelines.lake.intervals.interval import Interval
    from partitioned_pipelines.operations.backfill.selection import Mode
    from partitioned_pipelines.runtime.intervals.interval_state import StateName
    from partitioned_pipelines.spec import Pipeline, Project

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
WEEKDAYS = Schedule(cron="0 6 ? * MON-FRI *", timezone="Asia/Tokyo", interval="day", offset=0)
EVERY_DAY = Schedule(cron="0 6 * * ? *", timezone="Asia/Tokyo", interval="day", offset=-1)


@pytest.fixture
def pipeline(examples: Project) -> Pipeline:
    """A pipeline without placeholders, whose table is versioned."""
    flights = examples.pipeline("flights")
    steps = tuple(step.model_copy(update={"inputs": {}, "arguments": ()}) for step in flights.steps)
    return flights.model_copy(update={"schedule": EVERY_DAY, "steps": steps})


@pytest.fixture(autouse=True)
def nothing_runs(monkeypatch: pytest.MonkeyPatch) -> dict[Interval, str]:
    """Return what runs at the time of the plan, for a test to fill."""
    busy: dict[Interval, str] = {}
    monkeypatch.setattr(request_module, "busy_intervals", lambda _machine: busy)
    return busy


def ask(pipeline: Pipeline, start: str, end: str, mode: Mode = "all", **more: Any) -> Asked:
    span = asked_interval(interval_rule(pipeline).calendar, start=start, end=end)
    assert span is not None
    return Asked(span, mode, **more)


def planned(
    pipeline: Pipeline, asked: Asked, state: StateName = "never_started"
) -> tuple[list[str], dict[str, list[str]]]:
    """Return the runs and what is left out by reason; every interval has the same state."""

    def judge(intervals: Sequence[Interval]) -> dict[Interval, str]:
        assert asked.mode != "all", "states need many calls"
        return dict.fromkeys(intervals, state)

    machine = cast("BackfillMachine", SimpleNamespace(pipeline=pipeline))
    found = plan_backfill(machine, asked, judge, NOW)
    left = {reason: list(map(str, days)) for reason, days in found.selection.left_out.items()}
    return list(map(str, found.plan.runs)), left


def test_a_schedule_on_weekdays_names_no_weekend(pipeline: Pipeline) -> None:
    weekdays = pipeline.model_copy(update={"schedule": WEEKDAYS})
    runs, left = planned(weekdays, ask(weekdays, "2026-03-05", "2026-03-10"))
    assert runs == ["2026-03-05", "2026-03-06", "2026-03-09"]
    assert left == {"never scheduled": ["2026-03-07", "2026-03-08"]}
    every, none = planned(weekdays, ask(weekdays, "2026-03-05", "2026-03-10", every_interval=True))
    assert (len(every), none) == (5, {})


def test_without_a_cron_every_interval_is_run(pipeline: Pipeline) -> None:
    by_hand = pipeline.model_copy(update={"schedule": Schedule(interval="week", timezone="Asia/Tokyo")})
    runs, left = planned(by_hand, ask(by_hand, "2026-W09", "2026-W12"))
    assert runs == ["2026-02-23 to 2026-03-02", "2026-03-02 to 2026-03-09", "2026-03-09 to 2026-03-16"]
    assert left == {}


def test_what_the_schedule_will_come_to_is_not_missing(pipeline: Pipeline) -> None:
    """At 21:00 on the 20th in Tokyo, the run about the 19th was due, and that about the 20th is not."""
    runs, left = planned(pipeline, ask(pipeline, "2026-03-18", "2026-03-23", "missing"))
    assert runs == ["2026-03-18", "2026-03-19"]
    assert left == {"not due yet": ["2026-03-20"], "in the future": ["2026-03-21", "2026-03-22"]}
    runs, left = planned(pipeline, ask(pipeline, "2026-03-18", "2026-03-23", "all"))
    assert (runs[-1], list(left)) == ("2026-03-20", ["in the future"])


def test_states_decide_what_is_missing(pipeline: Pipeline) -> None:
    asked = ask(pipeline, "2026-03-01", "2026-03-03", "missing")
    assert planned(pipeline, asked, "published") == ([], {"published": ["2026-03-01", "2026-03-02"]})
    assert planned(pipeline, asked, "failed")[0] == ["2026-03-01", "2026-03-02"]
    failed = ask(pipeline, "2026-03-01", "2026-03-03", "failed")
    assert planned(pipeline, failed, "never_started") == ([], {"never started": ["2026-03-01", "2026-03-02"]})


def test_what_runs_is_left_out(pipeline: Pipeline, nothing_runs: dict[Interval, str]) -> None:
    asked = ask(pipeline, "2026-03-01", "2026-03-04", "missing")
    nothing_runs[interval_rule(pipeline).calendar.containing(asked.span.start)] = "running"
    runs, left = planned(pipeline, asked)
    assert (runs, left) == (["2026-03-02", "2026-03-03"], {"running": ["2026-03-01"]})


def test_the_newest_first_is_the_same_work_under_another_id(pipeline: Pipeline) -> None:
    asked = ask(pipeline, "2026-03-01", "2026-03-04")
    newest = ask(pipeline, "2026-03-01", "2026-03-04", newest_first=True)
    assert planned(pipeline, newest)[0] == planned(pipeline, asked)[0][::-1]
    assert (asked.record["order"], newest.record["order"]) == ("oldest first", "newest first")


def test_chunks_are_runs_of_several_days(pipeline: Pipeline) -> None:
    asked = ask(pipeline, "2026-02-27", "2026-03-04", chunk=Chunk.parse("2d"))
    assert planned(pipeline, asked)[0] == ["2026-02-27 to 2026-03-01", "2026-03-01 to 2026-03-03", "2026-03-03"]


def test_a_chunk_for_a_script_of_one_day_is_refused(examples: Project) -> None:
    feature_table = examples.pipeline("feature_table")
    asked = ask(feature_table, "2026-02-27", "2026-03-04", chunk=Chunk.parse("2d"))
    with pytest.raises(CommandError, match="is more than one day") as refused:
        planned(feature_table, asked)
    assert refused.value.remedy == "leave out --chunk"
    asked = ask(feature_table, "2026-02-27", "2026-03-04", chunk=Chunk.parse("12h"))
    with pytest.raises(CommandError, match="--chunk: 12h is shorter than one interval"):
        planned(feature_table, asked)


@pytest.mark.parametrize(("asked", "given"), [(None, 4), (1, 1), (100, 100)])
def test_concurrency(pipeline: Pipeline, asked: int | None, given: int) -> None:
    assert allowed_concurrency(pipeline, asked) == given


def test_runs_that_disturb_each_other_take_turns(pipeline: Pipeline, examples: Project) -> None:
    in_place = examples.pipeline("feature_table")
    assert in_place.tables[0].layout == "in_place"
    reads_itself = pipeline.model_copy(update={"read_tables": {"analytics.flights": pipeline.tables[0]}})
    for one_by_one in (in_place, reads_itself):
        assert allowed_concurrency(one_by_one, None) == allowed_concurrency(one_by_one, 1) == 1
        with pytest.raises(CommandError, match="--max-concurrency 2: ") as refused:
            allowed_concurrency(one_by_one, 2)
        assert refused.value.remedy == "use --max-concurrency 1"


def test_a_table_in_place_is_not_written_beside_another_run(
    pipeline: Pipeline, examples: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[Any] = [SimpleNamespace(name="by-hand")]
    monkeypatch.setattr(request_module, "open_executions", lambda *_arguments: runs)
    backfills: list[Any] = []

    def machine_of(of: Pipeline) -> BackfillMachine:
        return cast("BackfillMachine", SimpleNamespace(pipeline=of, cloud=None, outputs={}, running=lambda: backfills))

    refuse_beside_open_runs(machine_of(pipeline))
    in_place = machine_of(examples.pipeline("feature_table"))
    with pytest.raises(CommandError, match="is written in place, and by-hand is still running"):
        refuse_beside_open_runs(in_place)
    runs.clear()
    refuse_beside_open_runs(in_place)
    backfills.append(SimpleNamespace(name="bf-0123456789"))
    with pytest.raises(CommandError, match="bf-0123456789 is still running"):
        refuse_beside_open_runs(in_place)
