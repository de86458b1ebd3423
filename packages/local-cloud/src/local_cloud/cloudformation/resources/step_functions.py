"""AWS::StepFunctions::StateMachine."""

from __future__ import annotations

import json
import re
from typing import Any

from moto.core.common_models import CloudFormationModel

from local_cloud.clients import client
from local_cloud.cloudformation.api_resource import ApiResource, tag_dict


class StateMachine(ApiResource, CloudFormationModel):
    """AWS::StepFunctions::StateMachine: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-stepfunctions-statemachine.html."""

    type_name = "AWS::StepFunctions::StateMachine"
    service = "stepfunctions"
    name_property = "StateMachineName"
    name_length = 80
    # As in deployed stacks: StateMachine2E01A3A5-N5TJppzoevKQ.
    named_after_stack = False
    replacing = frozenset({"StateMachineType"})
    attributes = frozenset({"Arn", "Name"})
    known = frozenset(
        {
            "Definition",
            "DefinitionS3Location",
            "DefinitionString",
            "DefinitionSubstitutions",
            "LoggingConfiguration",
            "RoleArn",
            "StateMachineName",
            "StateMachineType",
            "Tags",
            "TracingConfiguration",
        }
    )

    @classmethod
    def make(cls, api: Any, name: str, properties: dict[str, Any]) -> str:
        made = api.create_state_machine(
            name=name,
            type=properties.get("StateMachineType", "STANDARD"),
            tags=[{"key": key, "value": value} for key, value in tag_dict(properties).items()],
            **_settings(api, properties),
        )
        return str(made["stateMachineArn"])

    @classmethod
    def change(cls, api: Any, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        defaults = {"loggingConfiguration": {"level": "OFF"}, "tracingConfiguration": {"enabled": False}}
        api.update_state_machine(stateMachineArn=physical_id, **{**defaults, **_settings(api, new)})
        if gone := tag_dict(old).keys() - tag_dict(new).keys():
            api.untag_resource(resourceArn=physical_id, tagKeys=sorted(gone))
        if tags := tag_dict(new):
            api.tag_resource(
                resourceArn=physical_id, tags=[{"key": key, "value": value} for key, value in tags.items()]
            )

    @classmethod
    def remove(cls, api: Any, physical_id: str, properties: dict[str, Any]) -> None:
        api.delete_state_machine(stateMachineArn=physical_id)

    def attribute(self, api: Any, name: str) -> str:
        return self.physical_resource_id if name == "Arn" else self.physical_resource_id.rsplit(":", 1)[-1]


def _settings(api: Any, properties: dict[str, Any]) -> dict[str, Any]:
    settings: dict[str, Any] = {"definition": _definition(api, properties), "roleArn": properties["RoleArn"]}
    if logging := properties.get("LoggingConfiguration"):
        settings["loggingConfiguration"] = _camel_case(logging)
    if tracing := properties.get("TracingConfiguration"):
        settings["tracingConfiguration"] = _camel_case(tracing)
    return settings


def _definition(api: Any, properties: dict[str, Any]) -> str:
    if "Definition" in properties:
        text = json.dumps(properties["Definition"], ensure_ascii=False)
    elif "DefinitionS3Location" in properties:
        location = properties["DefinitionS3Location"]
        stored = client("s3", api.meta.region_name).get_object(Bucket=location["Bucket"], Key=location["Key"])
        text = stored["Body"].read().decode("utf-8")
    else:
        text = properties["DefinitionString"]
    values = properties.get("DefinitionSubstitutions", {})
    # Other ${…} belong to the definition itself.
    return re.sub(r"\$\{(\w+)\}", lambda found: str(values.get(found[1], found[0])), text)


def _camel_case(node: Any) -> Any:
    """Return a node with the API's names, which begin with a lower-case letter."""
    if isinstance(node, dict):
        return {key[0].lower() + key[1:]: _camel_case(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_camel_case(item) for item in node]
    return node
