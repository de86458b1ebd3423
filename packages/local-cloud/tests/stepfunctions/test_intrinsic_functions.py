"""Intrinsic functions: https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html."""

from __future__ import annotations

import hashlib
import json
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from cloud_under_test.state_machines import StateMachines

GIVEN: dict[str, Any] = {
    "five": [1, 2, 3, 4, 5],
    "objects": [{"a": 1}, {"a": 2}, {"a": 1}],
    "text": "日本 é",
    "half": 2.5,
    "o": {"a": {"x": 1}, "b": 2},
    "p": {"a": {"y": 3}},
    "t": True,
    "n": None,
    "json": '{"a": [1, "é"]}',
    "long": "x" * 10_001,
}


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("States.Array()", []),
        ("States.Array(1, 'a', $.t, null, true, -1.5)", [1, "a", True, None, True, -1.5]),
        ("States.ArrayPartition($.five, 2)", [[1, 2], [3, 4], [5]]),
        ("States.ArrayPartition($.five, 2.4)", [[1, 2], [3, 4], [5]]),
        ("States.ArrayContains($.five, 3)", True),
        ("States.ArrayContains($.objects, $.objects[1])", True),
        ("States.ArrayContains(States.Array(1), true)", False),
        ("States.ArrayRange(1, 9, 2)", [1, 3, 5, 7, 9]),
        ("States.ArrayRange(0.6, 3.4, 1)", [1, 2, 3]),
        ("States.ArrayRange(2.5, 4, 1)", [3, 4]),
        ("States.ArrayGetItem($.five, 4)", 5),
        ("States.ArrayLength($.objects[?(@.a == 1 && @.a != 'x,)')])", 2),
        ("States.ArrayUnique($.objects)", [{"a": 1}, {"a": 2}]),
        ("States.ArrayUnique(States.Array(1, true, 1, '1'))", [1, True, "1"]),
        ("States.Base64Encode($.text)", "5pel5pysIMOp"),
        ("States.Base64Decode('5pel5pysIMOp')", "日本 é"),
        ("States.Hash('input data', 'SHA-1')", "aaff4a450a104cd177d28d18d74485e8cae074b7"),
        ("States.Hash($.text, 'MD5')", hashlib.md5("日本 é".encode(), usedforsecurity=False).hexdigest()),
        ("States.Hash($.o, 'SHA-256')", hashlib.sha256(b'{"a":{"x":1},"b":2}').hexdigest()),
        ("States.JsonMerge($.o, $.p, false)", {"a": {"y": 3}, "b": 2}),
        ("States.StringToJson($.json)", {"a": [1, "é"]}),
        ("States.JsonToString($.o)", '{"a":{"x":1},"b":2}'),
        ("States.JsonToString($.text)", '"日本 é"'),
        ("States.MathAdd(111, -1)", 110),
        ("States.MathAdd($.half, 1)", 4),
        ("States.MathAdd(-2.5, 0)", -2),
        ("States.MathAdd(1.4, 1.4)", 2),
        ("States.MathRandom(3, 4)", 3),
        ("States.MathRandom(2.6, 4.2)", 3),
        ("States.StringSplit('This.is+a,test=string', '.+,=')", ["This", "is", "a", "test", "string"]),
        ("States.StringSplit(',a,,b,', ',')", ["a", "b"]),
        ("States.Format('{}-{} {} {} {}', 'a', 1, 2.5, $.t, $.n)", "a-1 2.5 true null"),
        (r"States.Format('\{\} it\'s {} \\', 'x')", "{} it's x \\"),
        ("States.Format('a, b) {}', 'c(')", "a, b) c("),
        ("States.Format('{}', $$.State.Name)", "S"),
    ],
)
def test_a_call_returns(state_machines: StateMachines, call: str, expected: Any) -> None:
    found = state_machines.value(call, GIVEN)
    assert json.dumps(found) == json.dumps(expected)  # 1 and True are different


def test_a_uuid_is_new_each_time(state_machines: StateMachines) -> None:
    first, second = state_machines.value("States.Array(States.UUID(), States.UUID())")
    assert (str(uuid.UUID(first)), str(uuid.UUID(second))) == (first, second)
    assert first != second


def test_a_seed_decides_a_random_number(state_machines: StateMachines) -> None:
    call = "States.MathRandom(0, 1000000, 7)"
    first, second = state_machines.value(f"States.Array({call}, {call})")
    assert first == second


@pytest.mark.parametrize(
    "call",
    [
        "States.ArrayPartition($.five, 0)",
        "States.ArrayPartition($.text, 2)",
        "States.ArrayContains($.text, 'a')",
        "States.ArrayRange(1, 2, 0)",
        "States.ArrayRange(1, 1002, 1)",
        "States.ArrayRange('1', 2, 1)",
        "States.ArrayGetItem($.five, 5)",
        "States.ArrayGetItem($.five, -1)",
        "States.ArrayGetItem($.five, 'a')",
        "States.ArrayGetItem($.five, $.t)",
        "States.ArrayLength($.text)",
        "States.ArrayUnique($.o)",
        "States.Base64Encode($.five)",
        "States.Base64Encode($.long)",
        "States.Base64Decode('***')",
        "States.Hash($.text, 'SHA-3')",
        "States.Hash($.long, 'MD5')",
        "States.JsonMerge($.o, $.p, true)",
        "States.JsonMerge($.o, $.five, false)",
        "States.StringToJson('{')",
        "States.StringToJson('NaN')",
        "States.StringToJson($.o)",
        "States.MathAdd('1', 1)",
        "States.MathAdd($.t, 1)",
        "States.MathAdd(2147483647, 1)",
        "States.MathAdd(2147483648, 0)",
        "States.MathRandom(4, 4)",
        "States.MathRandom('a', 4)",
        "States.StringSplit($.five, ',')",
        "States.StringSplit($.text, 1)",
        "States.Format('{}')",
        "States.Format('{}', 1, 2)",
        "States.Format($.five, 1)",
        "States.Format('{}', $.o)",
        r"States.Format('\a')",
    ],
)
def test_arguments_that_do_not_fit_fail(state_machines: StateMachines, call: str) -> None:
    error, cause = state_machines.error({"Type": "Pass", "Parameters": {"v.$": call}}, GIVEN)
    assert error == "States.IntrinsicFailure"
    assert call in cause


def test_a_path_in_a_call_that_is_missing_fails_by_name(state_machines: StateMachines) -> None:
    error, cause = state_machines.error({"Type": "Pass", "Parameters": {"v.$": "States.Array($.zz)"}}, {"a": 1})
    assert error == "States.Runtime"
    assert "$.zz" in cause


@pytest.mark.parametrize(
    "call",
    [
        "States.Nothing(1)",
        "States.Array(1",
        "States.Array(1) 2",
        "States.Array(abc)",
        "States.Array(,)",
        "States.Array('a)",
        "States.Array($.a[)",
        "States.ArrayLength()",
        "States.UUID(1)",
        "States.Format()",
        "States.Array($variable)",
        "States.Array(" * 11 + ")" * 11,
    ],
)
def test_a_call_that_is_not_one_is_refused_at_creation(state_machines: StateMachines, call: str) -> None:
    with pytest.raises(ClientError) as refused:
        state_machines.create({"S": {"Type": "Pass", "Parameters": {"v.$": call}, "End": True}})
    assert refused.value.response["Error"]["Code"] == "InvalidDefinition"
    assert "/States/S/Parameters/v.$" in refused.value.response["Error"]["Message"]
