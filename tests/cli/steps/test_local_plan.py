"""Tests that ``step`` and ``run --input`` assume what PlanRun decides, for every shipped pipeline and input."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from partitioned_pipelines.cli.errors import CommandError
from partitioned_pipelines.cli.steps.local_plan import LocalPlan
from partitioned_pipelines.lake.schedule.interval_rule import schedule_rule
from partitioned_pipelines.runtime.planning.planning import plan_run
from partitioned_pipelines.spec import load_project, plan_run_spec
from tests.end_to_end.deployment import PROJECTS, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from partitioned_pipelines.spec.model.pipeline import Pipeline

PIPELINES = {
    pipeline.name: pipeline for root in (ROOT, PROJECTS / "outside") for pipeline in load_project(root).pipelines
}
EXTRAS = """
    inputs: {text: "s3://elsewhere/{process_date:%G-W%V}/{process_end:%j}%25/", lake: "s3://{lake}/x/{process_start}/"}
    environment: {LEVEL: info, PROCESS_HINT: "{lake}"}
    arguments: ["--day", "{process_date:%d.%m.%Y}", "--literal", "{{lake}}", "--run", "{run_id}"]
"""


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        for bucket in "the-lake", "elsewhere":
            client.create_bucket(Bucket=bucket)
        yield client


def hold_against_plan_run(pipeline: Pipeline, given: dict[str, str], s3: Any) -> None:
    """Compare the local plan with PlanRun's, which checks for objects under each planned URI."""
    plan = LocalPlan.of(pipeline, schedule_rule(pipeline.schedule).interval_of(given), "the-lake")
    event = {
        "spec": json.loads(json.dumps({**plan_run_spec(pipeline), "lake_bucket": "the-lake"})),
        "execution": {"id": "arn:e", "name": "e", "start_time": "2026-11-23T16:25:08.123Z"},
        "input": given,
    }
    run_id = plan_run({**event, "spec": {**event["spec"], "steps": []}}, s3)["run_id"]
    plan = replace(plan, run=replace(plan.run, run_id=run_id))
    resolved = {
        step.name: {name: plan.resolve_input(uri, name) for name, uri in step.inputs.items() if isinstance(uri, str)}
        for step in pipeline.steps
    }
    for uri in [uri for inputs in resolved.values() for uri in inputs.values()]:
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        s3.put_object(Bucket=bucket, Key=key + "file" if key.endswith("/") else key, Body=b"x")
    planned = plan_run(event, s3)
    assert planned["outcome"] == "run"
    for step in pipeline.steps:
        theirs = planned["steps"][step.name]
        assert resolved[step.name] == theirs["inputs"]
        assert plan.environment(step) == theirs["environment"]
        assert [plan.resolve(text, "argument") for text in step.arguments] == theirs["arguments"]


@pytest.mark.parametrize("name", PIPELINES)
@pytest.mark.parametrize("given", [{"date": "2024-02-29"}, {"scheduled_time": "2026-03-08T07:30:00Z"}])
def test_a_day_is_planned_as_plan_run_does(s3: Any, name: str, given: dict[str, str]) -> None:
    hold_against_plan_run(PIPELINES[name], given, s3)


def test_several_days_are_planned_as_plan_run_does(s3: Any) -> None:
    hold_against_plan_run(PIPELINES["flights"], {"from": "2013-01-01", "to": "2014-01-01"}, s3)


def test_every_kind_of_placeholder(s3: Any, project: Path) -> None:
    file = project / "pipelines" / "word_count.yaml"
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if "inputs:" not in line]
    text = "\n".join(lines).replace('    arguments: ["--words", "3"]', EXTRAS.strip("\n"))
    file.write_text(text, encoding="utf-8")
    (pipeline,) = load_project(project).pipelines
    hold_against_plan_run(pipeline, {"date": "2026-01-01"}, s3)


def test_what_only_the_run_knows_is_refused(examples: Any) -> None:
    plan = LocalPlan.of(examples.pipeline("flights"), schedule_rule(None).interval_of({"date": "2013-01-01"}), "lake")
    with pytest.raises(CommandError, match=r"input 'x' has \{run_id\} in 's3://b/\{run_id\}/'"):
        plan.resolve("s3://b/{run_id}/", "input 'x'")


def test_one_day_is_asked_for_where_the_pipeline_needs_one(examples: Any) -> None:
    plan = LocalPlan.of(
        examples.pipeline("flights"),
        schedule_rule(None).interval_of({"from": "2013-01-01", "to": "2013-01-03"}),
        "lake",
    )
    with pytest.raises(CommandError, match="more than one day") as caught:
        plan.resolve("s3://b/{process_date}/", "input 'x'")
    assert "--date" in str(caught.value.remedy)
