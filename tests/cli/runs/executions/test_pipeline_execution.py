"""Tests of following an execution of a SageMaker pipeline, on a fake AWS with one execution."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest

from partitioned_pipelines.cli.runs.executions.execution import follow_execution, start_execution
from tests.cli.runs.logs.cloud_watch_logs import CloudWatchLogs

if TYPE_CHECKING:
    from partitioned_pipelines.cli.target.target import Cloud

ARN = "arn:aws:sagemaker:ap-northeast-1:123456789012:pipeline/p/execution/e"
START = datetime(2026, 11, 23, tzinfo=UTC)


def step(name: str, status: str = "Succeeded", **more: Any) -> dict[str, Any]:
    ended = {} if status == "Executing" else {"EndTime": START + timedelta(seconds=2)}
    return {"StepName": name, "StepStatus": status, "StartTime": START, **ended, **more}


def handed_on(name: str, **outputs: str) -> dict[str, Any]:
    parameters = [{"Name": key, "Value": value} for key, value in outputs.items()]
    return step(name, Metadata={"Lambda": {"OutputParameters": parameters}})


PLANNED = handed_on("PlanRun", outcome="run", reason="", run_id="r", process_start="2021-12-15", process_date="")
REGISTERED = handed_on("RegisterPartitions", table="d.t", created="2", repointed="1", unchanged="0")


class SageMaker:
    """A fake with one execution; each poll returns the next status and its steps."""

    is_local = True
    poll_seconds = 0.01

    def __init__(self, *looks: tuple[str, list[dict[str, Any]]], interrupted: bool = False) -> None:
        self.looks = list(looks)
        self.interrupted = interrupted
        self.steps: list[dict[str, Any]] = []
        self.started: dict[str, Any] = {}
        self.stopped: list[str] = []
        self.sagemaker = self
        self.logs = CloudWatchLogs(**{"p--extract-1/algo-1": ["no rows"]})

    def start_pipeline_execution(self, **request: Any) -> dict[str, str]:
        self.started = request
        return {"PipelineExecutionArn": ARN}

    def stop_pipeline_execution(self, PipelineExecutionArn: str, ClientRequestToken: str) -> None:  # noqa: N803  # boto3's
        self.stopped.append(PipelineExecutionArn)

    def describe_pipeline_execution(self, PipelineExecutionArn: str) -> dict[str, str]:  # noqa: N803
        if self.interrupted and not self.stopped:
            raise KeyboardInterrupt
        if len(self.looks) > 1:
            status, self.steps = self.looks.pop(0)
        else:
            status, self.steps = self.looks[0]
        return {"PipelineExecutionStatus": status, "FailureReason": "Step failure"}

    def get_paginator(self, operation: str) -> SageMaker:
        assert operation == "list_pipeline_execution_steps"
        return self

    def paginate(self, PipelineExecutionArn: str, SortOrder: str) -> list[dict[str, Any]]:  # noqa: N803
        assert SortOrder == "Ascending"
        return [{"PipelineExecutionSteps": self.steps[:1]}, {"PipelineExecutionSteps": self.steps[1:]}]


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "partitioned_pipelines.cli.runs.executions.pipeline_execution.time.sleep", lambda _seconds: None
    )


def test_the_input_becomes_parameters() -> None:
    aws = SageMaker()
    given = {"from": "2021-12-15", "to": "2021-12-17"}
    assert start_execution(cast("Cloud", aws), {"PipelineName": "p"}, given) == ARN
    assert aws.started["PipelineName"] == "p"
    assert {entry["Name"]: entry["Value"] for entry in aws.started["PipelineParameters"]} == given
    assert len(aws.started["ClientRequestToken"]) >= 32


def test_steps_are_told_once_and_the_report_is_that_of_any_run(capsys: pytest.CaptureFixture[str]) -> None:
    aws = SageMaker(
        ("Executing", [PLANNED]),
        ("Executing", [PLANNED, step("extract", "Executing")]),
        ("Succeeded", [PLANNED, step("extract"), REGISTERED]),
    )
    report = follow_execution(cast("Cloud", aws), ARN)
    told = [line.split()[0] for line in capsys.readouterr().err.splitlines()]
    assert told == ["PlanRun", "extract", "RegisterPartitions"]
    assert report.document() == {
        "execution_arn": ARN,
        "status": "SUCCEEDED",
        "run_id": "r",
        "process_start": "2021-12-15",
        "process_end": None,
        "partitions": {"created": 2, "repointed": 1, "unchanged": 0, "kept_newer": 0},
        "tables": [],
        "error": None,
    }


def test_a_run_that_does_nothing_says_why() -> None:
    plan = handed_on("PlanRun", outcome="duplicate", reason="it belongs to another", run_id="r")
    report = follow_execution(cast("Cloud", SageMaker(("Succeeded", [plan]))), ARN)
    assert report.succeeded
    assert report.nothing_done_because == "it belongs to another"


def test_a_failed_job_comes_with_the_end_of_its_log() -> None:
    job = {"ProcessingJob": {"Arn": "arn:aws:sagemaker:r:1:processing-job/p--extract-1"}}
    failed = step("extract", "Failed", FailureReason="AlgorithmError: exit code 1", Metadata=job)
    report = follow_execution(cast("Cloud", SageMaker(("Failed", [PLANNED, failed]))), ARN)
    assert report.status == "FAILED"
    assert report.error is not None
    assert (report.error.state, report.error.job_name) == ("extract", "p--extract-1")
    assert report.error.message == "AlgorithmError: exit code 1"
    assert report.error.log_tail == ("no rows",)


def test_an_interruption_stops_the_execution() -> None:
    aws = SageMaker(("Stopping", [PLANNED]), ("Stopped", [PLANNED]), interrupted=True)
    report = follow_execution(cast("Cloud", aws), ARN)
    assert aws.stopped == [ARN]
    assert report.status == "STOPPED"
    assert report.error is not None
    assert report.error.error == "STOPPED"


def test_of_two_registrations_one_failed() -> None:
    registered = handed_on("RegisterPartitions-1-t", table="d.t", created="2", receipt="s3://b/r.json")
    failed = step("RegisterPartitions-2-u", "Failed", FailureReason="InvalidPartitionPathError: bad")
    report = follow_execution(cast("Cloud", SageMaker(("Failed", [PLANNED, registered, failed]))), ARN)
    assert [answer["table"] for answer in report.registrations] == ["d.t"]
    assert report.registration_begun


def test_a_run_that_never_came_to_registering() -> None:
    failed = step("extract", "Failed", FailureReason="x")
    report = follow_execution(cast("Cloud", SageMaker(("Failed", [PLANNED, failed]))), ARN)
    assert not report.registration_begun
