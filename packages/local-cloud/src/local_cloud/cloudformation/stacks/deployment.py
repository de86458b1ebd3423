"""The deployment of a template: resources are created, updated, replaced and deleted, or rolled back if one fails."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import moto.cloudformation.parsing as parsing
from botocore.exceptions import BotoCoreError, ClientError
from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.models import Event
from moto.core.exceptions import ServiceException
from werkzeug.exceptions import HTTPException

from local_cloud.cloudformation.api_resource import ApiResource
from local_cloud.cloudformation.stacks.change_detection import ChangeDetection
from local_cloud.cloudformation.stacks.deployed_resource import DeployedResource
from local_cloud.cloudformation.templates.order import deployment_order

if TYPE_CHECKING:
    from moto.cloudformation.models import Stack

# The third and the fourth are raised by moto's services, those below by its classes.
_FAILURES = (
    BotoCoreError,
    ClientError,
    HTTPException,
    ServiceException,
    AttributeError,
    KeyError,
    NotImplementedError,
    TypeError,
    ValueError,
)


class ResourceFailedError(Exception):
    """A resource could not be created, updated or deleted; the stack's events have the reason."""


class StackDeployment:
    """The resources of a stack, and their deployment.

    Parameters
    ----------
    stack
        moto's object for the stack.
    """

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._map = stack.resource_map
        self._deployed: dict[str, DeployedResource] = {}
        self._replaced: list[tuple[str, DeployedResource]] = []
        self._created: set[str] = set()
        self._imports: dict[str, str] = {}
        self._wanted: set[str] = set()

    def changes(self, template: dict[str, Any], parameters: dict[str, str]) -> list[dict[str, Any]]:
        """Return the changes that deploying a template would make."""
        return ChangeDetection(self._stack, self._deployed, template, parameters).changes()

    def apply(
        self, template: dict[str, Any], parameters: dict[str, str], imports: dict[str, str] | None = None
    ) -> None:
        """Create, import, update and replace the resources of a template; ``clean_up`` deletes the others.

        Parameters
        ----------
        imports
            The physical ids of existing resources to import, by logical id.

        Raises
        ------
        ResourceFailedError
            If a resource fails; ``roll_back`` undoes the changes.
        """
        self._replaced, self._created, self._imports = [], set(), imports or {}
        resources = self._load(template, parameters)
        for logical_id in deployment_order(resources):
            definition = resources[logical_id]
            condition = definition.get("Condition")
            if condition and not self._map.lazy_condition_map[condition]:
                continue
            if parsing.resource_class_from_type(definition["Type"]) is not None:
                self._deploy(logical_id, definition)
        self._wanted = {
            logical_id
            for logical_id, definition in resources.items()
            if not definition.get("Condition") or self._map.lazy_condition_map[definition["Condition"]]
        }

    def clean_up(self) -> None:
        """Delete replaced resources, and those that the applied template does not have."""
        # The update has succeeded, and resources that cannot be deleted are left, as on AWS; failures only count in a rollback of a creation.
        tolerated: tuple[type[Exception], ...] = (ResourceFailedError,) if self._wanted else ()
        for logical_id, old in reversed(self._replaced):
            with contextlib.suppress(*tolerated):
                self._remove(logical_id, old, "UpdateReplacePolicy")
        self._remove_all_but(self._wanted, tolerated)
        self._created, self._imports = set(), {}

    def roll_back(self, template: dict[str, Any], parameters: dict[str, str]) -> None:
        """Return to the template that was deployed before a failed ``apply``."""
        for logical_id, old in reversed(self._replaced):
            self._remove(logical_id, self._deployed[logical_id], "")
            self._keep(logical_id, old)
        created, imports = self._created, self._imports
        self.apply(template, parameters)
        self._created, self._imports = created, imports
        self.clean_up()

    def delete(self) -> None:
        """Delete all resources that are not retained."""
        self._remove_all_but(set())

    def _load(self, template: dict[str, Any], parameters: dict[str, str]) -> dict[str, Any]:
        """Load a template's parameters, mappings and conditions by moto, and return its resources."""
        resources: dict[str, Any] = template.get("Resources", {})
        for definition in resources.values():
            parsing.resource_class_from_type(definition["Type"])  # fail before the first change
        self._map._template = template
        self._map._resource_json_map = resources
        self._map.input_parameters = parameters
        self._map.resolved_parameters = {}
        self._map.load()
        return resources

    def _deploy(self, logical_id: str, definition: dict[str, Any]) -> None:
        old = self._deployed.get(logical_id)
        done = "CREATE"
        try:
            resolved = self._resolve(definition)
            if old is None and logical_id in self._imports:
                done = "IMPORT"
                self._import(logical_id, definition, resolved)
            elif old is None:
                self._make(logical_id, definition, resolved)
                self._created.add(logical_id)
            elif old.resolved == resolved:
                self._keep(logical_id, DeployedResource(old.resource, definition, resolved))
                return
            elif _is_replaced(old, resolved):
                done = "UPDATE"
                self._make(logical_id, definition, resolved)
                self._replaced.append((logical_id, old))
            else:
                done = "UPDATE"
                changed = parsing.parse_and_update_resource(
                    logical_id, definition, self._map, self._stack.account_id, self._stack.region_name
                )
                self._keep(logical_id, DeployedResource(changed, definition, resolved))
        except _FAILURES as error:
            self._fail(f"{done}_FAILED", logical_id, definition, error)
        resource = self._deployed[logical_id].resource
        self._record(f"{done}_COMPLETE", logical_id, definition["Type"], resource, getattr(resource, "remark", None))

    def _resolve(self, definition: dict[str, Any]) -> dict[str, Any]:
        parts = {key: definition[key] for key in ("Type", "Properties") if key in definition}
        try:
            resolved: dict[str, Any] = parsing.clean_json(parts, self._map)
        except KeyError as error:
            raise ValidationError(
                message=f"Unresolved resource dependencies [{error.args[0]}] in the template"
            ) from error
        return resolved

    def _make(self, logical_id: str, definition: dict[str, Any], resolved: dict[str, Any]) -> None:
        made = parsing.parse_and_create_resource(
            logical_id, definition, self._map, self._stack.account_id, self._stack.region_name
        )
        self._keep(logical_id, DeployedResource(made, definition, resolved))

    def _import(self, logical_id: str, definition: dict[str, Any], resolved: dict[str, Any]) -> None:
        model: Any = parsing.resource_class_from_type(definition["Type"])
        found = model(self._imports[logical_id], self._stack.region_name, resolved.get("Properties", {}))
        found.cf_resource_type, found.logical_resource_id = definition["Type"], logical_id
        self._keep(logical_id, DeployedResource(found, definition, resolved))

    def _keep(self, logical_id: str, deployed: DeployedResource) -> None:
        self._deployed[logical_id] = deployed
        self._map._parsed_resources[logical_id] = deployed.resource

    def _remove_all_but(self, wanted: set[str], tolerated: tuple[type[Exception], ...] = ()) -> None:
        order = deployment_order({key: deployed.definition for key, deployed in self._deployed.items()})
        for logical_id in reversed(order):
            if logical_id not in wanted:
                with contextlib.suppress(*tolerated):
                    self._remove(logical_id, self._deployed[logical_id], "DeletionPolicy")
                del self._deployed[logical_id]
                self._map._parsed_resources.pop(logical_id, None)

    def _remove(self, logical_id: str, deployed: DeployedResource, policy: str) -> None:
        is_kept = deployed.is_kept(policy, is_created=logical_id in self._created) or logical_id in self._imports
        status = "DELETE_SKIPPED" if is_kept else "DELETE_COMPLETE"
        if status == "DELETE_COMPLETE":
            try:
                self._map._delete_resource(deployed.resource, deployed.resolved)
            except _FAILURES as error:
                self._fail("DELETE_FAILED", logical_id, deployed.definition, error)
        self._record(status, logical_id, deployed.definition["Type"], deployed.resource)

    def _fail(self, status: str, logical_id: str, definition: dict[str, Any], error: Exception) -> None:
        reason = f"{definition['Type']} {logical_id}: {_text(error)}"
        resource = self._deployed[logical_id].resource if logical_id in self._deployed else None
        self._record(status, logical_id, definition["Type"], resource, reason)
        raise ResourceFailedError(reason) from error

    def _record(self, status: str, logical_id: str, kind: str, resource: Any, reason: str | None = None) -> None:
        physical_id = getattr(resource, "physical_resource_id", "") or ""
        self._stack.events.append(
            Event(
                stack_id=self._stack.stack_id,
                stack_name=self._stack.name,
                logical_resource_id=logical_id,
                physical_resource_id=physical_id,
                resource_type=kind,
                resource_status=status,
                resource_status_reason=reason,
                resource_properties=None,
            )
        )


def _is_replaced(old: DeployedResource, resolved: dict[str, Any]) -> bool:
    if old.resolved["Type"] != resolved["Type"]:
        return True
    model = type(old.resource)
    return issubclass(model, ApiResource) and model.is_replaced(
        old.resolved.get("Properties", {}), resolved.get("Properties", {})
    )


def _text(error: Exception) -> str:
    match error:
        case KeyError():
            return f"the property {error.args[0]} is missing"
        case HTTPException():
            return str(getattr(error, "message", None) or error.description)
        case _:
            return str(error) or type(error).__name__


_deployments: WeakKeyDictionary[Stack, StackDeployment] = WeakKeyDictionary()


def deployment_of(stack: Stack) -> StackDeployment:
    """Return the deployment of a stack, which remembers its deployed resources from one operation to the next."""
    return _deployments.setdefault(stack, StackDeployment(stack))
