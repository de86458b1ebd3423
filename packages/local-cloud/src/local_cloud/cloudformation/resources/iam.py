"""AWS::IAM::Role, AWS::IAM::Policy and AWS::IAM::ManagedPolicy."""

from __future__ import annotations

import json
from typing import Any

from moto.core.common_models import CloudFormationModel

from local_cloud.cloudformation.api_resource import ApiResource, changed, tag_dict


class Role(ApiResource, CloudFormationModel):
    """AWS::IAM::Role: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-role.html."""

    type_name = "AWS::IAM::Role"
    service = "iam"
    name_property = "RoleName"
    replacing = frozenset({"Path"})
    attributes = frozenset({"Arn", "RoleId"})
    known = frozenset(
        {
            "AssumeRolePolicyDocument",
            "Description",
            "ManagedPolicyArns",
            "MaxSessionDuration",
            "Path",
            "PermissionsBoundary",
            "Policies",
            "RoleName",
            "Tags",
        }
    )

    @classmethod
    def make(cls, api: Any, name: str, properties: dict[str, Any]) -> str:
        direct = ("Description", "MaxSessionDuration", "Path", "PermissionsBoundary", "Tags")
        api.create_role(
            RoleName=name,
            AssumeRolePolicyDocument=json.dumps(properties["AssumeRolePolicyDocument"]),
            **{key: properties[key] for key in direct if key in properties},
        )
        cls._change_policies(api, name, {}, properties)
        return name

    @classmethod
    def change(cls, api: Any, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        if changed(old, new, "AssumeRolePolicyDocument"):
            document = json.dumps(new["AssumeRolePolicyDocument"])
            api.update_assume_role_policy(RoleName=physical_id, PolicyDocument=document)
        if changed(old, new, "Description", "MaxSessionDuration"):
            description, duration = new.get("Description", ""), int(new.get("MaxSessionDuration", 3600))
            api.update_role(RoleName=physical_id, Description=description, MaxSessionDuration=duration)
        if changed(old, new, "PermissionsBoundary"):
            if boundary := new.get("PermissionsBoundary"):
                api.put_role_permissions_boundary(RoleName=physical_id, PermissionsBoundary=boundary)
            else:
                api.delete_role_permissions_boundary(RoleName=physical_id)
        if gone := tag_dict(old).keys() - tag_dict(new).keys():
            api.untag_role(RoleName=physical_id, TagKeys=sorted(gone))
        if tags := new.get("Tags"):
            api.tag_role(RoleName=physical_id, Tags=tags)
        cls._change_policies(api, physical_id, old, new)

    @classmethod
    def _change_policies(cls, api: Any, role: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        had, wanted = set(old.get("ManagedPolicyArns", [])), set(new.get("ManagedPolicyArns", []))
        for arn in sorted(had - wanted):
            api.detach_role_policy(RoleName=role, PolicyArn=arn)
        for arn in sorted(wanted - had):
            api.attach_role_policy(RoleName=role, PolicyArn=arn)
        inline = {policy["PolicyName"]: policy["PolicyDocument"] for policy in new.get("Policies", [])}
        for policy in old.get("Policies", []):
            if policy["PolicyName"] not in inline:
                api.delete_role_policy(RoleName=role, PolicyName=policy["PolicyName"])
        for name, document in inline.items():
            api.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))

    @classmethod
    def remove(cls, api: Any, physical_id: str, properties: dict[str, Any]) -> None:
        cls._change_policies(api, physical_id, properties, {})
        api.delete_role(RoleName=physical_id)

    def attribute(self, api: Any, name: str) -> str:
        return str(api.get_role(RoleName=self.physical_resource_id)["Role"][name])


class Policy(ApiResource, CloudFormationModel):
    """AWS::IAM::Policy: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-policy.html."""

    type_name = "AWS::IAM::Policy"
    service = "iam"
    name_property = "PolicyName"
    known = frozenset({"Groups", "PolicyDocument", "PolicyName", "Roles", "Users"})

    @classmethod
    def make(cls, api: Any, name: str, properties: dict[str, Any]) -> str:
        cls.change(api, name, {}, properties)
        return name

    @classmethod
    def change(cls, api: Any, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        document = json.dumps(new["PolicyDocument"])
        for role in new.get("Roles", []):
            api.put_role_policy(RoleName=role, PolicyName=physical_id, PolicyDocument=document)
        for user in new.get("Users", []):
            api.put_user_policy(UserName=user, PolicyName=physical_id, PolicyDocument=document)
        for group in new.get("Groups", []):
            api.put_group_policy(GroupName=group, PolicyName=physical_id, PolicyDocument=document)
        kinds = ("Groups", "Roles", "Users")
        left = {kind: [item for item in old.get(kind, []) if item not in new.get(kind, [])] for kind in kinds}
        cls.remove(api, physical_id, left)

    @classmethod
    def remove(cls, api: Any, physical_id: str, properties: dict[str, Any]) -> None:
        for role in properties.get("Roles", []):
            api.delete_role_policy(RoleName=role, PolicyName=physical_id)
        for user in properties.get("Users", []):
            api.delete_user_policy(UserName=user, PolicyName=physical_id)
        for group in properties.get("Groups", []):
            api.delete_group_policy(GroupName=group, PolicyName=physical_id)


class ManagedPolicy(ApiResource, CloudFormationModel):
    """AWS::IAM::ManagedPolicy: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-managedpolicy.html."""

    type_name = "AWS::IAM::ManagedPolicy"
    service = "iam"
    name_property = "ManagedPolicyName"
    name_length = 128
    replacing = frozenset({"Description", "Path"})
    attributes = frozenset({"PolicyArn"})
    known = frozenset({"Description", "ManagedPolicyName", "Path", "PolicyDocument", "Roles"})

    @classmethod
    def make(cls, api: Any, name: str, properties: dict[str, Any]) -> str:
        direct = {key: properties[key] for key in ("Description", "Path") if key in properties}
        document = json.dumps(properties["PolicyDocument"])
        arn = str(api.create_policy(PolicyName=name, PolicyDocument=document, **direct)["Policy"]["Arn"])
        for role in properties.get("Roles", []):
            api.attach_role_policy(RoleName=role, PolicyArn=arn)
        return arn

    @classmethod
    def change(cls, api: Any, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        if changed(old, new, "PolicyDocument"):
            document = json.dumps(new["PolicyDocument"])
            cls._remove_versions(api, physical_id)
            api.create_policy_version(PolicyArn=physical_id, PolicyDocument=document, SetAsDefault=True)
        had, wanted = set(old.get("Roles", [])), set(new.get("Roles", []))
        for role in sorted(wanted - had):
            api.attach_role_policy(RoleName=role, PolicyArn=physical_id)
        for role in sorted(had - wanted):
            api.detach_role_policy(RoleName=role, PolicyArn=physical_id)

    @classmethod
    def remove(cls, api: Any, physical_id: str, properties: dict[str, Any]) -> None:
        for role in properties.get("Roles", []):
            api.detach_role_policy(RoleName=role, PolicyArn=physical_id)
        cls._remove_versions(api, physical_id)
        api.delete_policy(PolicyArn=physical_id)

    @classmethod
    def _remove_versions(cls, api: Any, arn: str) -> None:
        """Delete all versions but the default one: a policy can have five."""
        for version in api.list_policy_versions(PolicyArn=arn)["Versions"]:
            if not version["IsDefaultVersion"]:
                api.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])

    def attribute(self, api: Any, name: str) -> str:
        return self.physical_resource_id
