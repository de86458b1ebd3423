"""The changes of a change set, by resource and property, as DescribeChangeSet reports them.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChange.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import moto.cloudformation.parsing as parsing
from moto.cloudformation.exceptions import ExportNotFound, ValidationError

from local_cloud.cloudformation.api_resource import ApiResource
from local_cloud.cloudformation.stacks.pending_references import Reference, mask_pending
from local_cloud.cloudformation.templates.evaluation import FunctionError
from local_cloud.cloudformation.templates.order import deployment_order

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from moto.cloudformation.models import Stack

    from local_cloud.cloudformation.stacks.deployed_resource import DeployedResource

# Attributes of a resource, besides its properties, whose change is a change of the resource.
_ATTRIBUTES = ("Metadata", "CreationPolicy", "UpdatePolicy", "DeletionPolicy", "UpdateReplacePolicy")
_VALUES = ("Path", "BeforeValue", "AfterValue", "AttributeChangeType")


class ChangeDetection:
    """A comparison of a stack with a new template.

    Parameters
    ----------
    stack
        The stack.
    deployed
        The stack's resources, by logical id.
    template
        The new template.
    parameters
        The given parameters of the new template.
    """

    def __init__(
        self,
        stack: Stack,
        deployed: Mapping[str, DeployedResource],
        template: Mapping[str, Any],
        parameters: dict[str, str],
    ) -> None:
        self._deployed = deployed
        self._resources: dict[str, dict[str, Any]] = dict(template.get("Resources") or {})
        self._changed_parameters = {
            name for name, value in parameters.items() if stack.resource_map.input_parameters.get(name) != value
        }
        self._preview = parsing.ResourceMap(
            stack.stack_id,
            stack.name,
            parameters,
            stack.tags,
            account_id=stack.account_id,
            region_name=stack.region_name,
            template=dict(template),
            cross_stack_resources=stack.resource_map.cross_stack_resources,
        )
        self._preview._resource_json_map = self._resources
        self._preview.load()
        self._preview._parsed_resources.update({key: one.resource for key, one in deployed.items()})
        # Resources whose physical ids and attributes are not known before the execution.
        self._pending: set[str] = set()

    def changes(self) -> list[dict[str, Any]]:
        """Return a ``ResourceChange`` for each resource that would be added, modified or deleted."""
        found = []
        wanted = set()
        for logical_id in deployment_order(self._resources):
            definition = self._resources[logical_id]
            if parsing.resource_class_from_type(definition["Type"]) is None or not self._is_wanted(definition):
                continue
            wanted.add(logical_id)
            change = self._change(logical_id, definition)
            if change:
                if change["Action"] == "Add" or change["Replacement"] != "False":
                    self._pending.add(logical_id)
                found.append(change)
        found += [_removal(logical_id, old) for logical_id, old in self._deployed.items() if logical_id not in wanted]
        return found

    def _is_wanted(self, definition: Mapping[str, Any]) -> bool:
        condition = definition.get("Condition")
        return not condition or bool(self._preview.lazy_condition_map[condition])

    def _change(self, logical_id: str, definition: dict[str, Any]) -> dict[str, Any] | None:
        named = {"LogicalResourceId": logical_id, "ResourceType": definition["Type"]}
        properties, references = self._resolve(definition)
        after = _context(definition, properties)
        old = self._deployed.get(logical_id)
        if old is None:
            return {"Action": "Add", **named, "Scope": [], "Details": [], "AfterContext": after}
        details = [
            *self._property_details(old, definition, properties, references),
            *_attribute_details(old.definition, definition),
        ]
        replacement = "True" if old.definition["Type"] != definition["Type"] else _replacement(details)
        if not details and replacement == "False":
            return None
        kept = "Retain" if old.is_kept("UpdateReplacePolicy", is_created=False) else "Delete"
        return {
            "Action": "Modify",
            **named,
            "PhysicalResourceId": old.physical_id,
            "Replacement": replacement,
            **({} if replacement == "False" else {"PolicyAction": f"ReplaceAnd{kept}"}),
            "Scope": sorted({detail["Target"]["Attribute"] for detail in details}),
            "Details": details,
            "BeforeContext": _context(old.definition, old.properties),
            "AfterContext": after,
        }

    def _resolve(self, definition: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, list[Reference]]]:
        """Return the resolved properties, and the references in each that are not known before the execution."""
        properties: dict[str, Any] = {}
        references: dict[str, list[Reference]] = {}
        for name, value in (definition.get("Properties") or {}).items():
            masked, references[name] = mask_pending(value, self._pending)
            try:
                properties[name] = parsing.clean_json(masked, self._preview)
            except FunctionError:
                if not references[name]:
                    raise
                properties[name] = value
            except (KeyError, ValidationError, ExportNotFound):
                properties[name] = value  # the execution fails by it, and reports the reason
        return {name: value for name, value in properties.items() if value is not None}, references

    def _property_details(
        self,
        old: DeployedResource,
        definition: Mapping[str, Any],
        properties: dict[str, Any],
        references: Mapping[str, list[Reference]],
    ) -> Iterator[dict[str, Any]]:
        written_before, written = old.definition.get("Properties") or {}, definition.get("Properties") or {}
        for name in sorted(old.properties.keys() | properties.keys()):
            if old.properties.get(name) == properties.get(name):
                continue
            change = _PropertyChange(name, old.properties, properties, type(old.resource))
            causes = references.get(name, [])
            for reference in causes:
                yield from change.details(reference.source, "Dynamic", reference.entity)
            parameters = sorted(_parameters_of(written.get(name)) & self._changed_parameters)
            for parameter in parameters:
                yield from change.details("ParameterReference", "Static", parameter)
            if written_before.get(name) != written.get(name) or not (causes or parameters):
                yield from change.details("DirectModification", "Static", None)


@dataclass(frozen=True)
class _PropertyChange:
    name: str
    before: dict[str, Any]
    after: dict[str, Any]
    model: type

    def details(self, source: str, evaluation: str, entity: str | None) -> Iterator[dict[str, Any]]:
        """Yield a ``ResourceChangeDetail`` for each changed value in the property."""
        one = {key: values[self.name] for key, values in (("b", self.before), ("a", self.after)) if self.name in values}
        for path, before, after in _differences(f"/Properties/{self.name}", one.get("b"), one.get("a")):
            values = {"Path": path, "AttributeChangeType": "Modify"}
            if before is None:
                values["AttributeChangeType"] = "Add"
            else:
                values["BeforeValue"] = _text(before)
            if after is None:
                values["AttributeChangeType"] = "Remove"
            else:
                values["AfterValue"] = _text(after)
            yield {
                "Target": {
                    "Attribute": "Properties",
                    "Name": self.name,
                    "RequiresRecreation": "Always" if self._replaces() else "Never",
                    **values,
                },
                "Evaluation": evaluation,
                "ChangeSource": source,
                **({"CausingEntity": entity} if entity else {}),
            }

    def _replaces(self) -> bool:
        changed = {name: value for name, value in self.before.items() if name != self.name}
        if self.name in self.after:
            changed[self.name] = self.after[self.name]
        try:
            return issubclass(self.model, ApiResource) and self.model.is_replaced(self.before, changed)
        except KeyError:
            return False  # a required property is missing: the execution rejects that


def without_values(change: dict[str, Any]) -> dict[str, Any]:
    """Return a change as described without ``IncludePropertyValues``: one detail for each property and cause."""
    details: list[dict[str, Any]] = []
    for detail in change["Details"]:
        target = {key: value for key, value in detail["Target"].items() if key not in _VALUES}
        if (plain := {**detail, "Target": target}) not in details:
            details.append(plain)
    kept = {key: value for key, value in change.items() if key not in {"BeforeContext", "AfterContext"}}
    return {**kept, "Details": details}


def _replacement(details: list[dict[str, Any]]) -> str:
    recreating = {one["Evaluation"] for one in details if one["Target"]["RequiresRecreation"] == "Always"}
    return "True" if "Static" in recreating else "Conditional" if recreating else "False"


def _attribute_details(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for attribute in _ATTRIBUTES:
        if before.get(attribute) != after.get(attribute):
            target = {"Attribute": attribute, "RequiresRecreation": "Never"}
            yield {"Target": target, "Evaluation": "Static", "ChangeSource": "DirectModification"}


def _removal(logical_id: str, old: DeployedResource) -> dict[str, Any]:
    return {
        "Action": "Remove",
        "LogicalResourceId": logical_id,
        "ResourceType": old.definition["Type"],
        "PhysicalResourceId": old.physical_id,
        "PolicyAction": "Retain" if old.is_kept("DeletionPolicy", is_created=False) else "Delete",
        "Scope": [],
        "Details": [],
        "BeforeContext": _context(old.definition, old.properties),
    }


def _context(definition: Mapping[str, Any], properties: Mapping[str, Any]) -> str:
    attributes = {name: definition[name] for name in _ATTRIBUTES if name in definition}
    return json.dumps({"Properties": properties, **attributes}, ensure_ascii=False, default=str)


def _differences(path: str, before: Any, after: Any) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted(before.keys() | after.keys()):
            yield from _differences(f"{path}/{key}", before.get(key), after.get(key))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from _differences(f"{path}/{index}", one, other)
    elif before != after:
        yield path, before, after


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _parameters_of(node: Any) -> set[str]:
    """Return the names in ``Ref`` and ``Fn::Sub``, among them the parameters."""
    _, references = mask_pending(node, None)
    return {reference.name for reference in references}
