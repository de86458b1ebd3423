"""Tests of histories recorded by Step Functions, read as an execution's progress."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from partitioned_pipelines.runtime.executions.history import (
    Entered,
    Failed,
    Finished,
    HistoryReader,
    Progress,
    Retried,
)

START = datetime(2026, 11, 23, 16, 25, tzinfo=UTC)
DETAILS = {
    "ExecutionFailed": "executionFailedEventDetails",
    "ExecutionAborted": "executionAbortedEventDetails",
    "ExecutionTimedOut": "executionTimedOutEventDetails",
    "TaskScheduled": "taskScheduledEventDetails",
    "TaskFailed": "taskFailedEventDetails",
    "TaskTimedOut": "taskTimedOutEventDetails",
    "LambdaFunctionFailed": "lambdaFunctionFailedEventDetails",
}


def entered(state: str, kind: str = "Task") -> tuple[str, dict[str, Any]]:
    return f"{kind}StateEntered", {"stateEnteredEventDetails": {"name": state, "input": "{}"}}


def exited(state: str, output: str = "{}", kind: str = "Task") -> tuple[str, dict[str, Any]]:
    return f"{kind}StateExited", {"stateExitedEventDetails": {"name": state, "output": output}}


def event(kind: str, **details: Any) -> tuple[str, dict[str, Any]]:
    return kind, {DETAILS[kind]: details} if details else {}


def job(name: str) -> tuple[str, dict[str, Any]]:
    return event("TaskScheduled", parameters=json.dumps({"ProcessingJobName": name, "RoleArn": "arn:r"}))


def history(*events: tuple[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the events numbered, one per second."""
    return [
        {"id": number, "timestamp": START + timedelta(seconds=number), "type": kind, **details}
        for number, (kind, details) in enumerate([("ExecutionStarted", {}), *events], start=1)
    ]


def read(*events: tuple[str, dict[str, Any]]) -> tuple[HistoryReader, list[Progress]]:
    reader = HistoryReader()
    return reader, list(reader.read(history(*events)))


PLANNED: tuple[tuple[str, dict[str, Any]], ...] = (
    entered("PlanRun"),
    ("TaskScheduled", {}),
    ("TaskSucceeded", {}),
    exited("PlanRun", '{"plan": {"run_id": "r"}}'),
)


def test_states_pass_with_their_times() -> None:
    reader, seen = read(
        *PLANNED, entered("Any?", "Choice"), exited("Any?", "{}", "Choice"), entered("extract"), job("j")
    )
    assert seen == [
        Entered("PlanRun", START + timedelta(seconds=2)),
        Finished("PlanRun", 3.0),
        Entered("extract", START + timedelta(seconds=8)),
    ]
    assert reader.job_name == "j"
    assert reader.data == {"plan": {"run_id": "r"}}
    assert reader.failure is None


def test_each_event_is_told_once_however_often_the_history_is_read() -> None:
    events = history(*PLANNED)
    reader = HistoryReader()
    told = [progress for end in range(len(events) + 1) for progress in reader.read(events[:end])]
    assert told == list(HistoryReader().read(events))


def test_a_failed_job() -> None:
    cause = json.dumps({"ExitMessage": "no", "ProcessingJobName": "j"})
    reader, seen = read(
        *PLANNED, entered("extract"), job("j"), event("TaskFailed", error="States.TaskFailed", cause=cause),
        event("ExecutionFailed", error="States.TaskFailed", cause=cause),
    )  # fmt: skip
    assert seen[-1] == Failed("extract", 3.0, "States.TaskFailed", cause) == reader.failure
    assert reader.job_name == "j"
    assert reader.data["plan"] == {"run_id": "r"}, "what was known before it failed"


def test_an_attempt_that_failed_and_was_repeated() -> None:
    reader, seen = read(
        entered("extract"), job("one"), event("TaskFailed", error="SageMaker.ThrottlingException", cause="slow"),
        job("two"), ("TaskSucceeded", {}), exited("extract"),
    )  # fmt: skip
    assert [type(progress) for progress in seen] == [Entered, Retried, Finished]
    assert seen[1] == Retried("extract", "SageMaker.ThrottlingException", "slow")
    assert reader.job_name == "two"


def test_what_a_service_said_is_shown_while_the_state_is_tried_again() -> None:
    limit = "The account-level service limit 'ml.m5.xlarge for processing job usage' is 0 Instances, with current utilization of 0 Instances."
    cause = f"{limit} (Service: AmazonSageMaker; Status Code: 400; Error Code: ResourceLimitExceeded)"
    assert Retried("x", "SageMaker.ResourceLimitExceededException", cause).refusal.endswith(f"Exception: {limit}")
    assert Retried("x", "States.TaskFailed", '{"ProcessingJobName": "j"}').refusal == "States.TaskFailed"
    assert Retried("x", "States.Timeout").refusal == "States.Timeout"


def test_an_attempt_that_failed_is_not_told_as_repeated_when_it_was_the_last() -> None:
    _, seen = read(
        entered("extract"), job("one"), event("TaskFailed", error="first", cause=""), job("two"),
        event("TaskFailed", error="second", cause="why"), event("ExecutionFailed", error="second", cause="why"),
    )  # fmt: skip
    assert [progress.error for progress in seen if isinstance(progress, Retried)] == ["first"]
    assert seen[-1] == Failed("extract", 5.0, "second", "why")


def test_a_failed_lambda() -> None:
    cause = '{"errorMessage": "no objects under s3://x/", "errorType": "MissingInputError"}'
    reader, _ = read(
        entered("PlanRun"), ("LambdaFunctionScheduled", {}), event("LambdaFunctionFailed", error="MissingInputError", cause=cause),
        event("ExecutionFailed", error="MissingInputError", cause=cause),
    )  # fmt: skip
    assert reader.failure == Failed("PlanRun", 3.0, "MissingInputError", cause)
    assert reader.job_name is None


def test_of_two_branches_the_one_that_failed_is_named() -> None:
    events = history(
        entered("Layer1", "Parallel"), entered("left"), entered("right"), job("l"), job("r"),
        event("TaskFailed", error="E", cause="left"), event("ExecutionFailed", error="E", cause="left"),
    )  # fmt: skip
    for number, before in ((5, 3), (6, 4), (7, 5)):  # each branch is a chain of its own
        events[number - 1]["previousEventId"] = before
    reader = HistoryReader()
    assert list(reader.read(events))[-1] == Failed("left", 5.0, "E", "left")
    assert reader.job_name == "l"


@pytest.mark.parametrize("kind", ["ExecutionAborted", "ExecutionTimedOut"])
def test_an_execution_that_ends_in_the_midst_of_a_state(kind: str) -> None:
    _, seen = read(entered("extract"), job("j"), event(kind))
    assert seen[-1] == Failed("extract", 2.0, kind, "")
    _, seen = read(entered("extract"), job("j"), event(kind, error="Mine", cause="enough"))
    assert seen[-1] == Failed("extract", 2.0, "Mine", "enough")


def test_a_state_that_times_out_names_itself_though_the_execution_does_not() -> None:
    reader, _ = read(
        entered("extract"), job("j"), event("TaskTimedOut", error="States.Timeout", cause=""), event("ExecutionFailed")
    )
    assert reader.failure == Failed("extract", 3.0, "States.Timeout", "")


def test_an_execution_that_fails_outside_of_any_state() -> None:
    reader, _ = read(*PLANNED, event("ExecutionFailed", error="States.Runtime", cause="a path"))
    assert reader.failure == Failed("", 0.0, "States.Runtime", "a path")


def test_a_failure_that_was_redriven_is_none() -> None:
    failed = (entered("extract"), job("one"), event("TaskFailed", error="E"), event("ExecutionFailed", error="E"))
    reader, seen = read(
        *failed, ("ExecutionRedriven", {}), job("two"), ("TaskSucceeded", {}), exited("extract", '{"a": 1}')
    )
    assert reader.failure is None
    assert reader.data == {"a": 1}
    assert reader.job_name == "two"
    assert isinstance(seen[-1], Finished), "a redriven state is not entered anew, and still ends"
    assert not [progress for progress in seen if isinstance(progress, Retried)]


def test_output_that_was_cut_or_is_no_object_is_passed_over() -> None:
    reader, _ = read(*PLANNED, exited("x", '{"cut": "o'), exited("y", "[1]"), exited("z", ""))
    assert reader.data == {"plan": {"run_id": "r"}}


def test_of_two_registrations_one_failed() -> None:
    done = json.dumps(
        {"plan": {"run_id": "r"}, "registrations": {"d__t": {"table": "d.t", "receipt": "s3://b/r.json"}}}
    )
    reader, _ = read(
        entered("extract"), exited("extract"),
        entered("RegisterPartitions.d.t"), exited("RegisterPartitions.d.t", done),
        entered("RegisterPartitions.d.u"), event("ExecutionFailed", error="E", cause="c"),
    )  # fmt: skip
    assert reader.registration_begun
    assert list(reader.data["registrations"]) == ["d__t"]


def test_a_run_that_never_came_to_registering() -> None:
    reader, _ = read(entered("extract"), event("ExecutionFailed", error="E", cause="c"))
    assert not reader.registration_begun
