"""AWS::Scheduler::Schedule and AWS::Scheduler::ScheduleGroup."""

from __future__ import annotations

from typing import Any

from moto.core.common_models import CloudFormationModel

from local_cloud.cloudformation.api_resource import ApiResource


class ScheduleGroup(ApiResource, CloudFormationModel):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-scheduler-schedulegroup.html."""

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
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-scheduler-schedule.html.

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
        # Documented as an update without interruption; but no call moves a schedule, so that it has to be made anew.
        return old.get("GroupName") != new.get("GroupName") or super().is_replaced(old, new)

    @classmethod
    def change(cls, api: Any, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        # UpdateSchedule sets what is left out to its default; moto would set it to nothing.
        api.update_schedule(**{"State": "ENABLED", **new, "Name": physical_id})

    @classmethod
    def remove(cls, api: Any, physical_id: str, properties: dict[str, Any]) -> None:
        api.delete_schedule(Name=physical_id, GroupName=properties.get("GroupName", "default"))

    def attribute(self, api: Any, name: str) -> Any:
        group = self.properties.get("GroupName", "default")
        return api.get_schedule(Name=self.physical_resource_id, GroupName=group)[name]
