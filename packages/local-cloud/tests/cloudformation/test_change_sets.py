"""A change set describes exactly the changes of its execution, as on AWS."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from cloud_under_test.stacks import parameter, resource

if TYPE_CHECKING:
    from cloud_under_test.stacks import Stacks

UNKNOWN = "{{changeSet:KNOWN_AFTER_APPLY}}"


def described(stacks: Stacks, template: dict[str, Any], kind: str = "UPDATE", **more: Any) -> dict[str, Any]:
    """Create a change set, describe it, and delete it."""
    named = {"StackName": stacks.name, "ChangeSetName": "described"}
    values = more.pop("IncludePropertyValues", True)
    stacks.api.create_change_set(**named, ChangeSetType=kind, TemplateBody=json.dumps(template), **more)
    answer: dict[str, Any] = stacks.api.describe_change_set(**named, IncludePropertyValues=values)
    stacks.api.delete_change_set(**named)
    return answer


def changes(stacks: Stacks, resources: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return the changes of a change set, by logical id."""
    found = described(stacks, {"Resources": resources}, **more)["Changes"]
    assert all(change["Type"] == "Resource" for change in found)
    return {change["ResourceChange"]["LogicalResourceId"]: change["ResourceChange"] for change in found}


def test_a_creation_adds_everything(stacks: Stacks) -> None:
    assert {key: one["Action"] for key, one in changes(stacks, {"A": parameter("1")}, kind="CREATE").items()} == {
        "A": "Add"
    }


def test_a_property_that_changes_is_described_with_its_values(stacks: Stacks) -> None:
    stacks.create({"A": parameter("1"), "Same": parameter("s")})
    found = changes(stacks, {"A": parameter("2"), "Same": parameter("s")})
    assert list(found) == ["A"]
    change = found["A"]
    assert (change["Action"], change["Replacement"], change["Scope"]) == ("Modify", "False", ["Properties"])
    assert change["PhysicalResourceId"] == stacks.physical_id("A")
    assert change["Details"] == [
        {
            "Target": {
                "Attribute": "Properties",
                "Name": "Value",
                "RequiresRecreation": "Never",
                "Path": "/Properties/Value",
                "BeforeValue": "1",
                "AfterValue": "2",
                "AttributeChangeType": "Modify",
            },
            "Evaluation": "Static",
            "ChangeSource": "DirectModification",
        }
    ]
    assert json.loads(change["BeforeContext"])["Properties"]["Value"] == "1"
    assert json.loads(change["AfterContext"])["Properties"]["Value"] == "2"


def database(stacks: Stacks, **given: str) -> dict[str, Any]:
    """Return a Glue database, whose settings are all in one property."""
    named = {"Name": stacks.name.replace("-", "_"), **given}
    return {"A": resource("AWS::Glue::Database", {"CatalogId": "123456789012", "DatabaseInput": named})}


def test_without_property_values_a_property_is_named_once(stacks: Stacks) -> None:
    stacks.create(database(stacks, Description="a", LocationUri="s3://a/"))
    changed = database(stacks, Description="b", LocationUri="s3://b/")
    full = changes(stacks, changed)["A"]
    assert [one["Target"]["Path"] for one in full["Details"]] == [
        "/Properties/DatabaseInput/Description",
        "/Properties/DatabaseInput/LocationUri",
    ]
    plain = changes(stacks, changed, IncludePropertyValues=False)["A"]
    assert [one["Target"] for one in plain["Details"]] == [
        {"Attribute": "Properties", "Name": "DatabaseInput", "RequiresRecreation": "Never"}
    ]
    assert not {"BeforeContext", "AfterContext"} & plain.keys()


def test_what_is_added_and_removed_inside_a_property(stacks: Stacks) -> None:
    stacks.create(database(stacks, Description="gone"))
    details = changes(stacks, database(stacks, LocationUri="s3://new/"))["A"]["Details"]
    targets = [one["Target"] for one in details]
    assert [(one["Path"], one["AttributeChangeType"]) for one in targets] == [
        ("/Properties/DatabaseInput/Description", "Remove"),
        ("/Properties/DatabaseInput/LocationUri", "Add"),
    ]


def test_a_replacement_passes_on_to_whoever_refers_to_it(stacks: Stacks) -> None:
    def of(name: str) -> dict[str, Any]:
        return {
            "A": parameter("v", properties={"Name": f"/{stacks.name}/{name}"}),
            "ByRef": parameter({"Ref": "A"}),
            "BySub": parameter({"Fn::Sub": "x ${A.Value} ${AWS::Region}"}),
            "Other": parameter("o"),
        }

    stacks.create(of("old"))
    found = changes(stacks, of("new"))
    assert (found["A"]["Replacement"], found["A"]["PolicyAction"]) == ("True", "ReplaceAndDelete")
    (by_ref,) = found["ByRef"]["Details"]
    assert (by_ref["Evaluation"], by_ref["ChangeSource"], by_ref["CausingEntity"]) == (
        "Dynamic",
        "ResourceReference",
        "A",
    )
    assert (by_ref["Target"]["BeforeValue"], by_ref["Target"]["AfterValue"]) == (f"/{stacks.name}/old", UNKNOWN)
    (by_sub,) = found["BySub"]["Details"]
    assert (by_sub["ChangeSource"], by_sub["CausingEntity"]) == ("ResourceAttribute", "A.Value")
    assert by_sub["Target"]["AfterValue"] == f"x {UNKNOWN} ap-northeast-1"
    assert "Other" not in found


def test_a_name_that_only_the_execution_decides_replaces_conditionally(stacks: Stacks) -> None:
    def of(name: str) -> dict[str, Any]:
        return {
            "A": parameter(f"/{stacks.name}/of-b", properties={"Name": f"/{stacks.name}/{name}"}),
            "B": parameter("b", properties={"Name": {"Fn::Sub": "/x${A}"}}),
        }

    stacks.create(of("old"))
    assert changes(stacks, of("new"))["B"]["Replacement"] == "Conditional"


@pytest.mark.parametrize(("policy", "action"), [("Retain", "Retain"), ("Delete", "Delete")])
def test_a_removal_names_its_policy(stacks: Stacks, policy: str, action: str) -> None:
    stacks.create({"A": parameter("1"), "Gone": parameter("g", DeletionPolicy=policy)})
    change = changes(stacks, {"A": parameter("1")})["Gone"]
    assert (change["Action"], change["PolicyAction"]) == ("Remove", action)


def test_a_policy_alone_is_a_change(stacks: Stacks) -> None:
    stacks.create({"A": parameter("1", DeletionPolicy="Retain")})
    change = changes(stacks, {"A": parameter("1", DeletionPolicy="Delete")})["A"]
    assert (change["Scope"], change["Replacement"]) == (["DeletionPolicy"], "False")


def test_a_parameter_is_named_as_the_cause(stacks: Stacks) -> None:
    template = {"Parameters": {"P": {"Type": "String"}}, "Resources": {"A": parameter({"Ref": "P"})}}
    given = {"TemplateBody": json.dumps(template), "Parameters": [{"ParameterKey": "P", "ParameterValue": "1"}]}
    stacks.api.create_stack(StackName=stacks.name, **given)
    answer = described(stacks, template, Parameters=[{"ParameterKey": "P", "ParameterValue": "2"}])
    (detail,) = answer["Changes"][0]["ResourceChange"]["Details"]
    assert (detail["ChangeSource"], detail["CausingEntity"], detail["Target"]["AfterValue"]) == (
        "ParameterReference",
        "P",
        "2",
    )


@pytest.mark.parametrize("more", [{}, {"Description": "another"}, {"Metadata": {"note": "another"}}])
def test_what_cannot_be_updated_by_itself_is_no_change(stacks: Stacks, more: dict[str, Any]) -> None:
    stacks.create({"A": parameter("1")})
    answer = described(stacks, {"Resources": {"A": parameter("1")}, **more})
    assert (answer["Status"], answer["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
    assert answer["StatusReason"].startswith("The submitted information didn't contain changes.")
    with pytest.raises(ClientError, match=r"No updates are to be performed\."):
        stacks.update({"A": parameter("1")}, **more)


def test_an_output_alone_is_a_change_of_no_resource(stacks: Stacks) -> None:
    stacks.create({"A": parameter("1")})
    answer = described(stacks, {"Resources": {"A": parameter("1")}, "Outputs": {"O": {"Value": "new"}}})
    assert (answer["Status"], answer.get("Changes", [])) == ("CREATE_COMPLETE", [])


def test_a_comment_of_a_table_is_a_change(aws: Any, stacks: Stacks, bucket: str) -> None:
    """The CDK CLI hides a difference in a property with references, unless the change set lists it."""
    database = stacks.name.replace("-", "_")

    def of(comment: str) -> dict[str, Any]:
        column = {"Name": "a", "Type": "string", "Comment": comment}
        place = {"Fn::Sub": f"s3://${{Bucket}}/{stacks.name}/"}
        table = {"Name": "t", "StorageDescriptor": {"Columns": [column], "Location": place}}
        return {
            "Bucket": resource("AWS::S3::Bucket"),
            "Database": resource(
                "AWS::Glue::Database", {"CatalogId": "123456789012", "DatabaseInput": {"Name": database}}
            ),
            "Table": resource(
                "AWS::Glue::Table",
                {"CatalogId": "123456789012", "DatabaseName": {"Ref": "Database"}, "TableInput": table},
            ),
        }

    stacks.create(of("before"))
    (detail,) = changes(stacks, of("特徴量"))["Table"]["Details"]
    assert detail["Target"]["Name"] == "TableInput"
    assert detail["Target"]["Path"] == "/Properties/TableInput/StorageDescriptor/Columns/0/Comment"
    assert detail["Target"]["AfterValue"] == "特徴量"


def test_a_deleted_stack_keeps_the_outputs_it_had(stacks: Stacks) -> None:
    key = {"Key": resource("AWS::KMS::Key", {"Description": "short-lived"})}
    outputs = {"Outputs": {"Arn": {"Value": {"Fn::GetAtt": ["Key", "Arn"]}, "Export": {"Name": f"{stacks.name}:arn"}}}}
    before = stacks.create(key, **outputs)["Outputs"]
    deleted = stacks.delete()
    assert (deleted["StackStatus"], deleted["Outputs"]) == ("DELETE_COMPLETE", before)


def test_outputs_are_those_of_the_last_deployment(stacks: Stacks) -> None:
    """A stack whose queue was deleted manually can still be described."""
    queue = {"Queue": resource("AWS::SQS::Queue")}
    outputs = {"Outputs": {"Arn": {"Value": {"Fn::GetAtt": ["Queue", "Arn"]}}}}
    before = stacks.create(queue, **outputs)["Outputs"]
    stacks.update(queue, Outputs={**outputs["Outputs"], "Url": {"Value": {"Ref": "Queue"}}})
    described_now = stacks.settled()["Outputs"]
    assert before[0] in described_now
    assert len(described_now) == 2


def test_the_summary_of_a_template_holds_its_metadata_as_a_string(stacks: Stacks) -> None:
    stacks.create({"A": parameter("1")}, Metadata={"Owner": {"Prefix": "p"}})
    summary = stacks.api.get_template_summary(StackName=stacks.name)
    assert json.loads(summary["Metadata"]) == {"Owner": {"Prefix": "p"}}
