"""Tests of following an execution, on a fake AWS with one execution."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import ClientError

from partitioned_pipelines.cli.runs.executions.execution import follow_execution, start_execution
from partitioned_pipelines.cli.terminal.streams_and_signals import Terminated
from partitioned_pipelines.runtime.executions.history import HistoryReader
from tests.cli.runs.logs.cloud_watch_logs import CloudWatchLogs

if TYPE_CHECKING:
    from partitioned_pipelines.cli.target.target import Cloud

START = datetime(2026, 11, 23, tzinfo=UTC)
PLAN = '{"plan": {"run_id": "r", "outcome": "run"}}'
FAILED = json.dumps({"ExitMessage": "no rows", "ProcessingJobName": "j"})


class StepFunctions:
    """A fake with one execution that progresses with each poll, and the log of its job."""

    is_local = True
    poll_seconds = 0.01

    def __init__(
        self, looks: list[tuple[str, int]], events: list[tuple[str, dict[str, Any]]], **described: str
    ) -> None:
        self.looks, self.described = looks, described
        self.events = [
            {"id": number, "timestamp": START, "type": kind, **details}
            for number, (kind, details) in enumerate(events, start=1)
        ]
        self.shown = 0
        self.status = ""
        self.stopped: list[str] = []
        self.started: dict[str, str] = {}
        self.step_functions = self
        self.logs = CloudWatchLogs()

    def start_execution(self, **request: str) -> dict[str, str]:
        self.started = request
        return {"executionArn": "arn:e"}

    def describe_execution(self, executionArn: str) -> dict[str, str]:  # noqa: N803  # boto3's name
        if self.looks:
            self.status, self.shown = self.looks.pop(0)
        return {"status": self.status, **self.described}

    def stop_execution(self, executionArn: str, cause: str) -> None:  # noqa: N803
        self.stopped.append(executionArn)

    def get_paginator(self, operation: str) -> StepFunctions:
        assert operation == "get_execution_history"
        return self

    def paginate(self, executionArn: str) -> list[dict[str, Any]]:  # noqa: N803
        events = self.events[: self.shown]
        return [{"events": events[:2]}, {"events": events[2:]}]


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("partitioned_pipelines.cli.runs.executions.execution.time.sleep", lambda _seconds: None)


EVENTS: list[tuple[str, dict[str, Any]]] = [
    ("ExecutionStarted", {}),
    ("TaskStateEntered", {"stateEnteredEventDetails": {"name": "PlanRun"}}),
    ("TaskStateExited", {"stateExitedEventDetails": {"name": "PlanRun", "output": PLAN}}),
    ("TaskStateEntered", {"stateEnteredEventDetails": {"name": "extract"}}),
    ("TaskScheduled", {"taskScheduledEventDetails": {"parameters": '{"ProcessingJobName": "j"}'}}),
    ("TaskFailed", {"taskFailedEventDetails": {"error": "States.TaskFailed", "cause": FAILED}}),
    ("ExecutionFailed", {"executionFailedEventDetails": {"error": "States.TaskFailed", "cause": FAILED}}),
]


def test_the_input_is_sent_as_json() -> None:
    aws = StepFunctions([], [])
    assert start_execution(cast("Cloud", aws), {"StateMachineArn": "arn:m"}, {"date": "2026-11-20"}) == "arn:e"
    assert aws.started == {"stateMachineArn": "arn:m", "input": '{"date": "2026-11-20"}'}


def test_states_are_told_once_as_they_pass(capsys: pytest.CaptureFixture[str]) -> None:
    aws = StepFunctions([("RUNNING", 1), ("RUNNING", 2), ("RUNNING", 3), ("SUCCEEDED", 3)], EVENTS, output=PLAN)
    report = follow_execution(cast("Cloud", aws), "arn:e")
    assert report.succeeded
    assert report.run_id == "r"
    told = [line.split() for line in capsys.readouterr().err.splitlines()]
    assert told == [["PlanRun", "…"], ["PlanRun", "0.0", "s"]]


def test_a_failure_comes_with_the_end_of_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    aws = StepFunctions([("FAILED", 7)], EVENTS)
    printed = [f"line {number}" for number in range(50)]
    aws.logs.streams["j/algo-1"] = printed
    report = follow_execution(cast("Cloud", aws), "arn:e")
    assert report.error
    assert (report.error.state, report.error.message, report.error.job_name) == ("extract", "no rows", "j")
    assert report.error.log_tail == report.error.printed == tuple(printed[-20:])
    assert report.run_id == "r"


def test_what_scripts_print_streams_once_on_the_local_cloud(capsys: pytest.CaptureFixture[str]) -> None:
    for quiet in False, True:
        aws = StepFunctions([("RUNNING", 5), ("RUNNING", 5), ("FAILED", 7)], EVENTS)
        aws.logs.streams["j/algo-1"] = [f"line {number}" for number in range(10)]
        follow_execution(cast("Cloud", aws), "arn:e", quiet=quiet)
        told = [line for line in capsys.readouterr().err.splitlines() if "|" in line]
        assert told == ([] if quiet else [f"  extract | line {number}" for number in range(10)])


def test_a_log_that_cannot_be_read_hides_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    aws = StepFunctions([("FAILED", 7)], EVENTS)
    refused = {"Error": {"Code": "AccessDenied", "Message": "no logs for you"}}
    aws.logs.refusal = ClientError(cast("Any", refused), "DescribeLogStreams")
    report = follow_execution(cast("Cloud", aws), "arn:e")
    assert report.error
    assert report.error.message == "no rows"
    told = capsys.readouterr().err
    assert "what scripts print cannot be shown" in told
    assert "the log of j cannot be read" in told


def test_jobs_of_branches_are_told_apart_by_what_went_before() -> None:
    def scheduled(number: int, previous: int, job: str) -> dict[str, Any]:
        parameters = {"parameters": json.dumps({"ProcessingJobName": job})}
        return {
            "id": number, "previousEventId": previous, "type": "TaskScheduled", "taskScheduledEventDetails": parameters
        }  # fmt: skip

    entered = [
        {"id": n, "previousEventId": 0, "type": "TaskStateEntered", "timestamp": START, "stateEnteredEventDetails": {"name": name}}
        for n, name in ((1, "left"), (2, "right"))
    ]  # fmt: skip
    reader = HistoryReader()
    list(reader.read([*entered, scheduled(3, 1, "l-1"), scheduled(4, 2, "r-1")]))
    list(reader.read([{"id": 5, "previousEventId": 3, "type": "TaskFailed"}, scheduled(6, 5, "l-2")]))
    assert [(job.step, job.job_name, job.ended) for job in reader.jobs] == [
        ("left", "l-1", True),
        ("right", "r-1", False),
        ("left", "l-2", False),
    ]


@pytest.mark.parametrize(("interrupt", "number"), [(KeyboardInterrupt(), 2), (Terminated(), 15)])
def test_ctrl_c_stops_the_execution_and_reports_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], interrupt: KeyboardInterrupt, number: int
) -> None:
    presses = iter([interrupt])

    def sleep(_seconds: float) -> None:
        if press := next(presses, None):
            raise press

    monkeypatch.setattr("partitioned_pipelines.cli.runs.executions.execution.time.sleep", sleep)
    events = [*EVENTS[:5], ("ExecutionAborted", {"executionAbortedEventDetails": {"cause": "interrupted"}})]
    aws = StepFunctions([("RUNNING", 5), ("RUNNING", 5), ("ABORTED", 6)], events)
    report = follow_execution(cast("Cloud", aws), "arn:e")
    assert aws.stopped == ["arn:e"]
    assert (report.status, report.error and report.error.state) == ("ABORTED", "extract")
    assert report.interrupted_by == number
    assert "the execution is ABORTED: arn:e" in capsys.readouterr().err
