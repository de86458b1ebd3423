"""A bucket's lifecycle rules, from CloudFormation's words into the API's."""

from __future__ import annotations

from typing import Any

# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-s3-bucket-rule.html
_SAME_IN_BOTH = ("AbortIncompleteMultipartUpload", "NoncurrentVersionExpiration", "Status")
_EXPIRATION = {
    "ExpirationDate": "Date",
    "ExpirationInDays": "Days",
    "ExpiredObjectDeleteMarker": "ExpiredObjectDeleteMarker",
}


def lifecycle_rules(configuration: dict[str, Any]) -> list[dict[str, Any]]:
    """Translate the property LifecycleConfiguration."""
    return [_rule(dict(rule)) for rule in configuration["Rules"]]


def _rule(rule: dict[str, Any]) -> dict[str, Any]:
    api: dict[str, Any] = {name: rule.pop(name) for name in _SAME_IN_BOTH if name in rule}
    if "Id" in rule:
        api["ID"] = rule.pop("Id")
    api["Filter"] = _filter(rule)
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
    # What is left is unknown here, and for the API to refuse by name.
    return {**api, **rule}


def _filter(rule: dict[str, Any]) -> dict[str, Any]:
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
