"""Paths in states: reading, writing and errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from cloud_under_test.state_machines import StateMachines

ROWS = {"rows": [{"n": 1, "c": "x"}, {"n": 2, "c": "y"}, {"n": 3, "c": "x"}], "none": [], "a-b": 4, "s p": 5, "日": 6}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("$.rows[1].c", "y"),
        ("$.rows[-1].n", 3),
        ("$.rows[*].n", [1, 2, 3]),
        ("$.rows[?(@.n > 9)]", []),
        ("$.rows[?(@.n > 9)].c", []),
        ("$.rows[?(@.n == 2)]", [{"n": 2, "c": "y"}]),
        ("$.rows[?(@.n > 1 && @.c == 'x')].n", [3]),
        ('$.rows[?(@.n > 1 && @.c == "x")].n', [3]),
        ("$.rows[?(@.n == 1 || @.n == 3)].n", [1, 3]),
        ("$.rows[?(@.n == 1 || @.n == 2 && @.c == 'x')].n", [1]),
        ("$.rows[?(!(@.c == 'x'))].n", [2]),
        ("$.rows[?(@.missing)]", []),
        ("$.rows[?(@.c =~ /X/i)].n", [1, 3]),
        ("$.rows[0:2].n", [1, 2]),
        ("$.rows[0,2].n", [1, 3]),
        ("$.rows[0:1]", [{"n": 1, "c": "x"}]),
        ("$..c", ["x", "y", "x"]),
        ("$.none[*]", []),
        ("$.none", []),
        ("$.a-b", 4),
        ("$['s p']", 5),
        ("$.日", 6),
    ],
)
def test_a_path_reads(state_machines: StateMachines, path: str, expected: Any) -> None:
    assert state_machines.value(path, ROWS) == expected


@pytest.mark.parametrize("path", ["$.zz", "$.rows[9]", "$.rows.n", "$.a-b.c"])
def test_a_path_to_one_value_that_is_missing_fails(state_machines: StateMachines, path: str) -> None:
    error, cause = state_machines.error({"Type": "Pass", "Parameters": {"v.$": path}}, ROWS)
    assert error == "States.Runtime"
    assert f"The JSONPath '{path}' specified for the field 'v.$' could not be found in the input" in cause


@pytest.mark.parametrize("field", ["InputPath", "OutputPath"])
def test_a_null_path_gives_an_empty_object(state_machines: StateMachines, field: str) -> None:
    assert state_machines.output({"Type": "Pass", field: None}, {"a": 1}) == {}


@pytest.mark.parametrize("field", ["InputPath", "OutputPath"])
def test_an_input_or_output_path_that_is_missing_fails(state_machines: StateMachines, field: str) -> None:
    error, cause = state_machines.error({"Type": "Pass", field: "$.zz"}, {"a": 1})
    assert error == "States.Runtime"
    assert "Invalid path '$.zz'" in cause


@pytest.mark.parametrize(
    ("path", "given", "expected"),
    [
        ("$", {"a": 1}, "new"),
        (None, {"a": 1}, {"a": 1}),
        ("$.b", {"a": 1}, {"a": 1, "b": "new"}),
        ("$.b.c.d", {"a": 1}, {"a": 1, "b": {"c": {"d": "new"}}}),
        ("$['b c']", {}, {"b c": "new"}),
        ("$.a[1]", {"a": [1, 2]}, {"a": [1, "new"]}),
        ("$.a[0].b", {"a": [{}]}, {"a": [{"b": "new"}]}),
    ],
)
def test_a_result_is_placed(state_machines: StateMachines, path: str | None, given: Any, expected: Any) -> None:
    assert state_machines.output({"Type": "Pass", "Result": "new", "ResultPath": path}, given) == expected


@pytest.mark.parametrize(
    ("path", "given"), [("$.a", "text"), ("$.a.b", {"a": 1}), ("$.a", [1]), ("$.a[2]", {"a": [1]}), ("$.a[0]", {})]
)
def test_a_result_that_cannot_be_placed_fails(state_machines: StateMachines, path: str, given: Any) -> None:
    error, cause = state_machines.error({"Type": "Pass", "Result": "new", "ResultPath": path}, given)
    assert error == "States.ResultPathMatchFailure"
    assert path in cause


def test_a_result_that_cannot_be_placed_is_caught(state_machines: StateMachines) -> None:
    branch = {"StartAt": "B", "States": {"B": {"Type": "Pass", "End": True}}}
    catch = [{"ErrorEquals": ["States.ResultPathMatchFailure"], "ResultPath": None, "Next": "Caught"}]
    states = {
        "P": {"Type": "Parallel", "Branches": [branch], "ResultPath": "$.a.b", "Catch": catch, "End": True},
        "Caught": {"Type": "Pass", "Result": "caught", "End": True},
    }
    assert state_machines.run(states, {"a": 1})["output"] == '"caught"'


@pytest.mark.parametrize(
    ("field", "path"),
    [
        ("ResultPath", "$.a[*]"),
        ("ResultPath", "$..a"),
        ("ResultPath", "$$.Execution"),
        ("InputPath", "$.a["),
        ("InputPath", "$.a.length()"),
        ("OutputPath", "$.a[?(@.b ==)]"),
        ("OutputPath", "nothing"),
    ],
)
def test_a_path_that_is_not_one_is_refused_at_creation(state_machines: StateMachines, field: str, path: str) -> None:
    with pytest.raises(ClientError) as refused:
        state_machines.create({"S": {"Type": "Pass", field: path, "End": True}})
    assert refused.value.response["Error"]["Code"] == "InvalidDefinition"
    assert f"/States/S/{field}" in refused.value.response["Error"]["Message"]
