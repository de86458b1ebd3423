"""AWS::Athena::WorkGroup."""

from __future__ import annotations

from typing import Any

from moto.core.common_models import CloudFormationModel

from local_cloud.cloudformation.api_resource import ApiResource


class AthenaWorkGroup(ApiResource, CloudFormationModel):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-athena-workgroup.html."""

    type_name = "AWS::Athena::WorkGroup"
    service = "athena"
    name_property = "Name"

    @classmethod
    def make(cls, api: Any, name: str, properties: dict[str, Any]) -> str:
        api.create_work_group(
            Name=name,
            Configuration=properties.get("WorkGroupConfiguration", {}),
            Description=properties.get("Description", ""),
            Tags=properties.get("Tags", []),
        )
        return name

    @classmethod
    def change(cls, api: Any, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> str:
        # moto has no UpdateWorkGroup: made anew under its name, which keeps what is running elsewhere apart from it.
        cls.remove(api, physical_id, old)
        return cls.make(api, new.get("Name", physical_id), new)

    @classmethod
    def remove(cls, api: Any, physical_id: str, properties: dict[str, Any]) -> None:
        api.delete_work_group(WorkGroup=physical_id, RecursiveDeleteOption=True)
