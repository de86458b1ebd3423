"""Tests of the lake's dashboards by the template."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.synthesized.synthesis import Synthesis

MACHINE = "arn:aws:states:ap-northeast-1:123456789012:stateMachine:pipelines-"


@pytest.fixture(scope="module")
def widgets(repository: Synthesis) -> list[dict[str, Any]]:
    return widgets_of(repository)


def widgets_of(synthesis: Synthesis) -> list[dict[str, Any]]:
    dashboard = synthesis.resolved_lake().only("AWS::CloudWatch::Dashboard")
    found: list[dict[str, Any]] = json.loads(dashboard["DashboardBody"])["widgets"]
    return found


def metrics(widgets: list[dict[str, Any]], title: str) -> list[list[Any]]:
    (found,) = (each["properties"]["metrics"] for each in widgets if each["properties"].get("title") == title)
    return list(found)


def test_nine_widgets_say_what_is_shown(widgets: list[dict[str, Any]]) -> None:
    assert [(each["type"], each["properties"].get("title")) for each in widgets] == [
        ("text", None),
        ("alarm", "Alarms"),
        ("metric", "Runs a day"),
        ("metric", "Failed runs a day, by pipeline"),
        ("metric", "Longest run (ms), by pipeline"),
        ("metric", "Scheduled starts that were not delivered, by pipeline"),
        ("log", "Instance-hours of jobs a day"),
        ("log", "Last published, by table"),
        ("log", "Warnings and errors of the functions, the last 20"),
    ]


def test_it_is_one_string(repository: Synthesis) -> None:
    """As a list of parts, the dashboards of 500 pipelines would be larger than the 1 MB of a template."""
    (dashboard,) = (
        each["Properties"]
        for each in repository.template(repository.lake)["Resources"].values()
        if each["Type"] == "AWS::CloudWatch::Dashboard"
    )
    assert set(dashboard["DashboardBody"]) == {"Fn::Sub"}


def test_the_introduction_names_the_topic_and_the_commands(widgets: list[dict[str, Any]]) -> None:
    text = widgets[0]["properties"]["markdown"]
    for words in (
        "pipelines-notices",
        "`pipelines status`",
        "`pipelines retry NAME`",
        "docs/how-to/operating.md",
    ):
        assert words in text


def test_both_alarms_are_shown(widgets: list[dict[str, Any]]) -> None:
    alarm = "arn:aws:cloudwatch:ap-northeast-1:123456789012:alarm:pipelines-"
    assert widgets[1]["properties"]["alarms"] == [f"{alarm}undelivered", f"{alarm}watch-silent"]


def test_runs_are_summed_by_how_they_ended(widgets: list[dict[str, Any]]) -> None:
    found = metrics(widgets, "Runs a day")
    assert [each[0]["label"] for each in found if len(each) == 1] == ["succeeded", "failed", "timed out", "aborted"]
    summed = {each[0]["expression"] for each in found if len(each) == 1}
    assert summed == {f"SUM(METRICS('{word}'))" for word in ("succeeded", "failed", "timedout", "aborted")}
    hidden = [each for each in found if len(each) > 1]
    assert [(each[1], each[3], each[4]["id"]) for each in hidden[:2]] == [
        ("ExecutionsSucceeded", f"{MACHINE}feature-table", "succeeded0"),
        ("ExecutionsSucceeded", f"{MACHINE}flights", "succeeded1"),
    ]
    assert all(each[4]["visible"] is False for each in hidden)
    assert len({each[-1]["id"] for each in found}) == len(found)


def test_failures_and_durations_are_shown_by_pipeline(widgets: list[dict[str, Any]]) -> None:
    failed = metrics(widgets, "Failed runs a day, by pipeline")
    assert [(each[0], each[1], each[4]["label"]) for each in failed] == [
        ("AWS/States", "ExecutionsFailed", "feature_table"),
        ("AWS/States", "ExecutionsFailed", "flights"),
    ]
    longest = metrics(widgets, "Longest run (ms), by pipeline")
    assert {(each[1], each[4]["stat"]) for each in longest} == {("ExecutionTime", "Maximum")}


def test_schedules_are_shown_by_their_groups(widgets: list[dict[str, Any]]) -> None:
    found = metrics(widgets, "Scheduled starts that were not delivered, by pipeline")
    assert [(each[1], each[2], each[3]) for each in found] == [
        ("InvocationDroppedCount", "ScheduleGroup", group)
        for group in ("pipelines-feature-table", "pipelines-flights", "pipelines-data-lake")
    ]


def test_schedules_of_deadlines_are_shown_too(waiting: Synthesis) -> None:
    found = metrics(widgets_of(waiting), "Scheduled starts that were not delivered, by pipeline")
    waits = {one.name for one in waiting.project.pipelines if one.schedule and one.schedule.when}
    assert waits
    assert waits <= {each[4]["label"] for each in found}


def test_queries_read_the_functions_logs_of_this_deployment_alone(widgets: list[dict[str, Any]]) -> None:
    queries = [each["properties"]["query"] for each in widgets if each["type"] == "log"]
    assert all(query.startswith("SOURCE logGroups(namePrefix: ['pipelines-']) | filter ") for query in queries)
    hours, published, errors = queries
    assert "sum(instance_seconds) / 3600" in hours
    assert "message = 'registered'" in published
    assert "by pipeline, table" in published
    assert errors.endswith("limit 20")


def test_a_sagemaker_pipeline_is_shown_by_its_own_metrics(every_option: Synthesis) -> None:
    by_sagemaker = [one.name for one in every_option.project.pipelines if one.orchestrator == "sagemaker_pipelines"]
    failed = metrics(widgets_of(every_option), "Failed runs a day, by pipeline")
    shown = {each[4]["label"]: each[0] for each in failed}
    assert set(shown) == {one.name for one in every_option.project.pipelines}
    assert {name for name, space in shown.items() if space == "AWS/Sagemaker/ModelBuildingPipeline"} == set(
        by_sagemaker
    )
