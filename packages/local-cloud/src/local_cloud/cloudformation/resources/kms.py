"""AWS::KMS::Key and AWS::KMS::Alias."""

from __future__ import annotations

import json
from typing import Any

from moto.core.common_models import CloudFormationModel

from local_cloud.cloudformation.api_resource import ApiResource, changed, tag_dict


class Key(ApiResource, CloudFormationModel):
    """AWS::KMS::Key: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kms-key.html."""

    type_name = "AWS::KMS::Key"
    service = "kms"
    replacing = frozenset({"KeySpec", "KeyUsage", "MultiRegion", "Origin"})
    attributes = frozenset({"Arn", "KeyId"})
    known = frozenset(
        {
            "BypassPolicyLockoutSafetyCheck",
            "Description",
            "EnableKeyRotation",
            "Enabled",
            "KeyPolicy",
            "KeySpec",
            "KeyUsage",
            "MultiRegion",
            "Origin",
            "PendingWindowInDays",
            "Tags",
        }
    )

    @classmethod
    def make(cls, api: Any, name: str, properties: dict[str, Any]) -> str:
        given: dict[str, Any] = {
            key: properties[key] for key in ("Description", "KeySpec", "KeyUsage", "Origin") if key in properties
        }
        if "KeyPolicy" in properties:
            given["Policy"] = json.dumps(properties["KeyPolicy"])
        key_id = str(api.create_key(**given, MultiRegion=_is_true(properties, "MultiRegion"))["KeyMetadata"]["KeyId"])
        cls.change(
            api, key_id, {key: properties[key] for key in ("Description", "KeyPolicy") if key in properties}, properties
        )
        return key_id

    @classmethod
    def change(cls, api: Any, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        named = {"KeyId": physical_id}
        if changed(old, new, "Description"):
            api.update_key_description(**named, Description=new.get("Description", ""))
        if changed(old, new, "KeyPolicy") and "KeyPolicy" in new:
            api.put_key_policy(**named, PolicyName="default", Policy=json.dumps(new["KeyPolicy"]))
        if changed(old, new, "EnableKeyRotation"):
            rotate = api.enable_key_rotation if _is_true(new, "EnableKeyRotation") else api.disable_key_rotation
            rotate(**named)
        if changed(old, new, "Enabled"):
            (api.enable_key if _is_true(new, "Enabled", default=True) else api.disable_key)(**named)
        if gone := tag_dict(old).keys() - tag_dict(new).keys():
            api.untag_resource(**named, TagKeys=sorted(gone))
        if tags := tag_dict(new):
            api.tag_resource(**named, Tags=[{"TagKey": key, "TagValue": value} for key, value in tags.items()])

    @classmethod
    def remove(cls, api: Any, physical_id: str, properties: dict[str, Any]) -> None:
        """Schedule the deletion: keys are not deleted immediately."""
        api.schedule_key_deletion(KeyId=physical_id, PendingWindowInDays=int(properties.get("PendingWindowInDays", 30)))

    def attribute(self, api: Any, name: str) -> str:
        metadata = api.describe_key(KeyId=self.physical_resource_id)["KeyMetadata"]
        return str(metadata["KeyId" if name == "KeyId" else "Arn"])


class Alias(ApiResource, CloudFormationModel):
    """AWS::KMS::Alias: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kms-alias.html."""

    type_name = "AWS::KMS::Alias"
    service = "kms"
    replacing = frozenset({"AliasName"})
    known = frozenset({"AliasName", "TargetKeyId"})

    @classmethod
    def make(cls, api: Any, name: str, properties: dict[str, Any]) -> str:
        api.create_alias(AliasName=properties["AliasName"], TargetKeyId=properties["TargetKeyId"])
        return str(properties["AliasName"])

    @classmethod
    def change(cls, api: Any, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        if changed(old, new, "TargetKeyId"):
            api.update_alias(AliasName=physical_id, TargetKeyId=new["TargetKeyId"])

    @classmethod
    def remove(cls, api: Any, physical_id: str, properties: dict[str, Any]) -> None:
        api.delete_alias(AliasName=physical_id)


def _is_true(properties: dict[str, Any], name: str, *, default: bool = False) -> bool:
    """Return a boolean property, which may be a string in a template."""
    return str(properties.get(name, default)).lower() == "true"
