"""Functions and outputs are evaluated, or refused before a stack is created."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cloud_under_test.refusal import refusal_of
from cloud_under_test.stacks import resource

if TYPE_CHECKING:
    from collections.abc import Callable

Client = Any
PLAIN = resource("AWS::SSM::Parameter", {"Type": "String", "Value": "v"})
MAPPINGS = {"M": {"k": {"a": "found", "number": 5, "switch": True}}}
PARAMETERS = {
    "Map": {"Type": "String", "Default": "M"},
    "One": {"Type": "Number", "Default": 1},
    "Attribute": {"Type": "String", "Default": "Value"},
    "Word": {"Type": "String", "Default": "x"},
}


@pytest.fixture
def cloudformation(aws: Callable[[str], Client]) -> Client:
    return aws("cloudformation")


def body(**more: Any) -> str:
    return json.dumps({"Resources": {"A": PLAIN}, "Mappings": MAPPINGS, "Parameters": PARAMETERS, **more})


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5, "5"),
        (1.5, "1.5"),
        (True, "true"),
        ({"Fn::FindInMap": ["M", "k", "number"]}, "5"),
        ({"Fn::FindInMap": ["M", "k", "switch"]}, "true"),
        ({"Fn::FindInMap": [{"Ref": "Map"}, "k", "a"]}, "found"),
        ({"Fn::FindInMap": [{"Fn::Join": ["", ["M"]]}, "k", "a"]}, "found"),
        ({"Fn::GetAtt": ["A", {"Ref": "Attribute"}]}, "v"),
        ({"Fn::GetAtt": "A.Value"}, "v"),
        ({"Fn::Select": [{"Ref": "One"}, ["a", "b"]]}, "b"),
    ],
)
def test_an_output_is_a_string(cloudformation: Client, name: str, value: Any, text: str) -> None:
    outputs = {"O": {"Value": value, "Export": {"Name": name}}}
    cloudformation.create_stack(StackName=name, TemplateBody=body(Outputs=outputs))
    (output,) = cloudformation.describe_stacks(StackName=name)["Stacks"][0]["Outputs"]
    assert (output["OutputValue"], output["ExportName"]) == (text, name)
    exports = {one["Name"]: one["Value"] for one in cloudformation.list_exports()["Exports"]}
    assert exports[name] == text


def test_an_output_that_becomes_a_list_is_rolled_back(cloudformation: Client, name: str) -> None:
    template = body(Outputs={"O": {"Value": {"Fn::Split": [",", "a,b"]}}})
    cloudformation.create_stack(StackName=name, TemplateBody=template)
    events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
    assert events[0]["ResourceStatus"] == "ROLLBACK_COMPLETE"
    assert any("evaluate to a String and not a List" in each.get("ResourceStatusReason", "") for each in events)


def test_a_condition_may_be_another_one(cloudformation: Client, name: str) -> None:
    conditions = {"No": {"Fn::Equals": ["a", "b"]}, "Same": {"Condition": "No"}}
    outputs = {"O": {"Value": {"Fn::If": ["Same", "yes", "no"]}}}
    cloudformation.create_stack(StackName=name, TemplateBody=body(Conditions=conditions, Outputs=outputs))
    (output,) = cloudformation.describe_stacks(StackName=name)["Stacks"][0]["Outputs"]
    assert output["OutputValue"] == "no"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"Fn::FindInMap": ["M", {"Ref": "Word"}, "a"]}, "Template error: Unable to get mapping for M::x::a"),
        ({"Fn::FindInMap": [{"Ref": "Word"}, "k", "a"]}, "Template error: Unable to get mapping for x::k::a"),
        ({"Fn::FindInMap": [5, "k", "a"]}, "Template error: Unable to get mapping for 5::k::a"),
        ({"Fn::Select": [5, {"Fn::Split": [",", "a,b"]}]}, "Fn::Select cannot select nonexistent value at index 5"),
        ({"Fn::Select": [{"Ref": "Word"}, ["a"]]}, "every Fn::Select object requires a list with two elements"),
        ({"Fn::Sub": "${}"}, "every Fn::Sub object requires a string"),
    ],
)
@pytest.mark.parametrize("section", ["Resources", "Conditions"])
def test_what_cannot_be_evaluated_is_refused_at_the_call(
    cloudformation: Client, name: str, value: Any, said: str, section: str
) -> None:
    more = {
        "Resources": {"A": resource("AWS::SSM::Parameter", {"Type": "String", "Value": value})},
        "Conditions": {"C": {"Fn::Equals": [value, "a"]}},
    }
    code, message = refusal_of(
        cloudformation.create_stack, StackName=name, TemplateBody=body(**{section: more[section]})
    )
    assert code == "ValidationError"
    assert said in message


def test_a_value_of_a_resource_is_evaluated_when_it_is_known(cloudformation: Client, name: str) -> None:
    later = {"Fn::FindInMap": ["M", {"Fn::GetAtt": ["A", "Value"]}, "a"]}
    resources = {"A": PLAIN, "B": resource("AWS::SSM::Parameter", {"Type": "String", "Value": later})}
    cloudformation.create_stack(StackName=name, TemplateBody=body(Resources=resources))
    events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
    assert any("Unable to get mapping for M::v::a" in each.get("ResourceStatusReason", "") for each in events)


def test_a_new_stack_has_no_previous_values(cloudformation: Client, name: str) -> None:
    change_set = {"StackName": name, "ChangeSetName": "c", "ChangeSetType": "CREATE", "TemplateBody": body()}
    parameters = [{"ParameterKey": "Word", "UsePreviousValue": True}]
    code, said = refusal_of(cloudformation.create_change_set, **change_set, Parameters=parameters)
    assert code == "ValidationError"
    assert said.startswith("Invalid input for parameter key Word. Cannot specify usePreviousValue as true")
