"""AWS::SSM::Parameter."""

from __future__ import annotations

from typing import Any

from moto.core.common_models import CloudFormationModel

from local_cloud.cloudformation.api_resource import ApiResource


class Parameter(ApiResource, CloudFormationModel):
    """AWS::SSM::Parameter: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ssm-parameter.html."""

    type_name = "AWS::SSM::Parameter"
    service = "ssm"
    name_property = "Name"
    replacing = frozenset({"Type"})
    attributes = frozenset({"Type", "Value"})
    known = frozenset({"AllowedPattern", "DataType", "Description", "Name", "Tier", "Type", "Value"})

    @classmethod
    def make(cls, api: Any, name: str, properties: dict[str, Any]) -> str:
        api.put_parameter(**{**properties, "Name": name})
        return name

    @classmethod
    def change(cls, api: Any, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        api.put_parameter(**{**new, "Name": physical_id}, Overwrite=True)

    @classmethod
    def remove(cls, api: Any, physical_id: str, properties: dict[str, Any]) -> None:
        api.delete_parameter(Name=physical_id)

    def attribute(self, api: Any, name: str) -> str:
        return str(api.get_parameter(Name=self.physical_resource_id)["Parameter"][name])
