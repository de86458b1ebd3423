"""The attempts in an execution's history: retries, parallel branches, a redrive, and the end of the execution."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from partitioned_pipelines.cli.lake.runs.timeline import StateAttempt, timeline_of_events

START = datetime(2026, 3, 2, 6, tzinfo=UTC)


def entered(state: str, before: int) -> tuple[str, int, dict[str, Any]]:
    return "TaskStateEntered", before, {"stateEnteredEventDetails": {"name": state}}


def job(name: str, before: int) -> tuple[str, int, dict[str, Any]]:
    parameters = json.dumps({"ProcessingJobName": name})
    return "TaskScheduled", before, {"taskScheduledEventDetails": {"parameters": parameters}}


def failed(before: int, cause: str, error: str = "States.TaskFailed") -> tuple[str, int, dict[str, Any]]:
    return "TaskFailed", before, {"taskFailedEventDetails": {"error": error, "cause": cause}}


def succeeded(before: int) -> tuple[str, int, dict[str, Any]]:
    return "TaskSucceeded", before, {"taskSucceededEventDetails": {}}


def timeline(*events: tuple[str, int, dict[str, Any]]) -> list[StateAttempt]:
    """Return the timeline of a history whose events are a second apart."""
    return timeline_of_events(
        {"id": number, "previousEventId": before, "timestamp": START + timedelta(seconds=number), "type": kind, **more}
        for number, (kind, before, more) in enumerate(events, start=1)
    )


def told(found: list[StateAttempt]) -> list[tuple[str, int, str, str | None, float | None]]:
    return [
        (
            each.state,
            each.number,
            each.status,
            each.job,
            (each.ended_at - each.started_at).seconds if each.ended_at else None,
        )
        for each in found
    ]


def test_each_attempt_of_a_state_is_told_with_its_job() -> None:
    found = timeline(
        ("ExecutionStarted", 0, {}),
        entered("extract", 1),
        job("extract-1", 2),
        failed(3, json.dumps({"ExitMessage": "no\nspace", "ProcessingJobName": "extract-1"}), "AlgorithmError"),
        job("extract-2", 4),
        succeeded(5),
        ("TaskStateExited", 6, {"stateExitedEventDetails": {"name": "extract"}}),
        entered("transform", 7),
        job("transform-1", 8),
    )
    assert told(found) == [
        ("extract", 1, "failed", "extract-1", 1),
        ("extract", 2, "succeeded", "extract-2", 1),
        ("transform", 1, "running", "transform-1", None),
    ]
    assert found[0].error == "AlgorithmError: no space"


def test_branches_that_run_in_parallel_are_told_apart_by_their_predecessors() -> None:
    found = timeline(
        ("ParallelStateEntered", 0, {"stateEnteredEventDetails": {"name": "Branches"}}),
        entered("left", 1),
        entered("right", 1),
        job("right-1", 3),
        job("left-1", 2),
        succeeded(4),
        failed(5, "Rate exceeded", "ThrottlingException"),
    )
    assert told(found) == [("right", 1, "succeeded", "right-1", 2), ("left", 1, "failed", "left-1", 2)]
    assert found[1].error == "ThrottlingException: Rate exceeded"


def test_a_redrive_continues_the_state_that_failed() -> None:
    found = timeline(
        entered("transform", 0),
        job("transform-1", 1),
        failed(2, "{}"),
        ("ExecutionFailed", 3, {"executionFailedEventDetails": {}}),
        ("ExecutionRedriven", 0, {"executionRedrivenEventDetails": {"redriveCount": 1}}),
        job("transform-2", 5),
        succeeded(6),
    )
    assert told(found) == [
        ("transform", 1, "failed", "transform-1", 1),
        ("transform", 2, "succeeded", "transform-2", 1),
    ]


def test_a_function_that_raised_names_its_exception() -> None:
    cause = json.dumps({"errorType": "MissingInputError", "errorMessage": "no objects"})
    found = timeline(entered("PlanRun", 0), ("TaskScheduled", 1, {}), failed(2, cause, "MissingInputError"))
    assert told(found) == [("PlanRun", 1, "failed", None, 1)]
    assert found[0].error == "MissingInputError: no objects"


def test_what_runs_when_the_execution_is_stopped_has_failed() -> None:
    found = timeline(entered("transform", 0), job("transform-1", 1), ("ExecutionAborted", 0, {}))
    assert told(found) == [("transform", 1, "failed", "transform-1", 1)]
    assert found[0].error == "ExecutionAborted"
