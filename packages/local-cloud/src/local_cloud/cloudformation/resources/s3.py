"""AWS::S3::Bucket and AWS::S3::BucketPolicy."""

from __future__ import annotations

import json
import re
from typing import Any

from moto.cloudformation.exceptions import ValidationError
from moto.core.common_models import CloudFormationModel

from local_cloud.cloudformation.api_resource import ApiResource

# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-s3-bucket-rule.html
_SAME_IN_BOTH = ("AbortIncompleteMultipartUpload", "NoncurrentVersionExpiration", "Status")
_EXPIRATION = {
    "ExpirationDate": "Date",
    "ExpirationInDays": "Days",
    "ExpiredObjectDeleteMarker": "ExpiredObjectDeleteMarker",
}


class Bucket(ApiResource, CloudFormationModel):
    """AWS::S3::Bucket: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html."""

    type_name = "AWS::S3::Bucket"
    service = "s3"
    name_property = "BucketName"
    name_length = 63
    attributes = frozenset({"Arn", "DomainName", "DualStackDomainName", "RegionalDomainName"})
    known = frozenset(
        {
            "AccessControl",
            "BucketEncryption",
            "BucketName",
            "LifecycleConfiguration",
            "LoggingConfiguration",
            "NotificationConfiguration",
            "OwnershipControls",
            "PublicAccessBlockConfiguration",
            "Tags",
            "VersioningConfiguration",
        }
    )

    @classmethod
    def make(cls, api: Any, name: str, properties: dict[str, Any]) -> str:
        region = api.meta.region_name
        # This region must not be named.
        place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        api.create_bucket(Bucket=name, **place)
        cls.change(api, name, {}, properties)
        return name

    @classmethod
    def change(cls, api: Any, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        changed = {name for name in cls.known or () if old.get(name) != new.get(name)}
        if "VersioningConfiguration" in changed:
            # Versioning cannot be removed, only suspended.
            versioning = new.get("VersioningConfiguration", {"Status": "Suspended"})
            api.put_bucket_versioning(Bucket=physical_id, VersioningConfiguration=versioning)
        if "BucketEncryption" in changed:
            _encrypt(api, physical_id, new.get("BucketEncryption"))
        if "LifecycleConfiguration" in changed:
            if rules := _lifecycle_rules(new.get("LifecycleConfiguration", {"Rules": []})):
                api.put_bucket_lifecycle_configuration(Bucket=physical_id, LifecycleConfiguration={"Rules": rules})
            else:
                api.delete_bucket_lifecycle(Bucket=physical_id)
        if "PublicAccessBlockConfiguration" in changed:
            if block := new.get("PublicAccessBlockConfiguration"):
                api.put_public_access_block(Bucket=physical_id, PublicAccessBlockConfiguration=block)
            else:
                api.delete_public_access_block(Bucket=physical_id)
        if "OwnershipControls" in changed:
            if controls := new.get("OwnershipControls"):
                api.put_bucket_ownership_controls(Bucket=physical_id, OwnershipControls=controls)
            else:
                api.delete_bucket_ownership_controls(Bucket=physical_id)
        if "LoggingConfiguration" in changed:
            api.put_bucket_logging(Bucket=physical_id, BucketLoggingStatus=_logging(physical_id, new))
        if "NotificationConfiguration" in changed:
            notifications = _notifications(new.get("NotificationConfiguration", {}))
            api.put_bucket_notification_configuration(Bucket=physical_id, NotificationConfiguration=notifications)
        if "AccessControl" in changed:
            api.put_bucket_acl(Bucket=physical_id, ACL=_canned_acl(new.get("AccessControl", "Private")))
        if "Tags" in changed:
            api.put_bucket_tagging(Bucket=physical_id, Tagging={"TagSet": new.get("Tags", [])})

    @classmethod
    def remove(cls, api: Any, physical_id: str, properties: dict[str, Any]) -> None:
        api.delete_bucket(Bucket=physical_id)

    def attribute(self, api: Any, name: str) -> str:
        bucket, region = self.physical_resource_id, self.region
        return {
            "Arn": f"arn:aws:s3:::{bucket}",
            "DomainName": f"{bucket}.s3.amazonaws.com",
            "DualStackDomainName": f"{bucket}.s3.dualstack.{region}.amazonaws.com",
            "RegionalDomainName": f"{bucket}.s3.{region}.amazonaws.com",
        }[name]


def _canned_acl(name: str) -> str:
    """Return the API's name of a canned ACL: ``log-delivery-write`` for ``LogDeliveryWrite``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


def _logging(bucket: str, properties: dict[str, Any]) -> dict[str, Any]:
    configuration = properties.get("LoggingConfiguration")
    if configuration is None:
        return {}
    target = {
        "TargetBucket": configuration.get("DestinationBucketName", bucket),
        "TargetPrefix": configuration.get("LogFilePrefix", ""),
    }
    return {"LoggingEnabled": target}


def _notifications(configuration: dict[str, Any]) -> dict[str, Any]:
    """Return the API's configuration; events can be sent to EventBridge only."""
    if others := sorted(configuration.keys() - {"EventBridgeConfiguration"}):
        raise ValidationError(
            message=f"the local cloud does not support {others[0]} of a bucket's NotificationConfiguration"
        )
    bridge = configuration.get("EventBridgeConfiguration")
    enabled = bridge is not None and str(bridge["EventBridgeEnabled"]).lower() == "true"
    return {"EventBridgeConfiguration": {}} if enabled else {}


def _encrypt(api: Any, bucket: str, encryption: dict[str, Any] | None) -> None:
    if encryption is None:
        api.delete_bucket_encryption(Bucket=bucket)
        return
    rules = []
    for rule in encryption["ServerSideEncryptionConfiguration"]:
        default = rule["ServerSideEncryptionByDefault"]
        rules.append(
            {
                "ApplyServerSideEncryptionByDefault": default,
                **({"BucketKeyEnabled": rule["BucketKeyEnabled"]} if "BucketKeyEnabled" in rule else {}),
            }
        )
    api.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": rules})


def _lifecycle_rules(configuration: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the API's rules for the property ``LifecycleConfiguration``."""
    return [_lifecycle_rule(dict(rule)) for rule in configuration["Rules"]]


def _lifecycle_rule(rule: dict[str, Any]) -> dict[str, Any]:
    api: dict[str, Any] = {name: rule.pop(name) for name in _SAME_IN_BOTH if name in rule}
    if "Id" in rule:
        api["ID"] = rule.pop("Id")
    api["Filter"] = _rule_filter(rule)
    if expiration := {_EXPIRATION[name]: rule.pop(name) for name in list(rule) if name in _EXPIRATION}:
        api["Expiration"] = expiration
    if "NoncurrentVersionExpirationInDays" in rule:
        api["NoncurrentVersionExpiration"] = {"NoncurrentDays": rule.pop("NoncurrentVersionExpirationInDays")}
    if "Transitions" in rule:
        api["Transitions"] = [_transition(item) for item in rule.pop("Transitions")]
    if "NoncurrentVersionTransitions" in rule:
        api["NoncurrentVersionTransitions"] = [
            {"StorageClass": item["StorageClass"], "NoncurrentDays": item["TransitionInDays"]}
            for item in rule.pop("NoncurrentVersionTransitions")
        ]
    # The API rejects the remaining, unknown properties by name.
    return {**api, **rule}


def _rule_filter(rule: dict[str, Any]) -> dict[str, Any]:
    conditions: dict[str, Any] = {}
    if "Prefix" in rule:
        conditions["Prefix"] = rule.pop("Prefix")
    if "TagFilters" in rule:
        conditions["Tags"] = rule.pop("TagFilters")
    if "Tags" in conditions:
        return (
            {"And": conditions}
            if len(conditions) > 1 or len(conditions["Tags"]) > 1
            else {"Tag": conditions["Tags"][0]}
        )
    return {"Prefix": conditions.get("Prefix", "")}


def _transition(transition: dict[str, Any]) -> dict[str, Any]:
    names = {"TransitionDate": "Date", "TransitionInDays": "Days", "StorageClass": "StorageClass"}
    return {names[name]: value for name, value in transition.items()}


class BucketPolicy(ApiResource, CloudFormationModel):
    """AWS::S3::BucketPolicy: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucketpolicy.html."""

    type_name = "AWS::S3::BucketPolicy"
    service = "s3"
    replacing = frozenset({"Bucket"})
    known = frozenset({"Bucket", "PolicyDocument"})

    @classmethod
    def make(cls, api: Any, name: str, properties: dict[str, Any]) -> str:
        cls.change(api, name, {}, properties)
        return str(properties["Bucket"])

    @classmethod
    def change(cls, api: Any, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        api.put_bucket_policy(Bucket=new["Bucket"], Policy=json.dumps(new["PolicyDocument"]))

    @classmethod
    def remove(cls, api: Any, physical_id: str, properties: dict[str, Any]) -> None:
        api.delete_bucket_policy(Bucket=physical_id)
