"""The account state that checks read: the lake's deployed stack, and settings that the user may not be allowed to read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from partitioned_pipelines.cli.target.target import Cloud

_DENIED = frozenset({"AccessDenied", "AccessDeniedException"})


def is_denied(error: ClientError) -> bool:
    """Return whether IAM denied a call."""
    return error.response["Error"].get("Code") in _DENIED


def warning_of(error: ClientError, consequence: str) -> str:
    """Return a warning for a setting that could not be read, and its possible consequence."""
    return f"{error.operation_name} was denied, so it was not checked whether {consequence}"


@dataclass(frozen=True)
class LakeStack:
    """The resources and outputs of a lake's stack; both are empty if it is not deployed.

    Attributes
    ----------
    resources
        Physical ids by type.
    """

    resources: dict[str, frozenset[str]]
    outputs: dict[str, str]

    @classmethod
    def read(cls, cloud: Cloud, name: str) -> LakeStack:
        """Return the stack with a name."""
        cloudformation = cloud.cloudformation
        try:
            stack = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
            pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=name)
            found = [resource for page in pages for resource in page["StackResourceSummaries"]]
        except ClientError as error:
            if error.response["Error"]["Code"] != "ValidationError":
                raise
            return cls({}, {})
        kinds = {resource["ResourceType"] for resource in found}
        by_type = {
            kind: frozenset(
                resource.get("PhysicalResourceId", "") for resource in found if resource["ResourceType"] == kind
            )
            for kind in kinds
        }
        return cls(by_type, {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])})

    def has(self, kind: str, physical_id: str) -> bool:
        """Return whether a resource belongs to the stack."""
        return physical_id in self.resources.get(kind, frozenset())
