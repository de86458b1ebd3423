"""CreateStateMachine, StartExecution and descriptions: names, definitions, inputs, logs, limits and pages."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from cloud_under_test.observation import wait_for_execution

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloud_under_test.state_machines import StateMachines

Aws = Any
PASS: dict[str, Any] = {"S": {"Type": "Pass", "End": True}}
WAIT: dict[str, Any] = {"S": {"Type": "Wait", "Seconds": 600, "End": True}}
EXPRESS = {"StartAt": "S", "States": PASS, "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}}
TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z")


def refusal(call: Any, **arguments: Any) -> tuple[str, str]:
    """Return the code and the message of the error that a call raises."""
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


def test_the_context_object_is_there(state_machines: StateMachines) -> None:
    context = state_machines.value("$$", {"day": "日"})
    execution, state, machine = context["Execution"], context["State"], context["StateMachine"]
    assert TIME.fullmatch(execution["StartTime"])
    assert TIME.fullmatch(state["EnteredTime"])
    assert (execution["RedriveCount"], state["RetryCount"], state["Name"]) == (0, 0, "S")
    assert (execution["Input"], execution["RoleArn"]) == ({"day": "日"}, state_machines.role_arn)
    assert execution["Id"] == machine["Id"].replace(":stateMachine:", ":execution:") + f":{execution['Name']}"
    assert machine["Name"] == machine["Id"].rpartition(":")[2]
    assert not {"Task", "Map"} & context.keys()


def test_an_execution_is_described_as_its_context_has_it(state_machines: StateMachines) -> None:
    states = {"S": {"Type": "Pass", "Parameters": {"start.$": "$$.Execution.StartTime"}, "End": True}}
    ended = state_machines.run(states)
    start = dt.datetime.fromisoformat(json.loads(ended["output"])["start"])
    assert abs(ended["startDate"] - start) < dt.timedelta(seconds=1)
    assert (ended["redriveCount"], ended["redriveStatus"]) == (0, "NOT_REDRIVABLE")


def test_a_string_is_described_as_json(state_machines: StateMachines) -> None:
    ended = state_machines.run({"S": {"Type": "Pass", "Result": "日", "End": True}})
    assert ended["output"] == '"日"'


def test_items_of_a_map_have_their_index_and_value(state_machines: StateMachines) -> None:
    processor = {
        "StartAt": "I",
        "States": {"I": {"Type": "Pass", "Parameters": {"v.$": "$$.Map.Item", "n.$": "$.n"}, "End": True}},
    }
    state = {
        "Type": "Map",
        "ItemsPath": "$.rows[?(@ > 1)]",
        "ItemSelector": {"n.$": "$$.Map.Item.Value"},
        "ItemProcessor": processor,
    }
    assert state_machines.output(state, {"rows": [1, 2, 3]}) == [
        {"v": {"Index": 0, "Value": 2}, "n": 2},
        {"v": {"Index": 1, "Value": 3}, "n": 3},
    ]


@pytest.mark.parametrize(
    ("machine", "named"),
    [
        ({"QueryLanguage": "JSONata"}, "JSONata"),
        ({"States": {"S": {**PASS["S"], "QueryLanguage": "JSONata"}}}, "/States/S/QueryLanguage"),
        ({"States": {"S": {**PASS["S"], "Assign": {"a": 1}}}}, "/States/S/Assign"),
        ({"States": {"S": {**PASS["S"], "Output": "{% 1 %}"}}}, "/States/S/Output"),
        ({"States": {"S": {**PASS["S"], "Parameters": {"a.$": "abc"}}}}, "/States/S/Parameters/a.$"),
        ({"States": {"S": {**PASS["S"], "Parameters": {"a": [{"b.$": 1}]}}}}, "/States/S/Parameters/a[0]/b.$"),
        ({"States": {"S": {**PASS["S"], "Parameters": {"a.$": "$name"}}}}, "variables are not supported"),
        ({"States": {"S": {"Type": "Nothing", "End": True}}}, "/States/S/Type"),
        ({"States": {"S": 1}}, "/States/S/Type"),
        ({"States": {}}, "/States"),
        ({"StartAt": None}, "/StartAt"),
        ({"States": {"S": {"Type": "Choice", "Choices": []}}}, "/States/S/Choices"),
        ({"States": {"S": {"Type": "Wait", "Seconds": 100_000_000, "End": True}}}, "/States/S/Seconds"),
        ({"States": {"S": {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsNull": True}]}}}, "Choices[0]"),
        (
            {
                "States": {
                    "S": {"Type": "Task", "Resource": "arn:aws:states:us-east-1:123456789012:activity:a", "End": True}
                }
            },
            "activities are not supported",
        ),
        (
            {
                "States": {
                    "S": {"Type": "Task", "Resource": "arn:aws:states:::sagemaker:createTrainingJob.sync", "End": True}
                }
            },
            "createProcessingJob.sync",
        ),
        (
            {"States": {"S": {"Type": "Parallel", "Branches": [{"StartAt": "B", "States": {"B": {}}}], "End": True}}},
            "/B/Type",
        ),
        ({"States": {"S": {"Type": "Map", "ItemProcessor": EXPRESS, "End": True}}}, "only STANDARD"),
    ],
)
def test_a_definition_that_cannot_run_is_refused_by_name(
    state_machines: StateMachines, machine: dict[str, Any], named: str
) -> None:
    definition = json.dumps({"StartAt": "S", "States": PASS, **machine})
    code, message = refusal(state_machines.create, states=PASS, definition=definition)
    assert code == "InvalidDefinition"
    assert named in message


@pytest.mark.parametrize("definition", ["{", "[]", '"text"', "null"])
def test_a_definition_that_is_not_an_object_is_refused(state_machines: StateMachines, definition: str) -> None:
    assert refusal(state_machines.create, states=PASS, definition=definition)[0] == "InvalidDefinition"


def test_the_same_state_machine_is_created_once(state_machines: StateMachines, name: str) -> None:
    first = state_machines.create(PASS, name=name)
    assert state_machines.create(PASS, name=name) == first
    # "If a following request has a different roleArn or tags, Step Functions will ignore these differences"
    assert state_machines.create(PASS, name=name, tags=[{"key": "a", "value": "b"}]) == first


@pytest.mark.parametrize("more", [{"type": "EXPRESS"}, {"tracingConfiguration": {"enabled": True}}, {"states": WAIT}])
def test_a_taken_name_is_refused(state_machines: StateMachines, name: str, more: dict[str, Any]) -> None:
    arn = state_machines.create(PASS, name=name)
    code, message = refusal(state_machines.create, **{"states": PASS, "name": name, **more})
    assert (code, message) == ("StateMachineAlreadyExists", f"State Machine Already Exists: '{arn}'")
    described = state_machines.client.describe_state_machine(stateMachineArn=arn)
    assert json.loads(described["definition"])["States"] == PASS


@pytest.mark.parametrize("wrong", ["a b", "a/b", "a:b", "a*", "a\x7f", "a" * 81])
def test_a_name_that_is_not_one_is_refused(state_machines: StateMachines, wrong: str) -> None:
    assert refusal(state_machines.create, states=PASS, name=wrong)[0] in ("InvalidName", "ValidationException")


@pytest.mark.parametrize(
    ("suffix", "message"),
    [("", "Log Group ARN must be provided with '*' qualifier."), (":*", "Log Destination not found")],
)
def test_a_log_group_that_does_not_exist_is_refused(
    aws: Aws, state_machines: StateMachines, name: str, suffix: str, message: str
) -> None:
    arn = f"arn:aws:logs:{aws('logs').meta.region_name}:123456789012:log-group:{name}{suffix}"
    logging = {"level": "ALL", "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": arn}}]}
    machine = state_machines.create(PASS)
    aws("logs").create_log_group(logGroupName=f"{name}-longer")
    calls: list[Callable[[], Any]] = [
        lambda: state_machines.create(PASS, loggingConfiguration=logging),
        lambda: state_machines.client.update_state_machine(stateMachineArn=machine, loggingConfiguration=logging),
    ]
    for call in calls:
        code, told = refusal(call)
        assert code == "InvalidLoggingConfiguration"
        assert message in told
    if suffix:
        aws("logs").create_log_group(logGroupName=name)
        for call in calls:
            call()


@pytest.mark.parametrize("given", ["", "{", "{'a': 1}", "NaN", '{"a": 1} b'])
def test_an_input_that_is_not_json_is_refused(state_machines: StateMachines, given: str) -> None:
    machine = state_machines.create(PASS)
    call = state_machines.client.start_execution
    code, message = refusal(call, stateMachineArn=machine, input=given)
    assert code == "InvalidExecutionInput"
    assert message.startswith("Invalid State Machine Execution Input: '")


def test_an_input_over_the_limit_is_refused(state_machines: StateMachines) -> None:
    machine = state_machines.create(PASS)
    given = json.dumps("x" * 262_144)
    code, _ = refusal(state_machines.client.start_execution, stateMachineArn=machine, input=given)
    assert code in ("InvalidExecutionInput", "ValidationException")


def test_data_over_the_limit_fail_by_name_and_are_counted_in_utf_8(state_machines: StateMachines) -> None:
    state = {"Type": "Pass", "Parameters": {"a.$": "$.text", "b.$": "$.text"}}
    assert len(state_machines.output(state, {"text": "日" * 43_000})["a"]) == 43_000
    error, cause = state_machines.error(state, {"text": "x" * 140_000})
    assert error == "States.DataLimitExceeded"
    assert "'S'" in cause


def test_a_name_is_used_once(state_machines: StateMachines) -> None:
    client = state_machines.client
    machine = state_machines.create(WAIT)
    first = client.start_execution(stateMachineArn=machine, name="n", input="{}")["executionArn"]
    assert client.start_execution(stateMachineArn=machine, name="n", input="{}")["executionArn"] == first
    taken = {"call": client.start_execution, "stateMachineArn": machine, "name": "n"}
    assert refusal(**taken, input='{"a": 1}')[0] == "ExecutionAlreadyExists"
    client.stop_execution(executionArn=first, error="Enough", cause="no more of it")
    ended = wait_for_execution(client, first)
    assert (ended["error"], ended["cause"]) == ("Enough", "no more of it")
    assert ended["stopDate"] >= ended["startDate"]
    assert refusal(**taken, input="{}")[0] == "ExecutionAlreadyExists"


def test_executions_are_listed_by_status_in_pages(state_machines: StateMachines) -> None:
    client = state_machines.client
    states = {
        "S": {"Type": "Choice", "Choices": [{"Variable": "$.fail", "IsPresent": True, "Next": "No"}], "Default": "Yes"},
        "No": {"Type": "Fail", "Error": "Meant"},
        "Yes": {"Type": "Succeed"},
    }
    machine = state_machines.create(states)
    started = [
        client.start_execution(stateMachineArn=machine, input=given)["executionArn"]
        for given in ["{}", '{"fail": 1}'] * 3
    ]
    ended = [wait_for_execution(client, arn) for arn in started]
    pages = client.get_paginator("list_executions")
    listed = [
        one["executionArn"]
        for page in pages.paginate(stateMachineArn=machine, PaginationConfig={"PageSize": 4})
        for one in page["executions"]
    ]
    assert listed == started[::-1]
    failed = client.list_executions(stateMachineArn=machine, statusFilter="FAILED")["executions"]
    assert [one["executionArn"] for one in failed] == started[::-1][::2]
    assert {one["stopDate"] for one in failed} == {one["stopDate"] for one in ended[1::2]}
    call = client.list_executions
    assert refusal(call, stateMachineArn=machine, nextToken="x")[0] == "InvalidToken"
    assert refusal(call, stateMachineArn=f"{machine}x")[0] == "StateMachineDoesNotExist"


def test_an_execution_that_timed_out_has_an_end(aws: Aws, state_machines: StateMachines) -> None:
    definition = json.dumps({"StartAt": "S", "TimeoutSeconds": 1, "States": WAIT})
    machine = state_machines.create(WAIT, definition=definition)
    started = state_machines.client.start_execution(stateMachineArn=machine)["executionArn"]
    ended = wait_for_execution(state_machines.client, started)
    assert (ended["status"], ended["stopDate"] >= ended["startDate"]) == ("TIMED_OUT", True)


@pytest.mark.parametrize(
    ("caught", "expected"), [("States.ALL", "FAILED"), ("States.TaskFailed", "FAILED"), ("States.Runtime", "FAILED")]
)
def test_a_runtime_error_is_never_caught(state_machines: StateMachines, caught: str, expected: str) -> None:
    branch = {"StartAt": "B", "States": {"B": {"Type": "Pass", "InputPath": "$.missing", "End": True}}}
    catch = [{"ErrorEquals": [caught], "Next": "Caught"}]
    states = {
        "P": {"Type": "Parallel", "Branches": [branch], "Catch": catch, "End": True},
        "Caught": {"Type": "Pass", "End": True},
    }
    assert state_machines.run(states)["status"] == expected


@pytest.mark.parametrize("caught", ["States.ALL", "States.TaskFailed", "States.IntrinsicFailure"])
def test_a_failed_call_is_caught_by_its_name(state_machines: StateMachines, caught: str) -> None:
    parameters = {"v.$": "States.ArrayGetItem($.a, 9)"}
    branch = {"StartAt": "B", "States": {"B": {"Type": "Pass", "Parameters": parameters, "End": True}}}
    catch = [{"ErrorEquals": [caught], "Next": "Caught"}]
    states = {
        "P": {"Type": "Parallel", "Branches": [branch], "Catch": catch, "End": True},
        "Caught": {"Type": "Pass", "End": True},
    }
    ended = state_machines.run(states, {"a": []})
    assert json.loads(ended["output"])["Error"] == "States.IntrinsicFailure"


def test_a_fail_state_reads_its_error_and_cause(state_machines: StateMachines) -> None:
    state = {"Type": "Fail", "ErrorPath": "$.e", "CausePath": "States.Format('{} of {}', $.n, 9)"}
    ended = state_machines.run({"S": state}, {"e": "Meant", "n": 1.5})
    assert (ended["error"], ended["cause"]) == ("Meant", "1.5 of 9")


@pytest.mark.parametrize("given", ["2020-01-01T00:00:00Z", "2020-01-01T09:00:00.5+09:00"])
def test_a_time_that_has_passed_is_not_waited_for(state_machines: StateMachines, given: str) -> None:
    assert state_machines.output({"Type": "Wait", "TimestampPath": "$.t"}, {"t": given}) == {"t": given}


def test_a_time_with_an_offset_is_waited_for(state_machines: StateMachines) -> None:
    soon = dt.datetime.now(dt.timezone(dt.timedelta(hours=9))) + dt.timedelta(seconds=3)
    ended = state_machines.run({"S": {"Type": "Wait", "TimestampPath": "$.t", "End": True}}, {"t": soon.isoformat()})
    assert dt.timedelta(seconds=1) < ended["stopDate"] - ended["startDate"] < dt.timedelta(seconds=30)


def test_an_error_of_an_item_keeps_its_name(state_machines: StateMachines) -> None:
    item = {"Type": "Pass", "Parameters": {"v.$": "States.ArrayGetItem($, 3)"}, "End": True}
    state = {"Type": "Map", "ItemsPath": "$", "ItemProcessor": {"StartAt": "I", "States": {"I": item}}}
    error, cause = state_machines.error(state, [[1]])
    assert error == "States.IntrinsicFailure"
    assert cause.count("An error occurred while executing the state") == 1
