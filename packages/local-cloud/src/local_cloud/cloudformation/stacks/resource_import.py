"""The import of existing resources by a change set with ``ImportExistingResources``.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources-automatically.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import moto.cloudformation.parsing as parsing

from local_cloud.clients import client
from local_cloud.cloudformation.api_resource import ApiResource

if TYPE_CHECKING:
    from moto.cloudformation.models import ChangeSet, CloudFormationBackend

_RETAINED = ("Retain", "RetainExceptOnCreate")


def allow_imports(backend: CloudFormationBackend, change_set: ChangeSet) -> None:
    """Import existing resources instead of creating them. The change set fails if they cannot be imported."""
    found = _existing(change_set)
    if not found:
        return
    resources = change_set.template_dict["Resources"]
    if unsafe := [name for name in found if resources[name].get("DeletionPolicy") not in _RETAINED]:
        affected = ", ".join(f"{name} ({{{found[name]}}})" for name in unsafe)
        _fail(
            change_set,
            "CloudFormation is attempting to import some resources because they already exist in your account. The resources must have the "
            "DeletionPolicy attribute set to 'Retain' or 'RetainExceptOnCreate' in the template for successful import. "
            f"The affected resources are {affected}",
        )
        return
    for name, physical_id in found.items():
        owner = _owner(backend, resources[name]["Type"], physical_id)
        if owner is not None:
            _fail(change_set, f"{physical_id} already exists in stack {owner}")
            return
    vars(change_set)["imported"] = found


def imported(change_set: ChangeSet) -> dict[str, str]:
    """Return the physical ids of the resources that a change set imports, by logical id."""
    found: dict[str, str] = vars(change_set).get("imported", {})
    return found


def _fail(change_set: ChangeSet, reason: str) -> None:
    change_set.status, change_set.execution_status, change_set.status_reason = "FAILED", "UNAVAILABLE", reason


def _existing(change_set: ChangeSet) -> dict[str, str]:
    """Return the existing resources that the change set would add, if the template names them literally."""
    found = {}
    stack = change_set.stack
    for name, definition in change_set.template_dict.get("Resources", {}).items():
        model: Any = parsing.resource_class_from_type(definition["Type"])
        if name in stack.resource_map.resources or model is None or not issubclass(model, ApiResource):
            continue
        physical_id = model.find(client(model.service, stack.region_name), definition.get("Properties", {}))
        if physical_id is not None:
            found[name] = physical_id
    return found


def _owner(backend: CloudFormationBackend, kind: str, physical_id: str) -> str | None:
    for stack in backend.stacks.values():
        for resource in stack.stack_resources:
            ours: Any = resource
            if (ours.cf_resource_type, ours.physical_resource_id) == (kind, physical_id):
                return str(stack.stack_id)
    return None
