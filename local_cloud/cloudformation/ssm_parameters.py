"""Template parameters whose value is read from Systems Manager, once for each creation or update of a stack.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from moto.cloudformation.models import Stack

_TYPE = "AWS::SSM::Parameter::"


def have_changed(stack: Stack) -> bool:
    """Return whether Systems Manager holds other values by now than those that a stack was deployed with."""
    resources = stack.resource_map
    return any(
        resources.parse_ssm_parameter(_name(stack, name, parameter), parameter["Type"])
        != resources.resolved_parameters.get(name)
        for name, parameter in _read(stack.template_dict).items()
    )


def pinned(template: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a template for a rollback, which reads nothing again: its parameters have the values that they had."""
    names = _read(template).keys() & values.keys()
    parameters = template.get("Parameters", {})
    return {
        **template,
        **({"Parameters": {**parameters, **{name: _literal(values[name]) for name in names}}} if names else {}),
    }


def _read(template: Mapping[str, Any]) -> dict[str, Any]:
    parameters: dict[str, Any] = template.get("Parameters", {})
    return {name: each for name, each in parameters.items() if each["Type"].startswith(_TYPE)}


def _name(stack: Stack, name: str, parameter: Mapping[str, Any]) -> str:
    return str(stack.parameters.get(name, parameter.get("Default")))


def _literal(value: Any) -> dict[str, str]:
    return {"Type": "String", "Default": value}
