"""The shape of a template: its sections, their members, and the arguments of intrinsic functions.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html,
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NoReturn

from moto.cloudformation.exceptions import ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SECTIONS = ("Parameters", "Mappings", "Conditions", "Rules", "Resources", "Outputs")
_REQUIRED_MEMBER = {"Parameters": "Type", "Rules": "Assertions", "Outputs": "Value"}
_OBJECTS = ("Properties", "Metadata", "CreationPolicy", "UpdatePolicy")
_STRINGS = ("Type", "DeletionPolicy", "UpdateReplacePolicy", "Condition")
_NUMBERS = {"MinValue", "MaxValue", "MinLength", "MaxLength"}
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
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
    if section == "Conditions" and not (len(member) == 1 and next(iter(member)) in _CONDITIONS):
        _fail(path, f"{logical_id} must be a condition function.")
    if section == "Rules" and not _are_assertions(member["Assertions"]):
        _fail(path, "Assertions must be a list of objects with an Assert.")
    if section in ("Resources", "Outputs"):
        _check_condition(path, member.get("Condition"), template)
    if section in ("Resources", "Parameters"):
        for name in {*_STRINGS, *_OBJECTS} & member.keys():
            kind, word = (str, "a string") if name in _STRINGS else (dict, "an object")
            if not isinstance(member[name], kind):
                _fail((*path, name), f"must be {word}")
    for name in _NUMBERS & member.keys() if section == "Parameters" else ():
        if not _NUMBER.fullmatch(str(member[name])):
            _fail((*path, name), "must be a number")
    if section == "Parameters" and not isinstance(member.get("AllowedValues", []), list):
        _fail((*path, "AllowedValues"), "must be a list")
    depends_on = member.get("DependsOn", []) if section == "Resources" else []
    if not (isinstance(depends_on, str) or _are_strings(depends_on)):
        _fail((*path, "DependsOn"), "Every DependsOn value must be a String.")


def _are_assertions(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, dict) and "Assert" in each for each in value)


def _are_strings(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _check_condition(path: _Path, name: Any, template: dict[str, Any]) -> None:
    if name is not None and not (isinstance(name, str) and name in template.get("Conditions", {})):
        raise ValidationError(
            message=f"Template format error: Unresolved condition dependency {name} in the {path[0]} block of the template"
        )


def _check_function(path: _Path, name: str, argument: Any, template: dict[str, Any]) -> None:
    if name in _FUNCTIONS:
        is_valid, needs = _FUNCTIONS[name]
        if not is_valid(argument):
            raise ValidationError(message=f"Template error: every {name} object requires {needs} (/{'/'.join(path)})")
    if name == "Fn::If":
        _check_condition(path, argument[0], template)
    if name == "Fn::Select" and isinstance(argument[1], list) and _is_beyond(argument[0], argument[1]):
        raise ValidationError(
            message=f"Template error: Fn::Select cannot select nonexistent value at index {argument[0]}"
        )
    if name == "Fn::FindInMap" and _are_strings(argument):
        found: Any = template.get("Mappings", {})
        for key in argument:
            found = found.get(key) if isinstance(found, dict) else None
        if found is None:
            raise ValidationError(message=f"Template error: Unable to get mapping for {'::'.join(argument)}")


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


def _is_function(value: Any) -> bool:
    return isinstance(value, dict) and len(value) == 1 and (next(iter(value)) in _FUNCTIONS or "Condition" in value)


def _is_condition(value: Any) -> bool:
    return isinstance(value, bool) or _is_function(value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str | int | float) or _is_function(value)


def _is_list(value: Any) -> bool:
    return isinstance(value, list) or _is_function(value)


def _has(*members: Callable[[Any], bool], most: int = 0) -> Callable[[Any], bool]:
    """Return the check of a list with these members; the last one may be repeated, up to a number of members."""

    def check(value: Any) -> bool:
        if not isinstance(value, list) or not len(members) <= len(value) <= max(most, len(members)):
            return False
        checks = [*members, *members[-1:] * (len(value) - len(members))]
        return all(is_valid(each) for is_valid, each in zip(checks, value, strict=True))

    return check


def _any(_value: Any) -> bool:
    return True


def _is_string(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _is_attribute(value: Any) -> bool:
    return (isinstance(value, str) and "." in value) or _has(_is_string, _is_text)(value)


def _is_substitution(value: Any) -> bool:
    return isinstance(value, str) or _has(lambda text: isinstance(text, str), lambda values: isinstance(values, dict))(
        value
    )


def _is_delimiter(value: Any) -> bool:
    return isinstance(value, str)


def _is_index(value: Any) -> bool:
    return str(value).isdecimal() or _is_function(value)


def _is_splittable(value: Any) -> bool:
    return isinstance(value, str) or _is_function(value)


_CONDITION = (_has(_is_condition, _is_condition, most=10), "a list of at least 2 and at most 10 conditions")
_TWO = (_has(_any, _any), "a list of 2 parameters")
# By function: the check of its argument, and what it needs.
_FUNCTIONS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "Ref": (_is_string, "a single string"),
    "Fn::And": _CONDITION,
    "Fn::Base64": (_is_text, "a string"),
    "Fn::Contains": _TWO,
    "Fn::EachMemberEquals": _TWO,
    "Fn::EachMemberIn": _TWO,
    "Fn::Equals": (_has(_is_text, _is_text), "a list of 2 string parameters"),
    "Fn::FindInMap": (
        _has(_is_text, _is_text, _is_text),
        "three parameters, the map name, map key and the attribute for return value",
    ),
    "Fn::GetAtt": (_is_attribute, "two non-empty parameters, the resource name and the resource attribute"),
    "Fn::GetAZs": (_is_text, "a string, the region"),
    "Fn::If": (
        _has(_is_string, _any, _any),
        "a list with three elements, of which the first is the name of a condition",
    ),
    "Fn::ImportValue": (_is_text, "a string"),
    "Fn::Join": (
        _has(_is_delimiter, _is_list),
        "two parameters, (1) a string delimiter and (2) a list of strings to be joined",
    ),
    "Fn::Not": (_has(_is_condition), "a list of one condition"),
    "Fn::Or": _CONDITION,
    "Fn::Select": (_has(_is_index, _is_list), "a list with two elements, an integer index and a list"),
    "Fn::Split": (
        _has(_is_string, _is_splittable),
        "two parameters, (1) a string delimiter and (2) a string to be split",
    ),
    "Fn::Sub": (_is_substitution, "a string, and optionally a mapping of values to replace in the string"),
}
_CONDITIONS = {"Fn::And", "Fn::Equals", "Fn::Not", "Fn::Or", "Condition"}
