"""AWS::Athena::WorkGroup."""

from __future__ import annotations

from typing import Any

from moto.athena.models import athena_backends
from moto.core.common_models import CloudFormationModel

from local_cloud.athena.api.work_groups import check_configuration
from local_cloud.cloudformation.api_resource import ApiResource
from local_cloud.settings import ACCOUNT_ID


class AthenaWorkGroup(ApiResource, CloudFormationModel):
    """AWS::Athena::WorkGroup: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-athena-workgroup.html."""

    type_name = "AWS::Athena::WorkGroup"
    service = "athena"
    name_property = "Name"
    name_length = 128
    known = frozenset({"Description", "Name", "RecursiveDeleteOption", "State", "Tags", "WorkGroupConfiguration"})

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
    def change(cls, api: Any, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        # moto: Athena's UpdateWorkGroup is missing; not reported yet: the operation changes the configuration, description and state of a
        # workgroup.
        check_configuration(new.get("WorkGroupConfiguration", {}))
        work_group = athena_backends[ACCOUNT_ID][api.meta.region_name].work_groups[physical_id]
        work_group.configuration = new.get("WorkGroupConfiguration", {})
        work_group.description = new.get("Description", "")
        work_group.state = new.get("State", "ENABLED")

    @classmethod
    def remove(cls, api: Any, physical_id: str, properties: dict[str, Any]) -> None:
        api.delete_work_group(WorkGroup=physical_id, RecursiveDeleteOption=True)
