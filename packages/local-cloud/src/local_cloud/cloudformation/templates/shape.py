"""The shape of a template: its sections, their members, and the arguments of intrinsic functions.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html,
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
"""

from __future__ import annotations

import re
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any, NoReturn

from moto.cloudformation.exceptions import ValidationError

from local_cloud.cloudformation.templates.function_arguments import (
    CONDITIONS,
    are_strings,
    has_valid_arguments,
    is_condition,
    is_function,
    is_function_name,
    is_supported,
    is_text,
    needs_of,
    no_output,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_SECTIONS = ("Parameters", "Mappings", "Conditions", "Rules", "Resources", "Outputs")
_REQUIRED_MEMBER = {"Parameters": "Type", "Rules": "Assertions", "Outputs": "Value"}
_OBJECTS = ("Properties", "Metadata", "CreationPolicy", "UpdatePolicy")
_STRINGS = ("Type", "DeletionPolicy", "UpdateReplacePolicy", "Condition")
_NUMBERS = {"MinValue", "MaxValue", "MinLength", "MaxLength"}
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html
_PARAMETER_TYPE = re.compile(r"String|Number|List<Number>|CommaDelimitedList|(List<)?AWS::[\w:<>]+")
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/conditions-section-structure.html
_NOT_IN_CONDITIONS = {"Fn::GetAZs", "Fn::If", "Fn::ImportValue"}
_Path = tuple[str, ...]


def check_shape(template: dict[str, Any]) -> None:
    """Check that a template has the shape that its evaluation relies on.

    Raises
    ------
    ValidationError
        If a section, a member or an intrinsic function is malformed, or a condition or a mapping does not exist.
    """
    for path, node in _nodes(template, ()):
        if node is None:
            _fail(path, "'null' values are not allowed in templates")
    for name in _SECTIONS:
        section = template.get(name, {})
        if not isinstance(section, dict):
            _fail((name,), "must be an object")
        for logical_id, member in section.items():
            _check_member((name, logical_id), member, template)
    _check_circles(template.get("Conditions", {}))
    for path, node in _nodes({name: template.get(name, {}) for name in _SECTIONS}, ()):
        if isinstance(node, dict) and len(node) == 1:
            ((function, argument),) = node.items()
            _check_function(path, str(function), argument, template)


def _check_member(path: _Path, member: Any, template: dict[str, Any]) -> None:
    section, logical_id = path
    if not isinstance(member, dict):
        _fail(path, f"Every {section} member must be an object.")
    if (required := _REQUIRED_MEMBER.get(section)) and required not in member:
        _fail(path, f"Every {section} member must contain a {required} object.")
    if section == "Mappings" and not all(isinstance(each, dict) for each in member.values()):
        _fail(path, "Every Mappings attribute must be an object.")
    if section == "Conditions" and not (len(member) == 1 and next(iter(member)) in CONDITIONS):
        _fail(path, f"{logical_id} must be a condition function.")
    if section == "Rules":
        _check_rule(path, member)
    if section == "Outputs":
        _check_output(path, member)
    if section in ("Resources", "Outputs"):
        _check_condition(path, member.get("Condition"), template)
    if section in ("Resources", "Parameters"):
        for name in {*_STRINGS, *_OBJECTS} & member.keys():
            kind, word = (str, "a string") if name in _STRINGS else (dict, "an object")
            if not isinstance(member[name], kind):
                _fail((*path, name), f"must be {word}")
    if section == "Parameters":
        _check_parameter(path, member)
    depends_on = member.get("DependsOn", []) if section == "Resources" else []
    if not (isinstance(depends_on, str) or are_strings(depends_on)):
        _fail((*path, "DependsOn"), "Every DependsOn value must be a String.")


def _check_parameter(path: _Path, parameter: dict[str, Any]) -> None:
    if not _PARAMETER_TYPE.fullmatch(parameter["Type"]):
        raise ValidationError(message=f"Template format error: Unrecognized parameter type: {parameter['Type']}")
    for name in _NUMBERS & parameter.keys():
        if not _NUMBER.fullmatch(str(parameter[name])):
            _fail((*path, name), "must be a number")
    if not isinstance(parameter.get("AllowedValues", []), list):
        _fail((*path, "AllowedValues"), "must be a list")
    if isinstance(parameter.get("Default", ""), list | dict):
        _fail((*path, "Default"), "Every Default member must be a string.")
    try:
        re.compile(parameter.get("AllowedPattern", ""))
    except (re.error, TypeError) as error:
        _fail((*path, "AllowedPattern"), f"must be a regular expression: {error}")


def _check_rule(path: _Path, rule: dict[str, Any]) -> None:
    assertions = rule["Assertions"]
    if not isinstance(assertions, list) or not all(isinstance(each, dict) and "Assert" in each for each in assertions):
        _fail(path, "Assertions must be a list of objects with an Assert.")
    conditions = [rule.get("RuleCondition", True), *(each["Assert"] for each in assertions)]
    if not all(map(is_condition, conditions)):
        _fail(path, "RuleCondition and every Assert must be a rule-specific function.")
    if not all(isinstance(each.get("AssertDescription", ""), str) for each in assertions):
        _fail(path, "Every AssertDescription must be a string.")


def _check_output(path: _Path, output: dict[str, Any]) -> None:
    value = output["Value"]
    if isinstance(value, list | dict) and not is_function(value):
        raise no_output(value)
    export = output.get("Export", {"Name": ""})
    if not isinstance(export, dict) or not is_text(export.get("Name")):
        raise ValidationError(
            message=f"Template format error: Output {path[1]} is malformed. The Name field of every Export member must be specified."
        )


def _check_condition(path: _Path, name: Any, template: dict[str, Any]) -> None:
    if name is not None and not (isinstance(name, str) and name in template.get("Conditions", {})):
        raise ValidationError(
            message=f"Template format error: Unresolved condition dependency {name} in the {path[0]} block of the template"
        )


def _check_function(path: _Path, name: str, argument: Any, template: dict[str, Any]) -> None:
    if is_function_name(name) and not is_supported(name):
        raise ValidationError(
            message=f"Template format error: Encountered unsupported function: {name} (/{'/'.join(path)})"
        )
    if not has_valid_arguments(name, argument):
        raise ValidationError(
            message=f"Template error: every {name} object requires {needs_of(name)} (/{'/'.join(path)})"
        )
    if path[0] == "Conditions" and name in _NOT_IN_CONDITIONS:
        raise ValidationError(message=f"Template error: Cannot use {name} in Conditions.")
    if name == "Fn::If":
        _check_condition(path, argument[0], template)
    if path[0] == "Conditions" and name == "Condition":
        _check_condition(path, str(argument), template)
    if name == "Fn::Select" and isinstance(argument[1], list) and _is_beyond(argument[0], argument[1]):
        raise ValidationError(
            message=f"Template error: Fn::Select cannot select nonexistent value at index {argument[0]}"
        )
    if name == "Fn::FindInMap" and are_strings(argument):
        found: Any = template.get("Mappings", {})
        for key in argument:
            found = found.get(key) if isinstance(found, dict) else None
        if found is None:
            raise ValidationError(message=f"Template error: Unable to get mapping for {'::'.join(argument)}")


def _check_circles(conditions: dict[str, Any]) -> None:
    graph = {
        name: {
            str(node["Condition"])
            for _, node in _nodes(condition, ())
            if isinstance(node, dict) and "Condition" in node
        }
        for name, condition in conditions.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle = " and ".join(sorted(set(error.args[1])))
        raise ValidationError(
            message=f"Template error: Found circular condition dependency between {circle}"
        ) from error


def _nodes(node: Any, path: _Path) -> Iterator[tuple[_Path, Any]]:
    waiting = [(path, node)]
    while waiting:
        path, node = waiting.pop()
        yield path, node
        if isinstance(node, dict):
            waiting += [((*path, str(name)), value) for name, value in node.items()]
        elif isinstance(node, list):
            waiting += [((*path, str(index)), value) for index, value in enumerate(node)]


def _is_beyond(index: Any, values: list[Any]) -> bool:
    return not isinstance(index, dict) and int(index) >= len(values)


def _fail(path: _Path, what: str) -> NoReturn:
    raise ValidationError(message=f"Template format error: [/{'/'.join(path)}] {what}")
