"""AWS::Scheduler::Schedule and AWS::Scheduler::ScheduleGroup."""

from __future__ import annotations

from typing import Any

from moto.core.common_models import CloudFormationModel

from local_cloud.clients import client
from local_cloud.cloudformation.api_resource import ApiResource


class ScheduleGroup(ApiResource, CloudFormationModel):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-scheduler-schedulegroup.html."""

    type_name = "AWS::Scheduler::ScheduleGroup"
    service = "scheduler"
    name_property = "Name"
    attributes = frozenset({"Arn", "CreationDate", "LastModificationDate", "State"})

    @classmethod
    def make(cls, api: Any, name: str, properties: dict[str, Any]) -> str:
        api.create_schedule_group(Name=name, Tags=properties.get("Tags", []))
        return name

    @classmethod
    def change(cls, api: Any, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> str:
        if new.get("Name", physical_id) != physical_id:
            made = cls.make(api, new["Name"], new)
            cls.remove(api, physical_id, old)
            return made
        return physical_id

    @classmethod
    def remove(cls, api: Any, physical_id: str, properties: dict[str, Any]) -> None:
        api.delete_schedule_group(Name=physical_id)

    def get_cfn_attribute(self, attribute_name: str) -> Any:
        return client(self.service, self.region).get_schedule_group(Name=self.physical_resource_id)[attribute_name]


class Schedule(ApiResource, CloudFormationModel):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-scheduler-schedule.html."""

    type_name = "AWS::Scheduler::Schedule"
    service = "scheduler"
    name_property = "Name"
    attributes = frozenset({"Arn"})

    @classmethod
    def make(cls, api: Any, name: str, properties: dict[str, Any]) -> str:
        api.create_schedule(**{**properties, "Name": name})
        return name

    @classmethod
    def change(cls, api: Any, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> str:
        if (new.get("Name", physical_id), new.get("GroupName")) != (physical_id, old.get("GroupName")):
            made = cls.make(api, new.get("Name", physical_id), new)
            cls.remove(api, physical_id, old)
            return made
        api.update_schedule(**{**new, "Name": physical_id})
        return physical_id

    @classmethod
    def remove(cls, api: Any, physical_id: str, properties: dict[str, Any]) -> None:
        api.delete_schedule(Name=physical_id, GroupName=properties.get("GroupName", "default"))

    def get_cfn_attribute(self, attribute_name: str) -> Any:
        group = self.properties.get("GroupName", "default")
        return client(self.service, self.region).get_schedule(Name=self.physical_resource_id, GroupName=group)[
            attribute_name
        ]
