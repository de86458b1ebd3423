"""Deployments of templates, as by the CDK CLI and the AWS CLI."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

Client = Any
_ENDS = ("COMPLETE", "FAILED")


@dataclass(frozen=True)
class Stacks:
    """The stack of a test, which has the test's name."""

    api: Client
    name: str

    def create(self, resources: dict[str, Any], **more: Any) -> dict[str, Any]:
        """Create the stack by CreateStack, and return its final description."""
        self.api.create_stack(StackName=self.name, TemplateBody=_template(resources, **more), Capabilities=_ALL)
        return self.settled()

    def update(self, resources: dict[str, Any], **more: Any) -> dict[str, Any]:
        """Update the stack by UpdateStack, and return its final description."""
        self.api.update_stack(StackName=self.name, TemplateBody=_template(resources, **more), Capabilities=_ALL)
        return self.settled()

    def deploy(self, kind: str, resources: dict[str, Any], **more: Any) -> dict[str, Any]:
        """Create or update the stack by a change set of the type CREATE or UPDATE."""
        named = {"StackName": self.name, "ChangeSetName": f"change-{time.monotonic_ns()}"}
        body = _template(resources, **more)
        self.api.create_change_set(**named, ChangeSetType=kind, TemplateBody=body, Capabilities=_ALL)
        self.api.execute_change_set(**named)
        return self.settled()

    def delete(self) -> dict[str, Any]:
        """Delete the stack, and return its final description."""
        stack_id = self.settled()["StackId"]
        self.api.delete_stack(StackName=self.name)
        return self.settled(stack_id)

    def settled(self, name: str = "") -> dict[str, Any]:
        """Return the stack's description once nothing is in progress."""
        while True:
            (stack,) = self.api.describe_stacks(StackName=name or self.name)["Stacks"]
            if stack["StackStatus"].endswith(_ENDS):
                described: dict[str, Any] = stack
                return described
            time.sleep(0.05)

    def physical_id(self, logical_id: str) -> str:
        """Return the physical id of a resource."""
        detail = self.api.describe_stack_resource(StackName=self.name, LogicalResourceId=logical_id)
        return str(detail["StackResourceDetail"]["PhysicalResourceId"])

    def events(self, name: str = "") -> list[tuple[str, str, str]]:
        """Return the logical id, the status and the reason of each event, the oldest first."""
        found = self.api.describe_stack_events(StackName=name or self.name)["StackEvents"]
        return [
            (event["LogicalResourceId"], event["ResourceStatus"], event.get("ResourceStatusReason", ""))
            for event in reversed(found)
        ]


_ALL = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"]


def _template(resources: dict[str, Any], **more: Any) -> str:
    return json.dumps({"Resources": resources, **more})


def resource(kind: str, properties: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """Return a resource of a template."""
    return {"Type": kind, "Properties": properties or {}, **more}


def parameter(value: Any, **more: Any) -> dict[str, Any]:
    """Return a parameter of Systems Manager, the simplest resource."""
    properties = more.pop("properties", {})
    return resource("AWS::SSM::Parameter", {"Type": "String", "Value": value, **properties}, **more)


def refused(depends_on: str) -> dict[str, Any]:
    """Return a resource that fails, and depends on another one."""
    table = {"CatalogId": "123456789012", "DatabaseName": "not_there", "TableInput": {"Name": "t"}}
    return resource("AWS::Glue::Table", table, DependsOn=depends_on)


def value_of(aws: Callable[[str], Client], name: str) -> str | None:
    """Return a parameter's value, or None if it does not exist."""
    try:
        return str(aws("ssm").get_parameter(Name=name)["Parameter"]["Value"])
    except aws("ssm").exceptions.ParameterNotFound:
        return None
