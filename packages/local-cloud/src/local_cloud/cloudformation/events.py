"""AWS::Events::Rule."""

from __future__ import annotations

import json
from typing import Any

from moto.core.common_models import CloudFormationModel

from local_cloud.cloudformation.api_resource import ApiResource


class Rule(ApiResource, CloudFormationModel):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-rule.html."""

    type_name = "AWS::Events::Rule"
    service = "events"
    name_property = "Name"
    replacing = frozenset({"EventBusName"})
    attributes = frozenset({"Arn"})
    known = frozenset(
        {
            "Description",
            "EventBusName",
            "EventPattern",
            "Name",
            "RoleArn",
            "ScheduleExpression",
            "State",
            "Tags",
            "Targets",
        }
    )

    @classmethod
    def make(cls, api: Any, name: str, properties: dict[str, Any]) -> str:
        cls.change(api, name, {}, properties)
        return name

    @classmethod
    def change(cls, api: Any, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        rule = {key: value for key, value in new.items() if key != "Targets"}
        if "EventPattern" in rule:
            rule["EventPattern"] = json.dumps(rule["EventPattern"], ensure_ascii=False)
        api.put_rule(**{**rule, "Name": physical_id})
        bus = {"EventBusName": new["EventBusName"]} if "EventBusName" in new else {}
        if gone := _target_ids(old) - _target_ids(new):
            api.remove_targets(Rule=physical_id, Ids=sorted(gone), **bus)
        if targets := new.get("Targets"):
            _check(api.put_targets(Rule=physical_id, Targets=targets, **bus))

    @classmethod
    def remove(cls, api: Any, physical_id: str, properties: dict[str, Any]) -> None:
        bus = {"EventBusName": properties["EventBusName"]} if "EventBusName" in properties else {}
        if ids := _target_ids(properties):
            api.remove_targets(Rule=physical_id, Ids=sorted(ids), **bus)
        api.delete_rule(Name=physical_id, **bus)

    def attribute(self, api: Any, name: str) -> str:
        bus = {"EventBusName": self.properties["EventBusName"]} if "EventBusName" in self.properties else {}
        return str(api.describe_rule(Name=self.physical_resource_id, **bus)["Arn"])


def _target_ids(properties: dict[str, Any]) -> set[str]:
    return {target["Id"] for target in properties.get("Targets", [])}


def _check(answer: dict[str, Any]) -> None:
    """PutTargets answers 200 with failures in its body."""
    if answer["FailedEntryCount"]:
        raise ValueError("; ".join(entry["ErrorMessage"] for entry in answer["FailedEntries"]))
