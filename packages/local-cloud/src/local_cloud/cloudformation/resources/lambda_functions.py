"""AWS::Lambda::Function and AWS::Lambda::Permission."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from moto.core.common_models import CloudFormationModel

from local_cloud.cloudformation.api_resource import ApiResource, changed, tag_dict

# The parameters of UpdateFunctionConfiguration, and the values for omitted properties.
_CONFIGURATION: dict[str, Any] = {
    "DeadLetterConfig": {},
    "Description": "",
    "Environment": {"Variables": {}},
    "EphemeralStorage": {"Size": 512},
    "Handler": None,
    "Layers": [],
    "LoggingConfig": {},
    "MemorySize": 128,
    "Role": None,
    "Runtime": None,
    "Timeout": 3,
    "TracingConfig": {"Mode": "PassThrough"},
}


class Function(ApiResource, CloudFormationModel):
    """AWS::Lambda::Function: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html."""

    type_name = "AWS::Lambda::Function"
    service = "lambda"
    name_property = "FunctionName"
    replacing = frozenset({"PackageType"})
    attributes = frozenset({"Arn"})
    known = frozenset(
        {
            *_CONFIGURATION,
            "Architectures",
            "Code",
            "FunctionName",
            "PackageType",
            "ReservedConcurrentExecutions",
            "Tags",
        }
    )

    @classmethod
    def make(cls, api: Any, name: str, properties: dict[str, Any]) -> str:
        settings = {key: value for key, value in properties.items() if key in {*_CONFIGURATION, "Architectures"}}
        api.create_function(FunctionName=name, Code=_code(properties), Tags=tag_dict(properties), **_typed(settings))
        if "ReservedConcurrentExecutions" in properties:
            _reserve(api, name, properties)
        return name

    @classmethod
    def change(cls, api: Any, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        if changed(old, new, *_CONFIGURATION):
            settings = {
                key: new.get(key, default)
                for key, default in _CONFIGURATION.items()
                if key in new or (key in old and default is not None)
            }
            api.update_function_configuration(FunctionName=physical_id, **_typed(settings))
        if changed(old, new, "Architectures", "Code"):
            architectures = {"Architectures": new["Architectures"]} if "Architectures" in new else {}
            api.update_function_code(FunctionName=physical_id, **_code(new), **architectures)
        if changed(old, new, "ReservedConcurrentExecutions"):
            _reserve(api, physical_id, new)
        if changed(old, new, "Tags"):
            arn = api.get_function(FunctionName=physical_id)["Configuration"]["FunctionArn"]
            if gone := tag_dict(old).keys() - tag_dict(new).keys():
                api.untag_resource(Resource=arn, TagKeys=sorted(gone))
            api.tag_resource(Resource=arn, Tags=tag_dict(new))

    @classmethod
    def remove(cls, api: Any, physical_id: str, properties: dict[str, Any]) -> None:
        api.delete_function(FunctionName=physical_id)

    def attribute(self, api: Any, name: str) -> str:
        return str(api.get_function(FunctionName=self.physical_resource_id)["Configuration"]["FunctionArn"])


def _code(properties: dict[str, Any]) -> dict[str, Any]:
    code: dict[str, Any] = properties["Code"]
    if "ZipFile" not in code:
        return code
    # In a template, ZipFile is the source of the handler: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-lambda-function-code.html
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        # A fixed date, so that the same source has the same hash.
        archive.writestr(zipfile.ZipInfo("index.py"), code["ZipFile"])
    return {"ZipFile": packed.getvalue()}


def _typed(settings: dict[str, Any]) -> dict[str, Any]:
    """Return settings with numbers, which may be strings in a template."""
    numbers: dict[str, Any] = {key: int(settings[key]) for key in ("MemorySize", "Timeout") if key in settings}
    return {**settings, **numbers}


def _reserve(api: Any, name: str, properties: dict[str, Any]) -> None:
    if "ReservedConcurrentExecutions" in properties:
        reserved = int(properties["ReservedConcurrentExecutions"])
        api.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=reserved)
    else:
        api.delete_function_concurrency(FunctionName=name)


class Permission(ApiResource, CloudFormationModel):
    """AWS::Lambda::Permission: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-permission.html."""

    type_name = "AWS::Lambda::Permission"
    service = "lambda"
    name_length = 100
    replacing = known = frozenset(
        {"Action", "EventSourceToken", "FunctionName", "Principal", "PrincipalOrgID", "SourceAccount", "SourceArn"}
    )

    @classmethod
    def make(cls, api: Any, name: str, properties: dict[str, Any]) -> str:
        api.add_permission(**properties, StatementId=name)
        return name

    @classmethod
    def change(cls, api: Any, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Do nothing: each change replaces the permission."""

    @classmethod
    def remove(cls, api: Any, physical_id: str, properties: dict[str, Any]) -> None:
        api.remove_permission(FunctionName=properties["FunctionName"], StatementId=physical_id)
