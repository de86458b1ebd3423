"""The checks of parameter values.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from moto.cloudformation.exceptions import ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def check_parameters(template: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    """Check for missing values, unknown parameters and violated constraints.

    Raises
    ------
    ValidationError
        With CloudFormation's message, or the ConstraintDescription.
    """
    parameters: Mapping[str, dict[str, Any]] = template.get("Parameters") or {}
    if unknown := sorted(given.keys() - parameters.keys()):
        raise ValidationError(message=f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    if missing := [name for name, one in parameters.items() if name not in given and "Default" not in one]:
        raise ValidationError(message=f"Parameters: [{', '.join(missing)}] must have values")
    for name, parameter in parameters.items():
        value = str(given.get(name, parameter.get("Default")))
        for broken in _broken(value, parameter):
            described = parameter.get("ConstraintDescription")
            words = f"failed to satisfy constraint: {described}" if described else broken
            raise ValidationError(message=f"Parameter '{name}' {words}")


def _broken(value: str, parameter: Mapping[str, Any]) -> Iterator[str]:
    """Yield the violated constraints; they apply to each entry of a list."""
    kind = parameter["Type"]
    entries = (
        [entry.strip() for entry in value.split(",")] if kind == "CommaDelimitedList" or "List<" in kind else [value]
    )
    for entry in entries:
        if "AllowedValues" in parameter and entry not in map(_text, parameter["AllowedValues"]):
            yield "must be one of AllowedValues"
        if "AllowedPattern" in parameter and not re.fullmatch(parameter["AllowedPattern"], entry):
            yield f"must match pattern {parameter['AllowedPattern']}"
        if len(entry) < int(parameter.get("MinLength", 0)):
            yield f"must contain at least {parameter['MinLength']} characters"
        if "MaxLength" in parameter and len(entry) > int(parameter["MaxLength"]):
            yield f"must contain at most {parameter['MaxLength']} characters"
        if kind in ("Number", "List<Number>"):
            yield from _broken_number(entry, parameter)


def _broken_number(entry: str, parameter: Mapping[str, Any]) -> Iterator[str]:
    try:
        number = float(entry)
    except ValueError:
        yield "must be a number"
        return
    if "MinValue" in parameter and number < float(parameter["MinValue"]):
        yield f"must be a number not less than {parameter['MinValue']}"
    if "MaxValue" in parameter and number > float(parameter["MaxValue"]):
        yield f"must be a number not greater than {parameter['MaxValue']}"


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
