"""Template parameters that are read from Systems Manager when a stack is created or updated.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.cloudformation.exceptions import ValidationError
from moto.ssm.models import ssm_backends

from local_cloud.settings import ACCOUNT_ID

if TYPE_CHECKING:
    from collections.abc import Mapping

    from moto.cloudformation.models import Stack

_TYPE = "AWS::SSM::Parameter::"


def have_changed(stack: Stack) -> bool:
    """Return whether values in Systems Manager have changed since a stack was deployed."""
    resources = stack.resource_map
    return any(
        resources.parse_ssm_parameter(_name(stack, name, parameter), parameter["Type"])
        != resources.resolved_parameters.get(name)
        for name, parameter in _read(stack.template_dict).items()
    )


def resolved(template: Mapping[str, Any], given: Mapping[str, Any], region: str) -> dict[str, Any]:
    """Return the resolved value of each parameter: from Systems Manager, or as given; a list for list types.

    Raises
    ------
    ValidationError
        If Systems Manager does not have a parameter.
    """
    parameters: Mapping[str, Any] = template.get("Parameters") or {}
    values = {name: str(given.get(name, one.get("Default"))) for name, one in parameters.items()}
    store = ssm_backends[ACCOUNT_ID][region]
    read = {name: (values[name], store.get_parameter(values[name])) for name in _read({"Parameters": parameters})}
    if missing := [asked for asked, found in read.values() if found is None]:
        raise ValidationError(
            message=f"Unable to fetch parameters [{','.join(missing)}] from parameter store for this account."
        )
    values |= {name: found.value for name, (_, found) in read.items() if found is not None}
    return {name: value.split(",") if "List" in parameters[name]["Type"] else value for name, value in values.items()}


def pinned(template: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a template for a rollback, whose parameters have the deployed values instead of being read again."""
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
