"""A resource of a stack, as deployed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class DeployedResource:
    """moto's object for a resource, its part of the template, and that part with all references resolved."""

    resource: Any
    definition: dict[str, Any]
    resolved: dict[str, Any]

    @property
    def properties(self) -> dict[str, Any]:
        """The deployed properties."""
        properties: dict[str, Any] = self.resolved.get("Properties") or {}
        return properties

    @property
    def physical_id(self) -> str:
        """The physical id: a name or an ARN."""
        return getattr(self.resource, "physical_resource_id", "") or ""

    def is_kept(self, policy: str, *, is_created: bool) -> bool:
        """Return whether a policy retains the resource; some policies do not, if the operation that created it is rolled back.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html
        """
        keeping = {"Retain"} if is_created else {"Retain", "RetainExceptOnCreate"}
        return self.definition.get(policy, "Delete") in keeping
