"""Stacks are created, updated, rolled back and deleted as a whole."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from cloud_under_test.stacks import parameter, refused, resource, value_of
from local_cloud.cloudformation.resources.ssm import Parameter

if TYPE_CHECKING:
    from cloud_under_test.stacks import Stacks

Aws = Any


@pytest.mark.parametrize("way", ["calls", "change sets"])
def test_a_stack_is_made_changed_and_removed(aws: Aws, stacks: Stacks, way: str) -> None:
    create = stacks.create if way == "calls" else lambda *given: stacks.deploy("CREATE", *given)
    update = stacks.update if way == "calls" else lambda *given: stacks.deploy("UPDATE", *given)
    assert create({"A": parameter("1"), "Gone": parameter("x")})["StackStatus"] == "CREATE_COMPLETE"
    first, gone = stacks.physical_id("A"), stacks.physical_id("Gone")
    assert value_of(aws, first) == "1"
    assert update({"A": parameter("2"), "New": parameter("n")})["StackStatus"] == "UPDATE_COMPLETE"
    assert (stacks.physical_id("A"), value_of(aws, first), value_of(aws, gone)) == (first, "2", None)
    new = stacks.physical_id("New")
    assert value_of(aws, new) == "n"
    assert stacks.delete()["StackStatus"] == "DELETE_COMPLETE"
    assert (value_of(aws, first), value_of(aws, new)) == (None, None)
    with pytest.raises(ClientError, match="does not exist"):
        stacks.api.describe_stacks(StackName=stacks.name)


def test_a_stack_that_is_protected_is_not_deleted(aws: Aws, stacks: Stacks) -> None:
    stacks.create({"A": parameter("1")})
    kept = stacks.physical_id("A")
    for protected in (True, False):
        stacks.api.update_termination_protection(StackName=stacks.name, EnableTerminationProtection=protected)
        (stack,) = stacks.api.describe_stacks(StackName=stacks.name)["Stacks"]
        assert stack["EnableTerminationProtection"] is protected
        if protected:
            with pytest.raises(ClientError, match="cannot be deleted while TerminationProtection is enabled"):
                stacks.api.delete_stack(StackName=stacks.name)
            assert value_of(aws, kept) == "1"
    assert stacks.delete()["StackStatus"] == "DELETE_COMPLETE"


def test_a_stack_that_is_there_is_not_made_again(stacks: Stacks) -> None:
    stacks.create({"A": parameter("1")})
    with pytest.raises(ClientError, match=f"Stack \\[{stacks.name}\\] already exists"):
        stacks.create({"A": parameter("2")})


def test_an_update_that_changes_nothing_is_refused(stacks: Stacks) -> None:
    stacks.create({"A": parameter("1")})
    with pytest.raises(ClientError, match=r"No updates are to be performed\.") as same:
        stacks.update({"A": parameter("1")})
    assert same.value.response["Error"]["Code"] == "ValidationError"
    assert stacks.settled()["StackStatus"] == "CREATE_COMPLETE"


def test_resources_are_made_in_the_order_of_their_references(stacks: Stacks) -> None:
    stacks.create(
        {
            "D": parameter({"Fn::Sub": ["${Last}", {"Last": {"Ref": "C"}}]}),
            "C": parameter({"Fn::GetAtt": ["B", "Value"]}),
            "B": parameter({"Fn::Sub": "${A.Value} ${!Z}"}),
            "A": parameter("a", DependsOn=["Z"]),
            "Z": parameter("z"),
        }
    )
    made = [logical_id for logical_id, status, _ in stacks.events() if status == "CREATE_COMPLETE"]
    assert made == ["Z", "A", "B", "C", "D", stacks.name]


def test_a_circle_of_references_is_named(stacks: Stacks) -> None:
    with pytest.raises(ClientError, match=r"Circular dependency between resources: \[A, B\]"):
        stacks.create({"A": parameter({"Ref": "B"}), "B": parameter({"Ref": "A"})})
    with pytest.raises(ClientError, match="does not exist"):
        stacks.api.describe_stacks(StackName=stacks.name)


def test_a_failed_creation_leaves_nothing_but_the_reason(aws: Aws, stacks: Stacks) -> None:
    name = f"/{stacks.name}/a"
    stack = stacks.create({"A": parameter("1", properties={"Name": name}), "Bad": refused("A")})
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    events = stacks.events()
    assert ("A", "CREATE_COMPLETE", "") in events
    (reason,) = [reason for logical_id, status, reason in events if (logical_id, status) == ("Bad", "CREATE_FAILED")]
    assert reason.startswith("AWS::Glue::Table Bad: ")
    assert (stacks.name, "ROLLBACK_IN_PROGRESS", reason) in events
    assert value_of(aws, name) is None


def test_a_failed_update_returns_to_the_state_before(aws: Aws, stacks: Stacks) -> None:
    named = {"Name": f"/{stacks.name}/old"}
    outputs = {"Outputs": {"Value": {"Value": {"Fn::GetAtt": ["Changed", "Value"]}}}}
    before = {"Changed": parameter("1"), "Replaced": parameter("r", properties=named), "Dropped": parameter("d")}
    stacks.create(before, **outputs)
    ids = {logical_id: stacks.physical_id(logical_id) for logical_id in before}
    new = {"Name": f"/{stacks.name}/new"}
    stack = stacks.update(
        {
            "Changed": parameter("2"),
            "Replaced": parameter("r", properties=new),
            "Added": parameter("a", properties={"Name": f"/{stacks.name}/added"}),
            "Bad": refused("Added") | {"DependsOn": ["Added", "Changed", "Replaced"]},
        },
        **outputs,
    )
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert {logical_id: stacks.physical_id(logical_id) for logical_id in before} == ids
    assert [value_of(aws, ids[logical_id]) for logical_id in before] == ["1", "r", "d"]
    assert value_of(aws, f"/{stacks.name}/new") is None
    assert value_of(aws, f"/{stacks.name}/added") is None
    assert stack["Outputs"][0]["OutputValue"] == "1"
    assert stacks.update({**before, "Changed": parameter("3")}, **outputs)["StackStatus"] == "UPDATE_COMPLETE"
    assert value_of(aws, ids["Changed"]) == "3"


def test_a_change_of_name_replaces_what_is_there(aws: Aws, stacks: Stacks) -> None:
    def of(name: str) -> dict[str, Any]:
        named = parameter("v", properties={"Name": f"/{stacks.name}/{name}"})
        return {"A": named, "User": parameter({"Ref": "A"})}

    stacks.create(of("old"))
    assert stacks.update(of("new"))["StackStatus"] == "UPDATE_COMPLETE"
    assert value_of(aws, f"/{stacks.name}/old") is None
    assert value_of(aws, stacks.physical_id("User")) == stacks.physical_id("A") == f"/{stacks.name}/new"


def test_deletion_policy_retain_keeps_what_leaves_the_stack(aws: Aws, stacks: Stacks) -> None:
    kept = {
        key: parameter(key, properties={"Name": f"/{stacks.name}/{key}"}, DeletionPolicy="Retain") for key in ("A", "B")
    }
    stacks.create({**kept, "C": parameter("c")})
    stacks.update({"A": kept["A"], "C": parameter("c")})
    assert value_of(aws, f"/{stacks.name}/B") == "B"
    stacks.delete()
    assert value_of(aws, f"/{stacks.name}/A") == "A"


@pytest.mark.parametrize(("policy", "left"), [("Retain", "v"), ("Delete", None)])
def test_update_replace_policy_decides_about_what_is_replaced(
    aws: Aws, stacks: Stacks, policy: str, left: str | None
) -> None:
    for number, deploy in enumerate((stacks.create, stacks.update)):
        named = {"Name": f"/{stacks.name}/{number}"}
        deploy({"A": parameter("v", properties=named, UpdateReplacePolicy=policy)})
    assert value_of(aws, f"/{stacks.name}/0") == left
    assert value_of(aws, f"/{stacks.name}/1") == "v"


def test_conditions_decide_what_there_is(aws: Aws, stacks: Stacks) -> None:
    def more(default: str) -> dict[str, Any]:
        return {
            "Parameters": {"Stage": {"Type": "String", "Default": default}},
            "Conditions": {"Production": {"Fn::Equals": [{"Ref": "Stage"}, "production"]}},
        }

    resources = {
        "Always": parameter({"Fn::If": ["Production", "p", "t"]}),
        "Only": parameter("x", properties={"Name": f"/{stacks.name}/only"}, Condition="Production"),
    }
    stacks.create(resources, **more("test"))
    assert value_of(aws, stacks.physical_id("Always")) == "t"
    assert value_of(aws, f"/{stacks.name}/only") is None
    stacks.update(resources, **more("production"))
    assert value_of(aws, stacks.physical_id("Always")) == "p"
    assert value_of(aws, f"/{stacks.name}/only") == "x"
    stacks.update(resources, **more("test"))
    assert value_of(aws, f"/{stacks.name}/only") is None


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (resource("AWS::Nothing::Here"), "the local cloud has no resource type AWS::Nothing::Here"),
        (resource("Custom::Thing", {"ServiceToken": "x"}), "does not support custom resources, such as Custom::Thing"),
        (
            resource("AWS::CloudFormation::CustomResource"),
            "does not support custom resources, such as AWS::CloudFormation::CustomRes",
        ),
        (parameter("x", properties={"Valeu": "y"}), "AWS::SSM::Parameter has no property Valeu"),
    ],
)
def test_what_is_not_known_is_refused_by_name(aws: Aws, stacks: Stacks, bad: dict[str, Any], said: str) -> None:
    good = parameter("1", properties={"Name": f"/{stacks.name}/good"})
    try:
        stacks.create({"Good": good, "Bad": bad | {"DependsOn": "Good"}})
    except ClientError as error:
        reasons = [error.response["Error"]["Message"]]
    else:
        assert stacks.settled()["StackStatus"] == "ROLLBACK_COMPLETE"
        reasons = [reason for _, _, reason in stacks.events()]
    assert any(said in reason for reason in reasons), reasons
    assert value_of(aws, f"/{stacks.name}/good") is None


def test_exports_are_imported_and_go_with_their_stack(aws: Aws, stacks: Stacks) -> None:
    other = type(stacks)(stacks.api, f"{stacks.name}-importer")
    export = {"Outputs": {"Out": {"Value": {"Ref": "A"}, "Export": {"Name": f"{stacks.name}:a"}}}}
    stacks.create({"A": parameter("1")}, **export)
    other.create({"B": parameter({"Fn::ImportValue": f"{stacks.name}:a"})})
    assert value_of(aws, other.physical_id("B")) == stacks.physical_id("A")
    twin = type(stacks)(stacks.api, f"{stacks.name}-twin")
    assert twin.create({"A": parameter("2")}, **export)["StackStatus"] == "ROLLBACK_COMPLETE"
    other.delete()
    stacks.delete()
    exports = [item["Name"] for page in stacks.api.get_paginator("list_exports").paginate() for item in page["Exports"]]
    assert f"{stacks.name}:a" not in exports


def test_an_import_of_what_nobody_exports_fails(stacks: Stacks) -> None:
    stack = stacks.create({"B": parameter({"Fn::ImportValue": f"{stacks.name}:none"})})
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert any(f"{stacks.name}:none" in reason for _, _, reason in stacks.events())


def test_what_can_not_be_removed_after_an_update_is_left_and_undoes_nothing(aws: Aws, stacks: Stacks) -> None:
    def named(name: str) -> dict[str, Any]:
        return parameter("v", properties={"Name": f"/{stacks.name}/{name}"})

    stacks.create({"Full": resource("AWS::S3::Bucket"), "Replaced": named("old")})
    bucket = stacks.physical_id("Full")
    aws("s3").put_object(Bucket=bucket, Key="kept", Body=b"x")
    assert stacks.update({"Replaced": named("new")})["StackStatus"] == "UPDATE_COMPLETE"
    assert [status for logical_id, status, _ in stacks.events() if logical_id == "Full"][-1] == "DELETE_FAILED"
    assert aws("s3").get_object(Bucket=bucket, Key="kept")["Body"].read() == b"x"
    assert (value_of(aws, f"/{stacks.name}/old"), value_of(aws, f"/{stacks.name}/new")) == (None, "v")


def test_a_change_set_that_changes_nothing_says_so(stacks: Stacks) -> None:
    stacks.create({"A": parameter("1")})
    named = {"StackName": stacks.name, "ChangeSetName": "same"}
    body = stacks.api.get_template(StackName=stacks.name)["TemplateBody"]
    stacks.api.create_change_set(**named, ChangeSetType="UPDATE", TemplateBody=json.dumps(body))
    described = stacks.api.describe_change_set(**named)
    assert described["Status"] == "FAILED"
    # The CDK CLI looks for this message.
    assert "didn't contain changes" in described["StatusReason"] or "No updates" in described["StatusReason"]


def test_an_attribute_is_read_once_after_each_change_of_its_resource(
    stacks: Stacks, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    def attribute(resource: Parameter, api: Any, name: str) -> Any:
        read.append(resource.properties["Value"])
        return original(resource, api, name)

    original = Parameter.attribute
    monkeypatch.setattr(Parameter, "attribute", attribute)
    of_a = {"Fn::GetAtt": ["A", "Value"]}
    for value in ("1", "2"):
        (stacks.update if read else stacks.create)({"A": parameter(value), "B": parameter(of_a), "C": parameter(of_a)})
    assert read == ["1", "2"]
