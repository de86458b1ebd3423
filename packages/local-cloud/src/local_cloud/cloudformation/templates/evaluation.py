"""The evaluation of intrinsic functions and outputs by moto.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
"""

from __future__ import annotations

from typing import Any

import moto.cloudformation.parsing as parsing
from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.parsing import ResourceMap

from local_cloud.cloudformation.templates.function_arguments import needs_of, no_output
from local_cloud.patching import original_of, replace

# The arguments that may be functions, and that moto does not evaluate.
_EVALUATED = {"Fn::FindInMap": slice(0, 3), "Fn::GetAtt": slice(1, 2), "Fn::Select": slice(0, 1)}
# moto names what these miss itself, or raises a KeyError that names the resource.
_REFERENCES = {"Ref", "Fn::GetAtt"}
_FAILURES = (AttributeError, IndexError, KeyError, TypeError, ValueError)


class FunctionError(ValidationError):
    """The error of an intrinsic function that cannot be evaluated."""

    def __init__(self, message: str) -> None:
        super().__init__(message=f"Template error: {message}")


def install() -> None:
    """Replace moto's evaluation."""
    # moto: CloudFormation's functions raise KeyError or TypeError for wrong values, and do not evaluate a map's name, an attribute or an index
    # that is a function; not reported yet: AWS answers ValidationError, and evaluates them.
    replace(parsing, "clean_json", _evaluate)
    # moto: CloudFormation reads a condition that is another one as the letters of its name; not reported yet: it has the other's value.
    replace(parsing, "parse_condition", _condition)
    # moto: CloudFormation fails for outputs that are numbers or booleans; not reported yet: AWS returns them as strings.
    replace(ResourceMap, "validate_outputs", _validate_outputs)
    replace(parsing, "Output", _TextOutput)
    replace(parsing, "Export", _TextExport)


def _evaluate(resource_json: Any, resources_map: ResourceMap) -> Any:
    evaluate = original_of(parsing, "clean_json")
    named = resource_json if isinstance(resource_json, dict) else {}
    function = next((name for name in named if needs_of(name)), "")
    argument = resource_json[function] if function else None
    try:
        if function in _EVALUATED:
            argument = list(_attribute(argument))
            evaluated = _EVALUATED[function]
            argument[evaluated] = [parsing.clean_json(each, resources_map) for each in argument[evaluated]]
            return evaluate({function: argument}, resources_map)
        return evaluate(resource_json, resources_map)
    except _FAILURES as error:
        if function == "Fn::FindInMap":
            raise FunctionError(f"Unable to get mapping for {'::'.join(map(str, argument or ()))}") from error
        if function == "Fn::Select" and isinstance(error, IndexError) and argument:
            raise FunctionError(f"Fn::Select cannot select nonexistent value at index {argument[0]}") from error
        if not function or function in _REFERENCES:
            raise
        raise FunctionError(f"every {function} object requires {needs_of(function)}") from error


def _attribute(argument: Any) -> Any:
    """Return the arguments of a function: Fn::GetAtt may have them in one string."""
    return argument.split(".", 1) if isinstance(argument, str) else argument


def _condition(condition: dict[str, Any] | bool, resources_map: ResourceMap, condition_map: dict[str, Any]) -> bool:
    if isinstance(condition, dict) and "Condition" in condition:
        return bool(condition_map[condition["Condition"]])
    return bool(original_of(parsing, "parse_condition")(condition, resources_map, condition_map))


def _validate_outputs(resource_map: ResourceMap) -> None:
    """Check the attributes that outputs name; those that are functions are only known later."""
    template = resource_map._template
    checked = {}
    for name, output in (template.get("Outputs") or {}).items():
        value = output["Value"]
        if isinstance(value, dict) and "Fn::GetAtt" in value:
            arguments = _attribute(value["Fn::GetAtt"])
            if isinstance(arguments[1], str):
                checked[name] = output | {"Value": {"Fn::GetAtt": arguments}}
    resource_map._template = template | {"Outputs": checked}
    try:
        original_of(ResourceMap, "validate_outputs")(resource_map)
    finally:
        resource_map._template = template


class _TextOutput(parsing.Output):
    def __init__(self, key: str, value: Any, description: str) -> None:
        super().__init__(key, _text(value), description)


class _TextExport(parsing.Export):
    def __init__(self, exporting_stack_id: str, name: Any, value: Any) -> None:
        super().__init__(exporting_stack_id, _text(name), _text(value))


def _text(value: Any) -> str:
    if isinstance(value, list | dict):
        raise no_output(value)
    return str(value).lower() if isinstance(value, bool) else str(value)
