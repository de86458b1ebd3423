"""Exports in use, deletion policies in a rollback, existing resources, and parameters from Systems Manager."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from cloud_under_test.stacks import parameter, refused, resource, value_of

if TYPE_CHECKING:
    from cloud_under_test.stacks import Stacks

Aws = Any


def exporting(stacks: Stacks, value: Any = "1") -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the resources and the outputs of a stack that exports a parameter's value."""
    output = {"Value": {"Fn::GetAtt": ["A", "Value"]}, "Export": {"Name": f"{stacks.name}:a"}}
    return {"A": parameter(value)}, {"Outputs": {"Out": output}}


def importing(stacks: Stacks) -> Stacks:
    other = type(stacks)(stacks.api, f"{stacks.name}-importer")
    other.create({"B": parameter({"Fn::ImportValue": {"Fn::Sub": f"{stacks.name}:a"}})})
    return other


def test_an_export_in_use_is_not_removed_by_an_update(aws: Aws, stacks: Stacks) -> None:
    resources, outputs = exporting(stacks)
    stacks.create({**resources, "Left": parameter("x")}, **outputs)
    left = stacks.physical_id("Left")
    other = importing(stacks)
    refusal = f"Export {stacks.name}:a cannot be deleted as it is in use by {other.name}"
    assert stacks.update({"A": parameter("2")})["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert any(refusal in reason for _, _, reason in stacks.events())
    assert value_of(aws, stacks.physical_id("A")) == "1"
    assert value_of(aws, left) == "x", "nothing is removed before the exports are seen to"
    assert stacks.physical_id("Left") == left
    other.delete()
    assert stacks.update({"A": parameter("2")})["StackStatus"] == "UPDATE_COMPLETE"
    assert value_of(aws, left) is None


def test_an_export_in_use_is_not_changed_by_an_update(stacks: Stacks) -> None:
    resources, outputs = exporting(stacks)
    stacks.create(resources, **outputs)
    other = importing(stacks)
    changed, _ = exporting(stacks, "2")
    assert stacks.update(changed, **outputs)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    refusal = f"Export {stacks.name}:a cannot be updated as it is in use by {other.name}"
    assert any(refusal in reason for _, _, reason in stacks.events())
    assert stacks.update({**resources, "More": parameter("m")}, **outputs)["StackStatus"] == "UPDATE_COMPLETE"


def test_a_stack_whose_export_is_in_use_is_not_deleted(aws: Aws, stacks: Stacks) -> None:
    resources, outputs = exporting(stacks)
    stacks.create(resources, **outputs)
    name = stacks.physical_id("A")
    other = importing(stacks)
    stack = stacks.delete()
    assert stack["StackStatus"] == "CREATE_COMPLETE", "AWS leaves the status as it was"
    assert stack["StackStatusReason"] == f"Export {stacks.name}:a cannot be deleted as it is in use by {other.name}"
    assert value_of(aws, name) == "1"
    other.delete()
    stacks.api.delete_stack(StackName=stacks.name)
    with pytest.raises(ClientError, match="does not exist"):
        stacks.settled()


@pytest.mark.parametrize(("policy", "left"), [("Retain", "v"), ("RetainExceptOnCreate", None), ("Delete", None)])
def test_a_creation_that_is_rolled_back_leaves_what_is_always_retained(
    aws: Aws, stacks: Stacks, policy: str, left: str | None
) -> None:
    name = f"/{stacks.name}/a"
    kept = parameter("v", properties={"Name": name}, DeletionPolicy=policy)
    assert stacks.create({"A": kept, "Bad": refused("A")})["StackStatus"] == "ROLLBACK_COMPLETE"
    assert value_of(aws, name) == left


@pytest.mark.parametrize(("policy", "left"), [("Retain", "v"), ("RetainExceptOnCreate", None)])
def test_so_does_an_update_that_has_created_it(aws: Aws, stacks: Stacks, policy: str, left: str | None) -> None:
    name = f"/{stacks.name}/a"
    kept = parameter("v", properties={"Name": name}, DeletionPolicy=policy)
    stacks.create({"Z": parameter("z")})
    failed = stacks.update({"Z": parameter("z"), "A": kept, "Bad": refused("A")})
    assert failed["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert value_of(aws, name) == left


def test_what_is_retained_except_on_create_outlives_its_stack(aws: Aws, stacks: Stacks) -> None:
    names = {key: f"/{stacks.name}/{key}" for key in ("Dropped", "Deleted")}
    kept = {
        key: parameter("v", properties={"Name": name}, DeletionPolicy="RetainExceptOnCreate")
        for key, name in names.items()
    }
    stacks.create(kept)
    stacks.update({"Deleted": kept["Deleted"]})
    stacks.delete()
    assert [value_of(aws, name) for name in names.values()] == ["v", "v"]


def database(name: str, **more: Any) -> dict[str, Any]:
    properties = {"CatalogId": "123456789012", "DatabaseName": name, "DatabaseInput": {"Name": name}}
    return resource("AWS::Glue::Database", properties, **more)


def test_a_database_that_exists_is_not_created_again(aws: Aws, stacks: Stacks) -> None:
    name = stacks.name.replace("-", "_")
    aws("glue").create_database(DatabaseInput={"Name": name, "Description": "somebody's"})
    kept = database(name, DeletionPolicy="RetainExceptOnCreate")
    assert stacks.create({"D": kept})["StackStatus"] == "ROLLBACK_COMPLETE"
    (reason,) = [
        reason for logical_id, status, reason in stacks.events() if (logical_id, status) == ("D", "CREATE_FAILED")
    ]
    assert "AlreadyExistsException" in reason
    assert aws("glue").get_database(Name=name)["Database"]["Description"] == "somebody's"


def change_set(stacks: Stacks, kind: str, resources: dict[str, Any]) -> dict[str, Any]:
    named = {"StackName": stacks.name, "ChangeSetName": "import"}
    body = json.dumps({"Resources": resources})
    stacks.api.create_change_set(**named, ChangeSetType=kind, TemplateBody=body, ImportExistingResources=True)
    described: dict[str, Any] = stacks.api.describe_change_set(**named)
    return described


def test_a_database_that_exists_is_imported_if_the_change_set_asks_for_it(aws: Aws, stacks: Stacks) -> None:
    name = stacks.name.replace("-", "_")
    aws("glue").create_database(DatabaseInput={"Name": name, "Description": "left"})
    kept = database(name, DeletionPolicy="RetainExceptOnCreate")
    assert change_set(stacks, "CREATE", {"D": kept, "P": parameter("p")})["Status"] == "CREATE_COMPLETE"
    stacks.api.execute_change_set(StackName=stacks.name, ChangeSetName="import")
    assert stacks.settled()["StackStatus"] == "CREATE_COMPLETE"
    assert stacks.physical_id("D") == name
    assert ("D", "IMPORT_COMPLETE", "") in stacks.events()
    assert aws("glue").get_database(Name=name)["Database"]["Description"] == "left", "an import changes nothing"
    other = type(stacks)(stacks.api, f"{stacks.name}-thief")
    refused_set = change_set(other, "CREATE", {"D": kept})
    assert refused_set["Status"] == "FAILED"
    assert "already exists in stack" in refused_set["StatusReason"]
    stacks.delete()
    assert aws("glue").get_database(Name=name)["Database"]["Name"] == name


def test_an_import_that_is_rolled_back_leaves_what_it_imported(aws: Aws, stacks: Stacks) -> None:
    name = stacks.name.replace("-", "_")
    aws("glue").create_database(DatabaseInput={"Name": name})
    kept = database(name, DeletionPolicy="RetainExceptOnCreate")
    change_set(stacks, "CREATE", {"D": kept, "Bad": refused("D")})
    stacks.api.execute_change_set(StackName=stacks.name, ChangeSetName="import")
    assert stacks.settled()["StackStatus"] == "ROLLBACK_COMPLETE"
    assert aws("glue").get_database(Name=name)["Database"]["Name"] == name


def test_only_what_is_retained_is_imported(aws: Aws, stacks: Stacks) -> None:
    name = stacks.name.replace("-", "_")
    aws("glue").create_database(DatabaseInput={"Name": name})
    described = change_set(stacks, "CREATE", {"D": database(name, DeletionPolicy="Delete")})
    assert described["Status"] == "FAILED"
    assert (
        "The resources must have the DeletionPolicy attribute set to 'Retain' or 'RetainExceptOnCreate'"
        in (described["StatusReason"])
    )


def reading(name: str) -> dict[str, Any]:
    return {"Parameters": {"Shared": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": name}}}


def test_a_parameter_of_systems_manager_is_read_at_each_update_and_blocks_nothing(aws: Aws, stacks: Stacks) -> None:
    ssm, name = aws("ssm"), f"/{stacks.name}/shared"
    ssm.put_parameter(Name=name, Type="String", Value="first")
    copy = {"A": parameter({"Ref": "Shared"})}
    stacks.create(copy, **reading(name))
    assert value_of(aws, stacks.physical_id("A")) == "first"
    ssm.put_parameter(Name=name, Type="String", Value="second", Overwrite=True)
    assert stacks.update(copy, **reading(name))["StackStatus"] == "UPDATE_COMPLETE", "the template alone is the same"
    assert value_of(aws, stacks.physical_id("A")) == "second"
    ssm.delete_parameter(Name=name)
    assert stacks.update({"A": parameter("third")})["StackStatus"] == "UPDATE_COMPLETE"


def test_a_rollback_keeps_the_value_that_was_read(aws: Aws, stacks: Stacks) -> None:
    ssm, name = aws("ssm"), f"/{stacks.name}/shared"
    ssm.put_parameter(Name=name, Type="String", Value="first")
    stacks.create({"A": parameter({"Ref": "Shared"})}, **reading(name))
    ssm.delete_parameter(Name=name)
    failed = stacks.update({"A": parameter("other"), "Bad": refused("A")})
    assert failed["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert value_of(aws, stacks.physical_id("A")) == "first"
    ssm.put_parameter(Name=name, Type="String", Value="second")
    assert stacks.update({"A": parameter({"Ref": "Shared"})}, **reading(name))["StackStatus"] == "UPDATE_COMPLETE"
    assert value_of(aws, stacks.physical_id("A")) == "second"
