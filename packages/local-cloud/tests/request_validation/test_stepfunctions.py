"""State machines and executions that Step Functions rejects."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from cloud_under_test.refusal import refusal_of

if TYPE_CHECKING:
    from collections.abc import Callable

ROLE = "arn:aws:iam::123456789012:role/r"
END = {"Type": "Pass", "End": True}


def definition(states: dict[str, Any], start: str = "A") -> str:
    return json.dumps({"StartAt": start, "States": states})


INVALID: list[tuple[str, str, str]] = [
    ("not JSON", "{", "INVALID_JSON_DESCRIPTION"),
    ("start", definition({"A": END}, start="B"), "Missing target state: B at /StartAt"),
    ("next", definition({"A": {"Type": "Pass", "Next": "X"}}), "Missing target state: X at /States/A/Next"),
    ("no end", definition({"A": {"Type": "Pass"}}), "[Next or End] at /States/A"),
    ("unreachable", definition({"A": END, "B": END}), 'State "B" is not reachable'),
    ("unknown type", definition({"A": {"Type": "Nope", "End": True}}), "Type must be one of"),
    ("no resource", definition({"A": {"Type": "Task", "End": True}}), "No Resource declaration"),
    (
        "catch",
        definition(
            {
                "A": {
                    "Type": "Task",
                    "Resource": "arn:aws:states:::lambda:invoke",
                    "End": True,
                    "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Z"}],
                }
            }
        ),
        "Missing target state: Z at /States/A/Catch[0]/Next",
    ),
    (
        "choice",
        definition({"A": {"Type": "Choice", "Choices": [{"Variable": "$.x", "IsNull": True, "Next": "Z"}]}}),
        "Missing target state: Z at /States/A/Choices[0]/Next",
    ),
    (
        "branch",
        definition(
            {
                "A": {
                    "Type": "Parallel",
                    "End": True,
                    "Branches": [{"StartAt": "B", "States": {"B": {"Type": "Pass", "Next": "A"}}}],
                }
            }
        ),
        "Missing target state: A at /States/A/Branches[0]/States/B/Next",
    ),
]


@pytest.fixture
def states(unchecked: Callable[[str], Any]) -> Any:
    """A Step Functions client."""
    return unchecked("stepfunctions")


@pytest.fixture
def machine(states: Any, name: str) -> str:
    """The ARN of a state machine that waits for as many seconds as its input says."""
    waits = {"A": {"Type": "Wait", "SecondsPath": "$.seconds", "End": True}}
    arn = states.create_state_machine(name=name, definition=definition(waits), roleArn=ROLE)["stateMachineArn"]
    return str(arn)


@pytest.mark.parametrize(("text", "words"), [case[1:] for case in INVALID], ids=[case[0] for case in INVALID])
def test_an_invalid_definition_is_refused_when_it_is_deployed(
    states: Any, name: str, machine: str, text: str, words: str
) -> None:
    for code, message in (
        refusal_of(states.create_state_machine, name=f"{name}-2", definition=text, roleArn=ROLE),
        refusal_of(states.update_state_machine, stateMachineArn=machine, definition=text),
    ):
        assert code == "InvalidDefinition"
        assert words in message
    assert "Wait" in states.describe_state_machine(stateMachineArn=machine)["definition"]


@pytest.mark.parametrize("bad", ["a b", "a/b", "a*"])
def test_an_execution_has_a_name_that_may_be(states: Any, machine: str, bad: str) -> None:
    assert refusal_of(states.start_execution, stateMachineArn=machine, name=bad)[0] == "InvalidName"


def test_an_input_is_json(states: Any, machine: str) -> None:
    code, _ = refusal_of(states.start_execution, stateMachineArn=machine, input="{")
    assert code == "InvalidExecutionInput"


def test_a_name_is_used_once(states: Any, machine: str) -> None:
    first = states.start_execution(stateMachineArn=machine, name="n", input='{"seconds": 60}')
    again = states.start_execution(stateMachineArn=machine, name="n", input='{"seconds": 60}')
    assert again["executionArn"] == first["executionArn"]
    code, _ = refusal_of(states.start_execution, stateMachineArn=machine, name="n", input='{"seconds": 1}')
    assert code == "ExecutionAlreadyExists"
    states.stop_execution(executionArn=first["executionArn"])
    while states.describe_execution(executionArn=first["executionArn"])["status"] == "RUNNING":
        time.sleep(0.05)
    code, _ = refusal_of(states.start_execution, stateMachineArn=machine, name="n", input='{"seconds": 60}')
    assert code == "ExecutionAlreadyExists"


def test_a_state_of_more_than_256_kib_fails(states: Any, name: str) -> None:
    doubled = {"A": {"Type": "Pass", "Parameters": {"one.$": "$", "two.$": "$"}, "End": True}}
    arn = states.create_state_machine(name=name, definition=definition(doubled), roleArn=ROLE)["stateMachineArn"]
    started = states.start_execution(stateMachineArn=arn, input=json.dumps({"x": "y" * 200_000}))
    while (described := states.describe_execution(executionArn=started["executionArn"]))["status"] == "RUNNING":
        time.sleep(0.05)
    assert (described["status"], described.get("error")) == ("FAILED", "States.DataLimitExceeded")
