"""References in a pipeline's definition are parsed, found and resolved."""

from __future__ import annotations

from typing import Any

import pytest

from local_cloud.sagemaker.pipelines.conditions import InvalidConditionError, holds
from local_cloud.sagemaker.pipelines.references import (
    InvalidReferenceError,
    follow,
    parse_reference,
    references_in,
    resolve,
)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Parameters.Day", ("Parameters", "Day")),
        (
            "Steps.my-step.ProcessingOutputConfig.Outputs['a.b'].S3Output.S3Uri",
            ("Steps", "my-step", "ProcessingOutputConfig", "Outputs", "a.b", "S3Output", "S3Uri"),
        ),
        ('Steps.A.OutputParameters["x"]', ("Steps", "A", "OutputParameters", "x")),
        ("Steps.A.ProcessingInputs[0].InputName", ("Steps", "A", "ProcessingInputs", 0, "InputName")),
    ],
)
def test_a_reference_has_parts(text: str, parts: tuple[str | int, ...]) -> None:
    assert parse_reference(text) == parts


@pytest.mark.parametrize("text", ["", "Parameters", "Other.Day", "Steps..A", "Steps.A[", "Steps.A['x]", ".Steps.A"])
def test_what_is_no_reference_is_refused_by_its_text(text: str) -> None:
    with pytest.raises(InvalidReferenceError, match="reference"):
        parse_reference(text)


def test_references_are_found_and_replaced_wherever_they_are() -> None:
    value = {
        "a": [{"Get": "Parameters.x"}, 1, None],
        "b": {"Std:Join": {"On": "/", "Values": ["s3:/", {"Get": "Steps.s.OutputParameters['u']"}, 2, True]}},
    }
    found = list(references_in(value))
    assert found == [("Parameters", "x"), ("Steps", "s", "OutputParameters", "u")]
    resolved = resolve(value, lambda parts: f"<{parts[-1]}>")
    assert resolved == {"a": ["<x>", 1, None], "b": "s3://<u>/2/true"}


def test_a_path_leads_through_names_of_entries() -> None:
    document = {"Outputs": [{"OutputName": "a", "v": 1}, {"OutputName": "b", "v": 2}]}
    assert follow(document, ("Outputs", "b", "v")) == 2
    assert follow(document, ("Outputs", 0, "v")) == 1
    for path in (("Outputs", "c"), ("Outputs", 2), ("No",), ("Outputs", 0, "v", "more")):
        with pytest.raises(InvalidReferenceError, match="does not exist"):
            follow(document, path)


def compare(kind: str, left: Any, right: Any) -> dict[str, Any]:
    """Return a condition on two values."""
    return {"Type": kind, "LeftValue": left, "RightValue": right}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (compare("Equals", "a", "a"), True),
        (compare("GreaterThan", 2, 2), False),
        (compare("GreaterThanOrEqualTo", 2, 2), True),
        (compare("LessThan", 1.5, 2), True),
        (compare("LessThanOrEqualTo", 3, 2), False),
        ({"Type": "In", "QueryValue": "b", "Values": ["a", "b"]}, True),
        ({"Type": "Not", "Condition": compare("Equals", 1, 1)}, False),
        ({"Type": "Not", "Expression": compare("Equals", 1, 2)}, True),
        ({"Type": "Not", "Condition": {"Type": "Not", "Condition": compare("Equals", 1, 1)}}, True),
        ({"Type": "Or", "Conditions": [compare("Equals", 1, 2), compare("Equals", 1, 1)]}, True),
    ],
)
def test_a_condition_holds_or_not(condition: dict[str, Any], expected: bool) -> None:
    assert holds(condition) is expected


@pytest.mark.parametrize("condition", [compare("Like", 1, 2), compare("LessThan", "a", 2)])
def test_a_condition_that_cant_be_decided_is_refused(condition: dict[str, Any]) -> None:
    with pytest.raises(InvalidConditionError):
        holds(condition)
