"""A synthesized stack with concrete values, which the checks examine and the mutations break."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.synthesized.intrinsics import IntrinsicResolver

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class ResolvedStack:
    """The resources of a stack by logical id, each with ``Type`` and concrete ``Properties``, its outputs, and its shared values.

    The definition of a state machine or a SageMaker pipeline is parsed, in ``Properties.Definition``.
    """

    name: str
    resources: dict[str, dict[str, Any]]
    outputs: dict[str, str]
    shared: dict[str, str]

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        """Return the resources of a type."""
        return [resource for resource in self.resources.values() if resource["Type"] == kind]

    def only(self, kind: str, within: str = "") -> dict[str, Any]:
        """Return the properties of the only resource of a type, in the construct with an id."""
        (properties,) = (
            resource["Properties"]
            for logical_id, resource in self.resources.items()
            if resource["Type"] == kind and logical_id.startswith(within)
        )
        found: dict[str, Any] = properties
        return found

    @property
    def machine(self) -> dict[str, Any]:
        """The properties of the pipeline's state machine."""
        return self.only("AWS::StepFunctions::StateMachine", "Workflow")

    @property
    def backfill_machine(self) -> dict[str, Any]:
        """The properties of the state machine of backfills."""
        return self.only("AWS::StepFunctions::StateMachine", "Backfill")

    @property
    def definition(self) -> dict[str, Any]:
        """The definition of the pipeline's state machine."""
        definition: dict[str, Any] = self.machine["Definition"]
        return definition

    @property
    def pipeline_definition(self) -> dict[str, Any]:
        """The definition of the only SageMaker pipeline."""
        definition: dict[str, Any] = self.only("AWS::SageMaker::Pipeline")["Definition"]
        return definition

    def function(self, folder: str) -> dict[str, Any]:
        """Return the properties of the function whose module is ``lambdas.<folder>.handler``."""
        (found,) = (
            resource["Properties"]
            for resource in self.of_type("AWS::Lambda::Function")
            if resource["Properties"]["Handler"].rpartition(".")[0] == f"lambdas.{folder}.handler"
        )
        properties: dict[str, Any] = found
        return properties

    def role_of(self, service: str, *, description: str = "", within: str = "") -> dict[str, Any]:
        """Return the properties of the only role that a service may assume and whose description contains a string, in a construct."""
        (found,) = (
            role["Properties"]
            for logical_id, role in self.resources.items()
            if role["Type"] == "AWS::IAM::Role"
            and logical_id.startswith(within)
            and description in role["Properties"].get("Description", "")
            and any(
                statement["Principal"] == {"Service": service}
                for statement in role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
            )
        )
        properties: dict[str, Any] = found
        return properties

    def role_policies(self) -> list[dict[str, Any]]:
        """Return the policies of roles: inline ones, and those to which the CDK moves statements beyond a role's inline quota."""
        return [*self.of_type("AWS::IAM::Policy"), *self.of_type("AWS::IAM::ManagedPolicy")]

    def statements_of(self, role: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the statements of a role's attached policies, with single values as lists."""
        (logical_id,) = (key for key, value in self.resources.items() if value.get("Properties") is role)
        name = f"{self.name}-{logical_id}"[:64]
        documents = [
            policy["Properties"]["PolicyDocument"]
            for policy in self.role_policies()
            if name in policy["Properties"]["Roles"]
        ]
        documents += [policy["PolicyDocument"] for policy in role.get("Policies", [])]
        return [
            {**statement, "Action": as_list(statement["Action"]), "Resource": as_list(statement["Resource"])}
            for document in documents
            for statement in document["Statement"]
        ]


def as_list(value: Any) -> list[Any]:
    """Return a policy's single value or list as a list."""
    return value if isinstance(value, list) else [value]


def resolve_stack(name: str, template: Mapping[str, Any], shared: Mapping[str, str] | None = None) -> ResolvedStack:
    """Return the resolved stack of a template.

    Parameters
    ----------
    shared
        The Systems Manager parameters created by the preceding stacks, by name.
    """
    resolver = IntrinsicResolver(name, template, shared)
    resources = {}
    for logical_id, resource in template["Resources"].items():
        resolved = {**resource, "Properties": resolver.resolve(resource.get("Properties", {}))}
        definition = resolved["Properties"].pop("DefinitionString", None)
        if definition is not None:
            resolved["Properties"]["Definition"] = json.loads(definition)
        elif "PipelineDefinition" in resolved["Properties"]:
            body = resolved["Properties"].pop("PipelineDefinition")["PipelineDefinitionBody"]
            resolved["Properties"]["Definition"] = json.loads(body)
        resources[logical_id] = resolved
    outputs = {key: str(resolver.resolve(output["Value"])) for key, output in template.get("Outputs", {}).items()}
    created = {
        str(resource["Properties"]["Name"]): str(resource["Properties"]["Value"])
        for resource in resources.values()
        if resource["Type"] == "AWS::SSM::Parameter"
    }
    return ResolvedStack(name, resources, outputs, created)
