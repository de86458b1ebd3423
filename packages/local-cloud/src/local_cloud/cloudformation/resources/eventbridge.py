"""AWS::Events::Rule, AWS::Scheduler::Schedule and AWS::Scheduler::ScheduleGroup."""

from __future__ import annotations

import json
from typing import Any

from moto.core.common_models import CloudFormationModel

from local_cloud.cloudformation.api_resource import ApiResource


class Rule(ApiResource, CloudFormationModel):
    """AWS::Events::Rule: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-rule.html."""

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
    """Raise ValueError if PutTargets, which answers 200, reports failures in its body."""
    if answer["FailedEntryCount"]:
        raise ValueError("; ".join(entry["ErrorMessage"] for entry in answer["FailedEntries"]))


class ScheduleGroup(ApiResource, CloudFormationModel):
    """AWS::Scheduler::ScheduleGroup: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-scheduler-schedulegroup.html."""

    type_name = "AWS::Scheduler::ScheduleGroup"
    service = "scheduler"
    name_property = "Name"
    attributes = frozenset({"Arn", "CreationDate", "LastModificationDate", "State"})
    known = frozenset({"Name", "Tags"})

    @classmethod
    def make(cls, api: Any, name: str, properties: dict[str, Any]) -> str:
        api.create_schedule_group(Name=name, Tags=properties.get("Tags", []))
        return name

    @classmethod
    def change(cls, api: Any, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        arn = api.get_schedule_group(Name=physical_id)["Arn"]
        if gone := {tag["Key"] for tag in old.get("Tags", [])} - {tag["Key"] for tag in new.get("Tags", [])}:
            api.untag_resource(ResourceArn=arn, TagKeys=sorted(gone))
        api.tag_resource(ResourceArn=arn, Tags=new.get("Tags", []))

    @classmethod
    def remove(cls, api: Any, physical_id: str, properties: dict[str, Any]) -> None:
        api.delete_schedule_group(Name=physical_id)

    def attribute(self, api: Any, name: str) -> Any:
        return api.get_schedule_group(Name=self.physical_resource_id)[name]


class Schedule(ApiResource, CloudFormationModel):
    """AWS::Scheduler::Schedule: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-scheduler-schedule.html.

    The properties are the API's own parameters.
    """

    type_name = "AWS::Scheduler::Schedule"
    service = "scheduler"
    name_property = "Name"
    attributes = frozenset({"Arn"})

    @classmethod
    def make(cls, api: Any, name: str, properties: dict[str, Any]) -> str:
        api.create_schedule(**{**properties, "Name": name})
        return name

    @classmethod
    def is_replaced(cls, old: dict[str, Any], new: dict[str, Any]) -> bool:
        # Documented as an update without interruption, but no operation moves a schedule to another group.
        return old.get("GroupName") != new.get("GroupName") or super().is_replaced(old, new)

    @classmethod
    def change(cls, api: Any, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        # moto: EventBridge Scheduler's UpdateSchedule sets an omitted State to null; not reported yet: the default is ENABLED.
        api.update_schedule(**{"State": "ENABLED", **new, "Name": physical_id})

    @classmethod
    def remove(cls, api: Any, physical_id: str, properties: dict[str, Any]) -> None:
        api.delete_schedule(Name=physical_id, GroupName=properties.get("GroupName", "default"))

    def attribute(self, api: Any, name: str) -> Any:
        group = self.properties.get("GroupName", "default")
        return api.get_schedule(Name=self.physical_resource_id, GroupName=group)[name]
