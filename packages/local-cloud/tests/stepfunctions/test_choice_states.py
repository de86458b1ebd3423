"""Choice states: the operators, and missing values and values of other types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from cloud_under_test.state_machines import StateMachines

GIVEN: dict[str, Any] = {
    "n": 1,
    "f": 1.0,
    "two": 2,
    "s": "1",
    "b": True,
    "null": None,
    "noon": "2026-11-29T12:00:00Z",
    "tokyo": "2026-11-29T21:00:00.000+09:00",
    "later": "2026-11-29T12:00:00.000000001Z",
    "not_a_time": "2026-11-29 12:00:00",
    "star": "a*b",
}
CASES: list[tuple[dict[str, Any], bool]] = [
    ({"Variable": "$.n", "NumericEquals": 1.0}, True),
    ({"Variable": "$.s", "NumericEquals": 1}, False),
    ({"Variable": "$.n", "StringEquals": "1"}, False),
    ({"Variable": "$.b", "NumericEquals": 1}, False),
    ({"Variable": "$.n", "NumericEqualsPath": "$.f"}, True),
    ({"Variable": "$.n", "NumericEqualsPath": "$.s"}, False),
    ({"Variable": "$.n", "NumericLessThanPath": "$.two"}, True),
    ({"Variable": "$.n", "NumericGreaterThanEquals": 2}, False),
    ({"Variable": "$.b", "BooleanEquals": True}, True),
    ({"Variable": "$.n", "BooleanEquals": True}, False),
    ({"Variable": "$.s", "StringLessThan": "2"}, True),
    ({"Variable": "$.s", "StringEqualsPath": "$.n"}, False),
    ({"Variable": "$$.State.Name", "StringEquals": "S"}, True),
    ({"Variable": "$.s", "StringEqualsPath": "$$.State.Name"}, False),
    ({"Variable": "$.noon", "TimestampEquals": "2026-11-29T12:00:00.000Z"}, True),
    ({"Variable": "$.noon", "TimestampEquals": "2026-11-29T13:00:00+01:00"}, True),
    ({"Variable": "$.noon", "TimestampEqualsPath": "$.tokyo"}, True),
    ({"Variable": "$.later", "TimestampGreaterThanPath": "$.tokyo"}, True),
    ({"Variable": "$.noon", "TimestampLessThanPath": "$.later"}, True),
    ({"Variable": "$.noon", "TimestampLessThanEquals": "2026-11-29T20:00:00+09:00"}, False),
    ({"Variable": "$.not_a_time", "TimestampLessThan": "2030-01-01T00:00:00Z"}, False),
    ({"Variable": "$.noon", "TimestampEqualsPath": "$.not_a_time"}, False),
    ({"Variable": "$.tokyo", "IsTimestamp": True}, True),
    ({"Variable": "$.later", "IsTimestamp": True}, True),
    ({"Variable": "$.not_a_time", "IsTimestamp": False}, True),
    ({"Variable": "$.missing", "IsPresent": False}, True),
    ({"Variable": "$.missing", "IsPresent": True}, False),
    ({"Variable": "$.null", "IsPresent": True}, True),
    ({"Variable": "$.null", "IsNull": True}, True),
    ({"Variable": "$.b", "IsNumeric": True}, False),
    ({"Variable": "$.f", "IsNumeric": True}, True),
    ({"Variable": "$.star", "StringMatches": r"a\*b"}, True),
    ({"Variable": "$.s", "StringMatches": r"\*"}, False),
    ({"Variable": "$.star", "StringMatches": "a*"}, True),
    ({"Variable": "$.s", "StringMatches": "?"}, False),
    ({"Variable": "$.s", "StringMatches": "[1]"}, False),
    ({"Not": {"Variable": "$.missing", "IsPresent": True}}, True),
    ({"And": [{"Variable": "$.missing", "IsPresent": True}, {"Variable": "$.missing", "NumericEquals": 1}]}, False),
    ({"Or": [{"Variable": "$.n", "NumericEquals": 1}, {"Variable": "$.missing", "NumericEquals": 1}]}, True),
]


@pytest.mark.parametrize("cases", [CASES[start::4] for start in range(4)])
def test_rules_hold(state_machines: StateMachines, cases: list[tuple[dict[str, Any], bool]]) -> None:
    branches = [_branch(rule) for rule, _ in cases]
    found = state_machines.output({"Type": "Parallel", "Branches": branches}, GIVEN)
    assert [(rule, holds) for (rule, _), holds in zip(cases, found, strict=True)] == cases


def _branch(rule: dict[str, Any]) -> dict[str, Any]:
    states = {
        "S": {"Type": "Choice", "Choices": [{**rule, "Next": "Yes"}], "Default": "No"},
        "Yes": {"Type": "Pass", "Result": True, "End": True},
        "No": {"Type": "Pass", "Result": False, "End": True},
    }
    return {"StartAt": "S", "States": states}


@pytest.mark.parametrize(
    ("rule", "path"),
    [
        ({"Variable": "$.missing", "NumericEquals": 1}, "$.missing"),
        ({"Variable": "$.missing", "IsNull": True}, "$.missing"),
        ({"Variable": "$$.Missing", "StringEquals": "a"}, "$$.Missing"),
        ({"Variable": "$.n", "NumericEqualsPath": "$.missing"}, "$.missing"),
    ],
)
def test_a_missing_value_fails(state_machines: StateMachines, rule: dict[str, Any], path: str) -> None:
    states = {**_branch(rule)["States"]}
    ended = state_machines.run(states, GIVEN)
    assert (ended["status"], ended["error"]) == ("FAILED", "States.Runtime")
    assert f"Invalid path '{path}': The choice state's condition path references an invalid value." in ended["cause"]


def test_no_match_without_a_default_fails_by_name(state_machines: StateMachines) -> None:
    states = {
        "S": {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericEquals": 9, "Next": "End"}]},
        "End": {"Type": "Succeed"},
    }
    ended = state_machines.run(states, GIVEN)
    assert (ended["status"], ended["error"]) == ("FAILED", "States.NoChoiceMatched")
    assert "the state 'S'" in ended["cause"]


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        ({"Variable": "$.n", "NumericEquals": "1"}, "NumericEquals"),
        ({"Variable": "$.n", "StringEquals": 1}, "StringEquals"),
        ({"Variable": "$.n", "BooleanEquals": "true"}, "BooleanEquals"),
        ({"Variable": "$.n", "TimestampEquals": "today"}, "TimestampEquals"),
        ({"Variable": "$.n", "IsPresent": "true"}, "IsPresent"),
        ({"Variable": "n", "NumericEquals": 1}, "Variable"),
        ({"Variable": "$.n", "NumericEqualsPath": "n"}, "NumericEqualsPath"),
        ({"Not": {"Variable": "$x", "NumericEquals": 1}}, "Not/Variable"),
    ],
)
def test_a_rule_that_is_not_one_is_refused_at_creation(
    state_machines: StateMachines, rule: dict[str, Any], field: str
) -> None:
    with pytest.raises(ClientError) as refused:
        state_machines.create(_branch(rule)["States"])
    assert refused.value.response["Error"]["Code"] == "InvalidDefinition"
    assert f"/States/S/Choices[0]/{field}" in refused.value.response["Error"]["Message"]
