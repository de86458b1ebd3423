"""A state starts an execution of another state machine; with .sync, it waits for its end and is stopped with it."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from moto.core.exceptions import JsonRESTError
from moto.stepfunctions.parser.models import StepFunctionsParserBackend

from cloud_under_test.observation import wait_for_execution

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloud_under_test.state_machines import StateMachines

START = "arn:aws:states:::states:startExecution"
DOUBLE = {"Double": {"Type": "Pass", "Parameters": {"twice.$": "States.MathAdd($.n, $.n)"}, "End": True}}
FAIL = {"Fail": {"Type": "Fail", "Error": "Bad", "Cause": "no data"}}
WAIT = {"Wait": {"Type": "Wait", "Seconds": 600, "End": True}}


def nested(machine: str, pattern: str = ".sync:2", **more: Any) -> dict[str, Any]:
    parameters = {"StateMachineArn": machine, "Input.$": "$", "Name.$": "$.name"}
    return {"Type": "Task", "Resource": f"{START}{pattern}", "Parameters": parameters, **more}


@pytest.mark.parametrize(
    ("pattern", "output"), [(".sync:2", {"twice": 6}), (".sync", '{"twice":6}')], ids=["json", "string"]
)
def test_the_result_has_the_output_of_the_execution(
    state_machines: StateMachines, name: str, pattern: str, output: Any
) -> None:
    machine = state_machines.create(DOUBLE)
    result = state_machines.output(nested(machine, pattern), {"n": 3, "name": name})
    given = {"n": 3, "name": name}
    assert (result["Output"] if pattern == ".sync:2" else json.loads(result["Output"])) == {"twice": 6}
    assert isinstance(result["Output"], type(output))
    assert (result["Input"] if pattern == ".sync:2" else json.loads(result["Input"])) == given
    assert (result["Status"], result["Name"], result["StateMachineArn"]) == ("SUCCEEDED", name, machine)
    assert result["ExecutionArn"] == machine.replace(":stateMachine:", ":execution:") + f":{name}"
    assert result["StartDate"] <= result["StopDate"]
    assert result["OutputDetails"] == {"Included": True}


def test_without_a_pattern_the_result_is_that_of_the_start(state_machines: StateMachines, name: str) -> None:
    machine = state_machines.create(WAIT)
    result = state_machines.output(nested(machine, ""), {"name": name})
    assert set(result) == {"ExecutionArn", "StartDate"}
    described = state_machines.client.describe_execution(executionArn=result["ExecutionArn"])
    assert described["status"] == "RUNNING"
    state_machines.client.stop_execution(executionArn=result["ExecutionArn"])


@pytest.mark.parametrize("pattern", [".sync", ".sync:2"])
def test_a_failed_execution_fails_the_task_with_its_description(
    state_machines: StateMachines, name: str, pattern: str
) -> None:
    machine = state_machines.create(FAIL)
    error, cause = state_machines.error(nested(machine, pattern), {"name": name})
    assert error == "States.TaskFailed"
    told = json.loads(cause)
    assert (told["Status"], told["Error"], told["Cause"], told["Name"]) == ("FAILED", "Bad", "no data", name)


def test_a_failed_execution_is_caught_in_an_inline_map(state_machines: StateMachines, name: str) -> None:
    good, bad = state_machines.create(DOUBLE), state_machines.create(FAIL)
    catch = [{"ErrorEquals": ["States.TaskFailed"], "ResultPath": "$.error", "Next": "Caught"}]
    run = {**nested("", End=True, Catch=catch)}
    run["Parameters"] = {"StateMachineArn.$": "$.machine", "Name.$": "$.name", "Input": {"n": 1}}
    processor = {
        "ProcessorConfig": {"Mode": "INLINE"},
        "StartAt": "Run",
        "States": {"Run": run, "Caught": {"Type": "Pass", "OutputPath": "$.error.Error", "End": True}},
    }
    items = [{"machine": good, "name": f"{name}-1"}, {"machine": bad, "name": f"{name}-2"}]
    first, second = state_machines.output({"Type": "Map", "ItemProcessor": processor}, items)
    assert first["Output"] == {"twice": 2}
    assert second == "States.TaskFailed"


def test_an_item_that_fails_fails_its_map_by_the_same_name(state_machines: StateMachines, name: str) -> None:
    bad = state_machines.create(FAIL)
    processor = {"StartAt": "Run", "States": {"Run": nested(bad, End=True)}}
    error, _ = state_machines.error({"Type": "Map", "ItemProcessor": processor}, [{"name": name}])
    assert error == "States.TaskFailed"


def test_a_name_in_use_and_a_missing_machine_have_the_services_error_names(
    state_machines: StateMachines, name: str
) -> None:
    machine = state_machines.create(DOUBLE)
    given = {"n": 1, "name": name}
    state_machines.output(nested(machine), given)
    assert state_machines.error(nested(machine), given)[0] == "StepFunctions.ExecutionAlreadyExistsException"
    missing = nested(f"{machine}-missing")
    assert state_machines.error(missing, given)[0] == "StepFunctions.StateMachineDoesNotExistException"


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("ExecutionLimitExceeded", "StepFunctions.ExecutionLimitExceededException"),
        ("ThrottlingException", "StepFunctions.ThrottlingException"),
    ],
)
def test_a_refused_start_is_retried_by_its_error_name(
    state_machines: StateMachines, name: str, monkeypatch: pytest.MonkeyPatch, code: str, error: str
) -> None:
    machine = state_machines.create(DOUBLE)
    refused: list[str] = []
    start: Callable[..., Any] = StepFunctionsParserBackend.start_execution

    def limited(self: Any, state_machine_arn: str, name: Any, execution_input: Any, trace_header: Any = None) -> Any:
        if state_machine_arn == machine and not refused:
            refused.append(code)
            raise JsonRESTError(code, "too many")
        return start(self, state_machine_arn, name, execution_input, trace_header)

    monkeypatch.setattr(StepFunctionsParserBackend, "start_execution", limited)
    retry = [{"ErrorEquals": [error], "IntervalSeconds": 1, "MaxAttempts": 1}]
    result = state_machines.output(nested(machine, Retry=retry), {"n": 1, "name": name})
    assert (refused, result["Output"]) == ([code], {"twice": 2})


@pytest.mark.parametrize("pattern", [".sync", ".sync:2"])
def test_stopping_the_parent_stops_the_execution_it_waits_for(
    state_machines: StateMachines, name: str, pattern: str
) -> None:
    sfn = state_machines.client
    machine = state_machines.create(WAIT)
    parent = state_machines.create({"Run": nested(machine, pattern, End=True)})
    started = sfn.start_execution(stateMachineArn=parent, input=json.dumps({"name": name}))["executionArn"]
    child = machine.replace(":stateMachine:", ":execution:") + f":{name}"
    _wait_for_start(sfn, child)
    sfn.stop_execution(executionArn=started)
    assert wait_for_execution(sfn, started)["status"] == "ABORTED"
    assert wait_for_execution(sfn, child)["status"] == "ABORTED"


def test_a_timeout_of_the_state_stops_the_execution(state_machines: StateMachines, name: str) -> None:
    machine = state_machines.create(WAIT)
    ended = state_machines.run({"Run": nested(machine, TimeoutSeconds=1, End=True)}, {"name": name})
    assert (ended["status"], ended["error"]) == ("FAILED", "States.Timeout")
    child = machine.replace(":stateMachine:", ":execution:") + f":{name}"
    assert wait_for_execution(state_machines.client, child)["status"] == "ABORTED"


def _wait_for_start(sfn: Any, arn: str) -> None:
    while True:
        try:
            sfn.describe_execution(executionArn=arn)
        except ClientError:
            time.sleep(0.02)
        else:
            return
