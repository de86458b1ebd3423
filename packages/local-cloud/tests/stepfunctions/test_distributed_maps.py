"""Distributed Map states: items from S3, thresholds, counts, stops, and the operations on Map Runs."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from cloud_under_test.observation import wait_for_execution
from cloud_under_test.refusal import refusal_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloud_under_test.state_machines import StateMachines

Aws = Any
FAILS_IF_BAD = {
    "Look": {
        "Type": "Choice",
        "Choices": [{"Variable": "$.bad", "BooleanEquals": True, "Next": "Bad"}],
        "Default": "Good",
    },
    "Bad": {"Type": "Fail", "Error": "Bad", "Cause": "a bad item"},
    "Good": {"Type": "Pass", "Parameters": {"n.$": "$.n"}, "End": True},
}
WAIT = {"Wait": {"Type": "Wait", "Seconds": 600, "End": True}}
EXCEEDED = ("States.ExceedToleratedFailureThreshold", "The specified tolerated failure threshold was exceeded")


def distributed(states: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a state that processes the items of its input."""
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": next(iter(states)),
        "States": states,
    }
    return {"Type": "Map", "ItemProcessor": processor, "ItemsPath": "$.items", "End": True, **more}


def items(count: int, *bad: int) -> dict[str, Any]:
    return {"items": [{"n": n, "bad": n in bad} for n in range(count)]}


def map_run(sfn: Any, execution: str) -> dict[str, Any]:
    (listed,) = sfn.list_map_runs(executionArn=execution)["mapRuns"]
    described: dict[str, Any] = sfn.describe_map_run(mapRunArn=listed["mapRunArn"])
    assert described["itemCounts"] == described["executionCounts"]
    return described


def counted(run: dict[str, Any]) -> dict[str, int]:
    """Return the counts that are not 0."""
    return {name: count for name, count in run["itemCounts"].items() if count}


def kinds(sfn: Any, execution: str) -> list[str]:
    return [event["type"] for event in sfn.get_execution_history(executionArn=execution)["events"]]


def test_outputs_are_in_the_order_of_the_items(state_machines: StateMachines) -> None:
    ended = state_machines.run({"Map": distributed(FAILS_IF_BAD, MaxConcurrency=2)}, items(5))
    assert ended["status"] == "SUCCEEDED", ended
    assert json.loads(ended["output"]) == [{"n": n} for n in range(5)]
    run = map_run(state_machines.client, ended["executionArn"])
    assert (run["status"], run["maxConcurrency"], counted(run)) == ("SUCCEEDED", 2, {"succeeded": 5, "total": 5})
    assert (run["toleratedFailurePercentage"], run["toleratedFailureCount"]) == (0, 0)
    assert run["startDate"] <= run["stopDate"]
    assert run["redriveCount"] == 0
    assert kinds(state_machines.client, ended["executionArn"]) == [
        "ExecutionStarted",
        "MapStateEntered",
        "MapStateStarted",
        "MapRunStarted",
        "MapRunSucceeded",
        "MapStateSucceeded",
        "MapStateExited",
        "ExecutionSucceeded",
    ]


def test_no_items_are_no_failure(state_machines: StateMachines) -> None:
    ended = state_machines.run({"Map": distributed(FAILS_IF_BAD)}, items(0))
    assert (ended["status"], ended["output"]) == ("SUCCEEDED", "[]")


def test_a_failed_item_fails_the_map_run_without_a_threshold(state_machines: StateMachines) -> None:
    ended = state_machines.run({"Map": distributed(FAILS_IF_BAD, MaxConcurrency=1)}, items(5, 2))
    assert (ended["status"], ended["error"], ended["cause"]) == ("FAILED", *EXCEEDED)
    run = map_run(state_machines.client, ended["executionArn"])
    assert run["status"] == "FAILED"
    assert counted(run) == {"succeeded": 2, "failed": 1, "pending": 2, "total": 5}
    events = state_machines.client.get_execution_history(executionArn=ended["executionArn"])["events"]
    (failed,) = [event for event in events if event["type"] == "MapRunFailed"]
    assert (failed["mapRunFailedEventDetails"]["error"], failed["mapRunFailedEventDetails"]["cause"]) == EXCEEDED


@pytest.mark.parametrize(
    ("threshold", "given", "status"),
    [
        ({"ToleratedFailurePercentage": 40}, {}, "SUCCEEDED"),
        ({"ToleratedFailurePercentage": 40.0}, {}, "SUCCEEDED"),
        ({"ToleratedFailurePercentage": 39.5}, {}, "FAILED"),
        ({"ToleratedFailurePercentage": 0}, {}, "FAILED"),
        ({"ToleratedFailurePercentage": 100}, {}, "SUCCEEDED"),
        ({"ToleratedFailureCount": 2}, {}, "SUCCEEDED"),
        ({"ToleratedFailureCount": 1}, {}, "FAILED"),
        ({"ToleratedFailureCount": 1, "ToleratedFailurePercentage": 100}, {}, "FAILED"),
        ({"ToleratedFailureCount": 2, "ToleratedFailurePercentage": 30}, {}, "FAILED"),
        ({"ToleratedFailurePercentagePath": "$.most"}, {"most": 40}, "SUCCEEDED"),
        ({"ToleratedFailurePercentagePath": "$.most"}, {"most": 20.5}, "FAILED"),
        ({"ToleratedFailureCountPath": "$.most"}, {"most": 2}, "SUCCEEDED"),
        ({"ToleratedFailureCountPath": "$.most"}, {"most": 1}, "FAILED"),
    ],
)
def test_a_threshold_is_what_may_fail(
    state_machines: StateMachines, threshold: dict[str, Any], given: dict[str, Any], status: str
) -> None:
    state = distributed(FAILS_IF_BAD, ResultPath=None, MaxConcurrency=1, **threshold)
    ended = state_machines.run({"Map": state}, {**items(5, 1, 3), **given})
    assert ended["status"] == status, ended
    run = map_run(state_machines.client, ended["executionArn"])
    assert run["status"] == status
    if status == "SUCCEEDED":
        assert counted(run) == {"succeeded": 3, "failed": 2, "total": 5}
    else:
        assert (ended["error"], ended["cause"]) == EXCEEDED


def test_an_exceeded_threshold_is_caught(state_machines: StateMachines) -> None:
    catch = [{"ErrorEquals": [EXCEEDED[0]], "ResultPath": "$.error", "Next": "After"}]
    states = {"Map": distributed(FAILS_IF_BAD, Catch=catch), "After": {"Type": "Pass", "End": True}}
    ended = state_machines.run(states, items(1, 0))
    assert json.loads(ended["output"])["error"]["Error"] == EXCEEDED[0]


def test_items_are_read_from_s3_and_selected(
    aws: Callable[[str], Aws], bucket: str, state_machines: StateMachines
) -> None:
    listed = [{"name": f"i-{n}", "input": {"n": n}} for n in range(3)]
    aws("s3").put_object(Bucket=bucket, Key="backfills/items.json", Body=json.dumps(listed))
    parameters = {
        "item.$": "$.item.name",
        "whole.$": "$.whole",
        "id.$": "$$.Execution.Id",
        "machine.$": "$$.StateMachine.Id",
    }
    state = distributed(
        {"Take": {"Type": "Pass", "Parameters": parameters, "End": True}},
        Label="runs",
        ItemReader={
            "Resource": "arn:aws:states:::s3:getObject",
            "ReaderConfig": {"InputType": "JSON"},
            "Parameters": {"Bucket": bucket, "Key.$": "$.items_key"},
        },
        ItemSelector={"item.$": "$$.Map.Item.Value", "whole.$": "$.items_key"},
        MaxConcurrencyPath="$.max_concurrency",
    )
    del state["ItemsPath"]
    ended = state_machines.run({"Map": state}, {"items_key": "backfills/items.json", "max_concurrency": 2})
    outputs = json.loads(ended["output"])
    assert [(one["item"], one["whole"]) for one in outputs] == [(f"i-{n}", "backfills/items.json") for n in range(3)]
    run = map_run(state_machines.client, ended["executionArn"])
    assert run["maxConcurrency"] == 2
    # A child execution is one of its own.
    machine = ended["stateMachineArn"]
    assert {one["machine"] for one in outputs} == {f"{machine}/runs"}
    children = state_machines.client.list_executions(mapRunArn=run["mapRunArn"])["executions"]
    assert {child["executionArn"] for child in children} == {one["id"] for one in outputs}
    stem = f"{machine.replace(':stateMachine:', ':execution:')}/runs:"
    assert all(child["executionArn"] == f"{stem}{child['name']}" for child in children)
    assert {(child["status"], child["itemCount"]) for child in children} == {("SUCCEEDED", 1)}
    (listed_run,) = state_machines.client.list_map_runs(executionArn=ended["executionArn"])["mapRuns"]
    assert listed_run["stateMachineArn"] == f"{machine}/runs"


@pytest.mark.parametrize("body", [None, "{", '{"a": 1}'], ids=["missing", "no json", "no array"])
def test_items_that_cannot_be_read_fail_the_map(
    aws: Callable[[str], Aws], bucket: str, state_machines: StateMachines, body: str | None
) -> None:
    if body is not None:
        aws("s3").put_object(Bucket=bucket, Key="items.json", Body=body)
    reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": "JSON"},
        "Parameters": {"Bucket": bucket, "Key": "items.json"},
    }
    state = distributed(FAILS_IF_BAD, ItemReader=reader)
    del state["ItemsPath"]
    ended = state_machines.run({"Map": state}, {})
    assert (ended["status"], ended["error"]) == ("FAILED", "States.ItemReaderFailed"), ended
    assert map_run(state_machines.client, ended["executionArn"])["status"] == "FAILED"


def test_a_result_must_fit_into_the_state(state_machines: StateMachines) -> None:
    large = {"Large": {"Type": "Pass", "Result": "x" * 60_000, "End": True}}
    ended = state_machines.run({"Map": distributed(large, ResultPath=None)}, items(5))
    assert (ended["status"], ended["error"]) == ("FAILED", "States.DataLimitExceeded")


def test_counts_are_true_while_it_runs_and_after_a_stop(state_machines: StateMachines) -> None:
    sfn = state_machines.client
    machine = state_machines.create({"Map": distributed(WAIT, MaxConcurrency=2)})
    execution = sfn.start_execution(stateMachineArn=machine, input=json.dumps(items(5)))["executionArn"]
    running = _wait_for(lambda: _running(sfn, execution, 2))
    assert running["status"] == "RUNNING"
    assert counted(running) == {"pending": 3, "running": 2, "total": 5}
    assert "stopDate" not in running
    sfn.stop_execution(executionArn=execution)
    assert wait_for_execution(sfn, execution)["status"] == "ABORTED"
    stopped = map_run(sfn, execution)
    assert (stopped["status"], counted(stopped)) == ("ABORTED", {"pending": 3, "aborted": 2, "total": 5})
    told = kinds(sfn, execution)
    assert told[-2:] == ["MapRunAborted", "ExecutionAborted"]
    assert "MapStateSucceeded" not in told
    assert "MapStateFailed" not in told
    children = sfn.list_executions(mapRunArn=stopped["mapRunArn"], statusFilter="ABORTED")["executions"]
    assert len(children) == 2


def test_a_running_map_run_is_updated(state_machines: StateMachines) -> None:
    sfn = state_machines.client
    machine = state_machines.create({"Map": distributed(WAIT, MaxConcurrency=1)})
    execution = sfn.start_execution(stateMachineArn=machine, input=json.dumps(items(5)))["executionArn"]
    run = _wait_for(lambda: _running(sfn, execution, 1))
    sfn.update_map_run(mapRunArn=run["mapRunArn"], maxConcurrency=3, toleratedFailurePercentage=50)
    updated = _wait_for(lambda: _running(sfn, execution, 3))
    assert (updated["maxConcurrency"], updated["toleratedFailurePercentage"]) == (3, 50)
    sfn.stop_execution(executionArn=execution)


def test_a_percentage_elsewhere_stays_a_whole_number(state_machines: StateMachines) -> None:
    result = {"ToleratedFailurePercentage": 5}
    tolerant = distributed(FAILS_IF_BAD, ToleratedFailurePercentage=100, ResultPath=None, Next="Pass")
    del tolerant["End"]
    ended = state_machines.run({"Map": tolerant, "Pass": {"Type": "Pass", "Result": result, "End": True}}, items(1, 0))
    assert (ended["status"], ended["output"]) == ("SUCCEEDED", '{"ToleratedFailurePercentage":5}')


def test_more_items_than_the_stack_is_deep(state_machines: StateMachines) -> None:
    state = distributed({"Take": {"Type": "Pass", "Result": 1, "End": True}}, MaxConcurrency=1, ResultSelector={})
    ended = state_machines.run({"Map": state}, {"items": list(range(1200))})
    assert ended["output"] == "{}", ended.get("cause")


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"ResultWriter": {}}, "ResultWriter is not supported by the local cloud"),
        ({"ItemBatcher": {"MaxItemsPerBatch": 1}}, "ItemBatcher is not supported by the local cloud"),
        ({"ToleratedFailurePercentage": 101}, "ToleratedFailurePercentage must be a number from 0 to 100"),
        ({"ToleratedFailureCount": -1}, "ToleratedFailureCount must be a number"),
        ({"ToleratedFailureCount": 1, "ToleratedFailureCountPath": "$.a"}, "only one of"),
        ({"MaxConcurrency": 1.5}, "MaxConcurrency must be a number"),
        ({"Label": "two words"}, "Label must have"),
        ({"ItemReader": {"Resource": "arn:aws:states:::s3:listObjectsV2"}}, "only s3:getObject"),
        (
            {"ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": {"InputType": "CSV"}}},
            "only of the InputType JSON",
        ),
    ],
)
def test_what_cannot_run_is_refused_by_name(state_machines: StateMachines, more: dict[str, Any], named: str) -> None:
    code, message = refusal_of(state_machines.create, states={"Map": distributed(FAILS_IF_BAD, **more)})
    assert code == "InvalidDefinition"
    assert named in message


@pytest.mark.parametrize(
    ("configuration", "named"),
    [
        ({"Mode": "DISTRIBUTED"}, "must be STANDARD or EXPRESS"),
        ({"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}, "only STANDARD"),
        ({"Mode": "INLINE"}, "ToleratedFailureCount needs the Mode DISTRIBUTED"),
    ],
)
def test_a_processor_is_checked(state_machines: StateMachines, configuration: dict[str, Any], named: str) -> None:
    state = distributed(FAILS_IF_BAD, ToleratedFailureCount=1)
    state["ItemProcessor"]["ProcessorConfig"] = configuration
    assert named in refusal_of(state_machines.create, states={"Map": state})[1]


def test_executions_are_listed_by_one_of_two_arns(state_machines: StateMachines) -> None:
    sfn = state_machines.client
    machine = state_machines.create(WAIT)
    assert refusal_of(sfn.list_executions)[0] == "ValidationException"
    code, _ = refusal_of(sfn.list_executions, stateMachineArn=machine, redriveFilter="REDRIVEN")
    assert code == "ValidationException"
    code, _ = refusal_of(sfn.list_executions, stateMachineArn=machine, statusFilter="PENDING_REDRIVE")
    assert code == "ValidationException"
    missing = machine.replace(":stateMachine:", ":mapRun:") + "/runs:1"
    assert refusal_of(sfn.list_executions, mapRunArn=missing)[0] == "ResourceNotFound"
    assert refusal_of(sfn.describe_map_run, mapRunArn=missing)[0] == "ResourceNotFound"


def _running(sfn: Any, execution: str, count: int) -> dict[str, Any] | None:
    if not sfn.list_map_runs(executionArn=execution)["mapRuns"]:
        return None
    run = map_run(sfn, execution)
    return run if run["itemCounts"]["running"] == count else None


def _wait_for(look: Callable[[], dict[str, Any] | None]) -> dict[str, Any]:
    deadline = time.monotonic() + 20
    while (found := look()) is None:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found
