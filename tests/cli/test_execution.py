"""An execution that is followed, against a small AWS with one execution in it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import ClientError

from cli.execution import follow_execution, start_execution

if TYPE_CHECKING:
    from cli.target import Cloud

START = datetime(2026, 11, 23, tzinfo=UTC)
PLAN = '{"plan": {"run_id": "r", "outcome": "run"}}'
FAILED = json.dumps({"ExitMessage": "no rows", "ProcessingJobName": "j"})


class StepFunctions:
    """One execution, of which each look shows more; and the log of its job."""

    class exceptions:  # noqa: N801  # as on a boto3 client
        ResourceNotFoundException = KeyError

    is_local = True

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
        self.log: list[str] | None = None
        self.started: dict[str, str] = {}
        self.step_functions = self.logs = self

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

    def describe_log_streams(self, logGroupName: str, logStreamNamePrefix: str) -> dict[str, Any]:  # noqa: N803
        assert (logGroupName, logStreamNamePrefix) == ("/aws/sagemaker/ProcessingJobs", "j/")
        if self.log is None:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no logs for you"}}, "DescribeLogStreams")
        return {"logStreams": [{"logStreamName": "j/algo-1"}]}

    def get_log_events(self, **request: Any) -> dict[str, Any]:
        assert request["startFromHead"] is False
        lines = (self.log or [])[-request["limit"] :]
        return {"events": [{"timestamp": 7, "message": f"{line}\n"} for line in lines]}


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.execution.time.sleep", lambda _seconds: None)


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
    aws.log = [f"line {number}" for number in range(50)]
    report = follow_execution(cast("Cloud", aws), "arn:e")
    assert report.error
    assert (report.error.state, report.error.message, report.error.job_name) == ("extract", "no rows", "j")
    assert report.error.log_tail == tuple(aws.log[-20:])
    assert report.run_id == "r"


def test_a_log_that_cannot_be_read_hides_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    report = follow_execution(cast("Cloud", StepFunctions([("FAILED", 7)], EVENTS)), "arn:e")
    assert report.error
    assert report.error.message == "no rows"
    assert "the log of j cannot be read" in capsys.readouterr().err


def test_ctrl_c_stops_the_execution_and_reports_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    presses = iter([KeyboardInterrupt()])

    def sleep(_seconds: float) -> None:
        if press := next(presses, None):
            raise press

    monkeypatch.setattr("cli.execution.time.sleep", sleep)
    events = [*EVENTS[:5], ("ExecutionAborted", {"executionAbortedEventDetails": {"cause": "interrupted"}})]
    aws = StepFunctions([("RUNNING", 5), ("RUNNING", 5), ("ABORTED", 6)], events)
    aws.log = []
    report = follow_execution(cast("Cloud", aws), "arn:e")
    assert aws.stopped == ["arn:e"]
    assert (report.status, report.error and report.error.state) == ("ABORTED", "extract")
    assert "the execution is ABORTED: arn:e" in capsys.readouterr().err
