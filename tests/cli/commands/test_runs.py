"""Tests that ``runs`` lists every execution, of either orchestrator, with the tables' records."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

import boto3
import pytest

from partitioned_pipelines.cli.runs.executions.execution_list import (
    find_execution,
    list_executions,
    read_outcome,
)
from partitioned_pipelines.lake.key_layout import receipt_key
from partitioned_pipelines.lake.runs.run_facts import build_run_id
from partitioned_pipelines.runtime.executions.execution import Execution
from tests.cli.runs.executions.test_execution import EVENTS, StepFunctions
from tests.cli.runs.executions.test_pipeline_execution import ARN, SageMaker, handed_on, step
from tests.cli.runs.test_looking_back import PIPELINE, START, pipelines, three_runs
from tests.moto_lake import REGION, Lake, aws, glue, lake, s3

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from partitioned_pipelines.cli.target.target import Cloud
    from partitioned_pipelines.spec import Project

__all__ = ["aws", "glue", "lake", "pipelines", "s3", "three_runs"]

ROLE = "arn:aws:iam::123456789012:role/r"


@pytest.fixture
def executions(three_runs: Lake) -> list[str]:
    """Start three executions of the deployed pipeline, the oldest first: aborted, running, running."""
    sfn = boto3.client("stepfunctions", region_name=REGION)
    machine = sfn.create_state_machine(name="m", definition='{"StartAt": "A", "States": {}}', roleArn=ROLE)
    template = {
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {"StateMachineArn": {"Value": machine["stateMachineArn"]}},
    }
    boto3.client("cloudformation", region_name=REGION).create_stack(
        StackName="pipelines-features", TemplateBody=json.dumps(template)
    )
    arns = [
        sfn.start_execution(stateMachineArn=machine["stateMachineArn"], input=json.dumps({"date": f"2026-11-0{day}"}))
        for day in (1, 2, 3)
    ]
    sfn.stop_execution(executionArn=arns[0]["executionArn"], cause="no longer needed")
    return [started["executionArn"] for started in arns]


def test_executions_that_left_nothing_are_listed_too(executions: list[str], pipelines: Callable[..., Any]) -> None:
    runs = pipelines("runs", "features", "--json")
    assert {run["execution_arn"] for run in runs if run["table"] is None} == set(executions)
    assert {run["run_id"] for run in runs if run["table"]} == {"r1", "r2", "r3"}
    started = [run["started_at"] for run in runs]
    assert started == sorted(started, reverse=True)
    aborted = next(run for run in runs if run["execution_arn"] == executions[0])
    assert aborted["status"] == "ABORTED"
    assert (aborted["process_start"], aborted["process_end"]) == ("2026-11-01", "2026-11-02")
    assert pipelines("runs", "features", "--failed", "--json") == [aborted]


def test_the_newest_are_shown_and_how_many_are_not(executions: list[str], pipelines: Callable[..., Any]) -> None:
    shown = pipelines("runs", "features", "--limit", "2")
    assert "2 runs of features" in shown
    assert "and 4 older: pipelines runs features --limit 6 --project" in shown


def test_a_receipt_and_its_execution_are_one_run(
    three_runs: Lake, executions: list[str], pipelines: Callable[..., Any]
) -> None:
    key = receipt_key("analytics", "features", "r3")
    receipt = json.loads(three_runs.s3.get_object(Bucket="lake", Key=key)["Body"].read())
    receipt["run"]["execution_arn"] = executions[2]
    three_runs.s3.put_object(Bucket="lake", Key=key, Body=json.dumps(receipt).encode())
    runs = pipelines("runs", "features", "--json")
    (joined,) = [run for run in runs if run["execution_arn"] == executions[2]]
    assert (joined["run_id"], joined["status"], joined["live"]) == ("r3", "RUNNING", ["dt=2026-01-01"])


@pytest.mark.parametrize("registration", ["msck", "projection"])
def test_a_table_without_receipts_has_executions_all_the_same(
    executions: list[str], pipelines: Callable[..., Any], tmp_path: Path, registration: str
) -> None:
    pipeline = PIPELINE % ("0" * 64, f"in_place\n  registration: {registration}")
    if registration == "projection":
        pipeline = pipeline.replace('%Y-%m-%d"', '%Y-%m-%d", projection: {range: ["2026-01-01", NOW]}')
    (tmp_path / "pipelines" / "features.yaml").write_text(pipeline, encoding="utf-8")
    assert {run["execution_arn"] for run in pipelines("runs", "features", "--json")} == set(executions)


def test_a_pipeline_that_is_not_deployed_any_more_has_its_receipts(
    three_runs: Lake, pipelines: Callable[..., Any]
) -> None:
    shown = pipelines("runs", "features")
    assert "pipelines-features is not deployed" in shown
    assert "3 runs of features" in shown


def test_a_failure_says_its_step_and_reason_on_a_state_machine(examples: Project) -> None:
    aws = StepFunctions([("FAILED", 7)], EVENTS, input='{"date": "2026-11-20"}')
    outcome = read_outcome(cast("Cloud", aws), Execution("arn:e", "FAILED", START), examples.pipelines[0])
    assert (outcome.failed_step, outcome.reason) == ("extract", "no rows")
    assert (outcome.process_start, outcome.process_end) == ("2026-11-20", "2026-11-21")


def test_a_failure_says_its_step_and_reason_on_a_sagemaker_pipeline(examples: Project) -> None:
    planned = handed_on("PlanRun", run_id="r", process_start="2021-12-15", process_end="2021-12-16")
    failed = step("extract", "Failed", FailureReason="AlgorithmError: , exit code: 1")
    aws = SageMaker(("Failed", [planned, failed]))
    outcome = read_outcome(cast("Cloud", aws), Execution(ARN, "FAILED", START), examples.pipelines[0])
    assert (outcome.run_id, outcome.failed_step, outcome.reason) == ("r", "extract", "AlgorithmError: , exit code: 1")


class Pages:
    """A fake paginator for one operation, which records its request."""

    def __init__(self, *pages: dict[str, Any]) -> None:
        self.pages = pages
        self.request: dict[str, Any] = {}
        self.sagemaker = self

    def get_paginator(self, _operation: str) -> Pages:
        return self

    def paginate(self, **request: Any) -> tuple[dict[str, Any], ...]:
        self.request = request
        return self.pages


def test_executions_of_a_sagemaker_pipeline_have_the_words_of_a_state_machines() -> None:
    statuses = ["Executing", "Stopping", "Stopped", "Failed", "Succeeded"]
    listed = [
        {"PipelineExecutionArn": f"{ARN}{n}", "PipelineExecutionStatus": status, "StartTime": START - timedelta(days=n)}
        for n, status in enumerate(statuses)
    ]
    aws = Pages({"PipelineExecutionSummaries": listed[:2]}, {"PipelineExecutionSummaries": listed[2:]})
    found = list(list_executions(cast("Cloud", aws), {"PipelineName": "p"}))
    assert [one.status for one in found] == ["RUNNING", "STOPPING", "STOPPED", "FAILED", "SUCCEEDED"]
    assert [one.failed for one in found] == [False, False, True, True, False]
    assert [one.runs for one in found] == [True, True, False, False, False]
    assert aws.request.pop("PaginationConfig") == {"PageSize": 100}, "the most that SageMaker returns"
    assert aws.request == {"PipelineName": "p", "SortBy": "CreationTime", "SortOrder": "Descending"}
    run_id = build_run_id(START - timedelta(days=3), f"{ARN}3")
    for name in (run_id, f"{ARN}3"):
        named = find_execution(cast("Cloud", aws), {"PipelineName": "p"}, name)
        assert named is not None
        assert named.arn == f"{ARN}3"


def test_live_and_failed_together_are_refused(pipelines: Callable[..., Any]) -> None:
    assert "mutually exclusive" in pipelines("runs", "features", "--live", "--failed", code=2)
