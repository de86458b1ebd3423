"""Tests of ``pipelines logs``: the jobs of a run, on either orchestrator, complete or live."""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

import partitioned_pipelines.cli.commands.logs
from partitioned_pipelines.cli.errors import ExitCode
from partitioned_pipelines.lake.runs.run_facts import build_run_id
from tests.cli.runs.logs.cloud_watch_logs import CloudWatchLogs, FunctionLogs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.conftest import Invoke

START = datetime(2026, 11, 23, tzinfo=UTC)
RUNS = [build_run_id(START - timedelta(days=day), f"arn:{day}") for day in (0, 1)]


class Cloud:
    """A fake cloud with two executions; the newest has two attempts of one step, and ends at the third poll."""

    is_local = True
    poll_seconds = 0.01

    def __init__(self) -> None:
        self.step_functions = self
        self.logs: CloudWatchLogs = CloudWatchLogs(
            **{"a/algo-1-1": ["first"], "b/algo-1-1": ["second", "third"], "b/algo-2-1": ["other host"]}
        )
        self.looks = 0
        self.outputs = {"StateMachineArn": "arn:m"}
        self.sagemaker: Any = None
        self.functions = self

    def stack_outputs(self, stack: str) -> dict[str, str]:
        assert stack == "pipelines-word-count"
        return self.outputs

    def get_paginator(self, operation: str) -> Any:
        return getattr(self, operation)

    @property
    def list_executions(self) -> Any:
        self.looks += 1
        status = "RUNNING" if self.looks < 3 else "FAILED"
        listed = [
            {"executionArn": f"arn:{day}", "name": f"{day}", "status": status, "startDate": START - timedelta(days=day)}
            for day in (0, 1)
        ]
        return Pages({"executions": listed})

    def get_function_configuration(self, FunctionName: str) -> dict[str, Any]:  # noqa: N803
        return {"LoggingConfig": {"LogGroup": f"/{FunctionName}"}}

    def describe_execution(self, **_request: str) -> dict[str, str]:
        return {"status": "FAILED", "error": "States.TaskFailed", "cause": "{}"}

    @property
    def get_execution_history(self) -> Any:
        entered = {"stateEnteredEventDetails": {"name": "count"}}
        events = [{"id": 1, "type": "TaskStateEntered", "timestamp": START, **entered}]
        for number, job in enumerate("ab", start=2):
            if job == "b":
                self.logs.streams["b/algo-1-1"].append(f"look {self.looks}")
            parameters = {"taskScheduledEventDetails": {"parameters": json.dumps({"ProcessingJobName": job})}}
            events.append({"id": 2 * number, "previousEventId": 2 * number - 1, "type": "TaskScheduled", **parameters})
            events.append({"id": 2 * number + 1, "previousEventId": 2 * number, "type": "Nothing"})
        for event in events:
            event.setdefault("previousEventId", 0)
        events[1]["previousEventId"] = 1
        return Pages({"events": events})


class Pages:
    def __init__(self, page: dict[str, Any]) -> None:
        self.page = page

    def paginate(self, **_request: str) -> list[dict[str, Any]]:
        return [self.page]


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Cloud:
    made = Cloud()

    @contextmanager
    def open_cloud(_settings: object) -> Iterator[Cloud]:
        yield made

    monkeypatch.setattr(partitioned_pipelines.cli.commands.logs, "open_cloud", open_cloud)
    monkeypatch.setattr("partitioned_pipelines.cli.commands.logs.time.sleep", lambda _seconds: None)
    return made


def test_each_attempt_has_its_log(cloud: Cloud, invoke: Invoke, project: Path) -> None:
    shown = invoke("logs", "word_count", "--project", project)
    assert shown.exit_code == ExitCode.OK, shown.output
    assert shown.stdout.splitlines() == [
        "count (attempt 1) | first",
        "count (attempt 2) | second",
        "count (attempt 2) algo-2 | other host",
        "count (attempt 2) | third",
        "count (attempt 2) | look 1",
    ]
    assert f"run {RUNS[0]}: RUNNING" in shown.stderr


@pytest.mark.parametrize("arguments", [["count"], [RUNS[0], "count"], ["arn:0"]])
def test_a_step_or_a_run_may_be_named(cloud: Cloud, invoke: Invoke, project: Path, arguments: list[str]) -> None:
    shown = invoke("logs", "word_count", *arguments, "--project", project, "--json")
    document = json.loads(shown.stdout)
    assert (document["run_id"], document["execution_arn"], document["status"]) == (RUNS[0], "arn:0", "RUNNING")
    assert [(job["step"], job["job_name"]) for job in document["jobs"]] == [("count", "a"), ("count", "b")]
    assert document["jobs"][0]["lines"] == [
        {"timestamp": "1970-01-01T00:00:00.007Z", "host": "algo-1", "message": "first"}
    ]


def test_follow_prints_each_line_once_until_the_run_ends(cloud: Cloud, invoke: Invoke, project: Path) -> None:
    shown = invoke("logs", "word_count", "--follow", "--project", project, "--json")
    assert shown.exit_code == ExitCode.OK, shown.output
    messages = [json.loads(line)["message"] for line in shown.stdout.splitlines()]
    assert sorted(messages) == ["first", "look 2", "look 3", "other host", "second", "third"]
    assert f"run {RUNS[0]}: FAILED" in shown.stderr


def test_what_is_not_there_is_named(cloud: Cloud, invoke: Invoke, project: Path) -> None:
    for arguments, said in (
        ([RUNS[0][:-1] + "x"], f"did you mean {RUNS[0]!r}?"),
        ([RUNS[0], "cuont"], "did you mean 'count'?"),
    ):
        shown = invoke("logs", "word_count", *arguments, "--project", project)
        assert shown.exit_code == ExitCode.INVALID
        assert said in shown.stderr


def test_a_run_without_a_job_says_so(
    cloud: Cloud, invoke: Invoke, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Cloud, "get_execution_history", Pages({"events": []}))
    shown = invoke("logs", "word_count", RUNS[1], "--project", project)
    assert "no step was started in this run" in shown.stderr
    assert "pipelines runs word_count" in shown.stderr


BEGIN = int(START.timestamp() * 1000)
PLAN_LOG = [
    (BEGIN - 900, "a", "START RequestId: before"),
    (BEGIN - 1, "a", "line of the run before"),
    (BEGIN + 1, "a", "late line of the run before"),
    (BEGIN + 2, "a", "REPORT RequestId: before"),
    (BEGIN + 10, "a", "START RequestId: one"),
    (BEGIN + 20, "a", "[ERROR] InvalidIntervalError: no day"),
    (BEGIN + 30, "a", "REPORT RequestId: one"),
    (
        BEGIN + 40,
        "b",
        '{"time":"2026-11-20T00:00:00.040Z","type":"platform.start","record":{"requestId":"two","version":"1"}}',
    ),
    (
        BEGIN + 50,
        "b",
        '{"timestamp": "2026-11-20T00:00:00Z", "level": "INFO", "message": "planned", "pipeline": "p", "steps": 2}',
    ),
    (
        BEGIN + 4_000,
        "b",
        '{"time":"2026-11-20T00:00:04.000Z","type":"platform.report","record":{"requestId":"two","metrics":{"durationMs":7.5},"status":"success"}}',
    ),
    (BEGIN + 3_500, "a", "START RequestId: after"),
]
OURS = [message for _, _, message in PLAN_LOG[4:10]]
SHOWN = [
    *OURS[:3],
    "platform.start requestId=two version=1",
    "INFO planned steps=2",
    "platform.report requestId=two status=success durationMs=7.5",
]


@pytest.fixture
def failed_plan(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """Return a cloud whose newest run failed in PlanRun, whose log is shared with other runs."""
    cloud.looks = 3
    cloud.outputs["PlanRunFunctionName"] = "plan"
    cloud.logs = FunctionLogs({"/plan": PLAN_LOG})
    entered = {"stateEnteredEventDetails": {"name": "PlanRun"}}
    events = [
        {"id": 1, "previousEventId": 0, "type": "TaskStateEntered", "timestamp": START, **entered},
        {
            "id": 2,
            "previousEventId": 1,
            "type": "ExecutionFailed",
            "timestamp": START + timedelta(seconds=3),
            "executionFailedEventDetails": {"error": "InvalidIntervalError", "cause": "{}"},
        },
    ]
    monkeypatch.setattr(Cloud, "get_execution_history", Pages({"events": events}))
    return cloud


@pytest.mark.parametrize("arguments", [[], ["PlanRun"], [RUNS[0], "PlanRun"]])
def test_a_function_has_its_log_if_it_is_named_or_failed(
    failed_plan: Cloud, invoke: Invoke, project: Path, arguments: list[str]
) -> None:
    shown = invoke("logs", "word_count", *arguments, "--project", project)
    assert shown.exit_code == ExitCode.OK, shown.output
    assert shown.stdout.splitlines() == [f"PlanRun | {text}" for text in SHOWN]
    document = json.loads(invoke("logs", "word_count", *arguments, "--project", project, "--json").stdout)
    (function,) = document["functions"]
    assert (function["step"], function["function_name"]) == ("PlanRun", "plan")
    assert [line["message"] for line in function["lines"]] == OURS


@pytest.mark.parametrize("arguments", [["count"], ["RegisterPartitions"]])
def test_a_function_that_was_not_asked_for_has_none(
    failed_plan: Cloud, invoke: Invoke, project: Path, arguments: list[str]
) -> None:
    shown = invoke("logs", "word_count", *arguments, "--project", project)
    assert (shown.exit_code, shown.stdout) == (ExitCode.OK, "")
    assert f"step {arguments[0]} was not started in this run" in shown.stderr


def test_a_functions_log_is_followed_to_the_end(failed_plan: Cloud, invoke: Invoke, project: Path) -> None:
    shown = invoke("logs", "word_count", "PlanRun", "--follow", "--project", project, "--json")
    lines = [json.loads(line) for line in shown.stdout.splitlines()]
    assert [line["message"] for line in lines] == OURS
    assert {(line["step"], line["function_name"]) for line in lines} == {("PlanRun", "plan")}


def test_a_function_of_a_sagemaker_pipeline_has_its_log(failed_plan: Cloud, invoke: Invoke, project: Path) -> None:
    arn = "arn:aws:sagemaker:x:1:pipeline/p/execution/e"
    summary = {"PipelineExecutionArn": arn, "PipelineExecutionStatus": "Failed", "StartTime": START}
    step = {"StepName": "PlanRun", "StepStatus": "Failed", "StartTime": START, "EndTime": START + timedelta(seconds=3)}
    failed_plan.outputs = {"PipelineName": "p", "PlanRunFunctionName": "plan"}
    failed_plan.sagemaker = Sagemaker([summary], [step])
    shown = invoke("logs", "word_count", "--project", project)
    assert shown.stdout.splitlines() == [f"PlanRun | {text}" for text in SHOWN]


class Sagemaker:
    """A fake SageMaker with one failed pipeline execution."""

    def __init__(self, executions: list[Any], steps: list[Any]) -> None:
        self.pages = {
            "list_pipeline_executions": Pages({"PipelineExecutionSummaries": executions}),
            "list_pipeline_execution_steps": Pages({"PipelineExecutionSteps": steps}),
        }

    def get_paginator(self, operation: str) -> Pages:
        return self.pages[operation]

    def describe_pipeline_execution(self, **_request: str) -> dict[str, str]:
        return {"PipelineExecutionStatus": "Failed"}
