"""Tests of the runs of a backfill, as its state machine reads them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from partitioned_pipelines.cli.backfills.items import build_items, read_items
from partitioned_pipelines.operations.backfill.plan import BackfillPlan
from partitioned_pipelines.spec.derived.interval_rule import interval_rule
from partitioned_pipelines.spec.model.pipeline import Schedule

if TYPE_CHECKING:
    from partitioned_pipelines.spec import Pipeline, Project

MACHINE, SAGEMAKER = {"StateMachineArn": "arn:aws:states:::stateMachine:m"}, {"PipelineName": "p"}


@pytest.fixture
def pipeline(examples: Project) -> Pipeline:
    return examples.pipeline("flights")


@pytest.fixture
def plan(pipeline: Pipeline) -> BackfillPlan:
    calendar = interval_rule(pipeline).calendar
    day = calendar.containing(datetime(2026, 3, 2, 12, tzinfo=UTC))
    return BackfillPlan("flights", "all", (day, calendar.span(day.end, calendar.shift(day, 3).start)))


def test_a_state_machine_gets_the_input_of_an_execution(plan: BackfillPlan, pipeline: Pipeline) -> None:
    items = json.loads(build_items(plan, pipeline, MACHINE, local=False))
    assert [item["input"] for item in items] == [{"date": "2026-03-02"}, {"from": "2026-03-03", "to": "2026-03-05"}]
    assert [set(item) for item in items] == [{"name", "input"}] * 2


def test_a_sagemaker_pipeline_gets_parameters_and_how_often_to_look(plan: BackfillPlan, pipeline: Pipeline) -> None:
    first, second = json.loads(build_items(plan, pipeline, SAGEMAKER, local=False))
    assert first["input"] == [{"Name": "date", "Value": "2026-03-02"}]
    assert [one["Name"] for one in second["input"]] == ["from", "to"]
    assert first["poll_seconds"] == 120


def test_long_runs_are_polled_less_often(plan: BackfillPlan, pipeline: Pipeline) -> None:
    """An execution has 25,000 events at most, and a round nine."""
    step = pipeline.steps[0].model_copy(update={"timeout_minutes": 12960})
    long = pipeline.model_copy(update={"steps": (step, *pipeline.steps[1:])})
    (first, *_) = json.loads(build_items(plan, long, SAGEMAKER, local=False))
    assert first["poll_seconds"] == 300
    assert 25_000 / 9 * first["poll_seconds"] > 12960 * 60


@pytest.mark.parametrize("outputs", [MACHINE, SAGEMAKER])
def test_items_tell_their_intervals(plan: BackfillPlan, pipeline: Pipeline, outputs: dict[str, str]) -> None:
    text = build_items(plan, pipeline, outputs, local=True)
    assert read_items(text, pipeline) == dict(zip(plan.run_names(), plan.runs, strict=True))


def test_an_item_of_an_earlier_schedule_has_no_interval(plan: BackfillPlan, pipeline: Pipeline) -> None:
    """Its interval is no longer one of the pipeline's."""
    text = json.dumps([{"name": "a", "input": {"from": "2026-03-01T05:00:00Z", "to": "2026-03-01T06:00:00Z"}}])
    assert read_items(text, pipeline) == {}
    assert len(read_items(build_items(plan, pipeline, MACHINE, local=False), pipeline)) == 2


@pytest.mark.parametrize("outputs", [MACHINE, SAGEMAKER])
def test_the_hour_that_clocks_show_twice_is_two_runs(pipeline: Pipeline, outputs: dict[str, str]) -> None:
    schedule = Schedule(interval="hour", timezone="America/New_York")
    hourly = pipeline.model_copy(update={"schedule": schedule})
    calendar = interval_rule(hourly).calendar
    night = tuple(calendar.between(datetime(2026, 11, 1, 5, tzinfo=UTC), datetime(2026, 11, 1, 7, tzinfo=UTC)))
    plan = BackfillPlan("flights", "all", night)
    text = build_items(plan, hourly, outputs, local=False)
    assert "2026-11-01T01:00:00-04:00" in text
    assert "2026-11-01T01:00:00-05:00" in text
    assert read_items(text, hourly) == dict(zip(plan.run_names(), night, strict=True))
