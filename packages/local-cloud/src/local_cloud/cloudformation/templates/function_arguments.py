"""The arguments of intrinsic functions.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.cloudformation.exceptions import ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable


def is_function(value: Any) -> bool:
    """Return whether a value is an intrinsic function, or a condition."""
    return isinstance(value, dict) and len(value) == 1 and (is_function_name(next(iter(value))) or "Condition" in value)


def is_function_name(name: Any) -> bool:
    """Return whether a key is reserved for intrinsic functions."""
    return name == "Ref" or str(name).startswith("Fn::")


def is_condition(value: Any) -> bool:
    """Return whether a value may be a condition."""
    return isinstance(value, bool) or is_function(value)


def no_output(value: list[Any] | dict[str, Any]) -> ValidationError:
    """Return the error of an output whose value is a list or an object."""
    kind = "List" if isinstance(value, list) else "Map"
    message = f"The Value field of every Outputs member must evaluate to a String and not a {kind}."
    return ValidationError(message=f"Template format error: {message}")


def is_text(value: Any) -> bool:
    """Return whether a value may be, or be converted to, a string."""
    return isinstance(value, str | int | float) or is_function(value)


def are_strings(value: Any) -> bool:
    """Return whether a value is a list of strings."""
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _is_list(value: Any) -> bool:
    return isinstance(value, list) or is_function(value)


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
    return (isinstance(value, str) and "." in value) or _has(_is_string, is_text)(value)


def _is_substitution(value: Any) -> bool:
    return isinstance(value, str) or _has(lambda text: isinstance(text, str), lambda values: isinstance(values, dict))(
        value
    )


def _is_delimiter(value: Any) -> bool:
    return isinstance(value, str)


def _is_index(value: Any) -> bool:
    return str(value).isdecimal() or is_function(value)


def _is_splittable(value: Any) -> bool:
    return isinstance(value, str) or is_function(value)


_CONDITION = (_has(is_condition, is_condition, most=10), "a list of at least 2 and at most 10 conditions")
# By function: the check of its argument, and what it needs.
_FUNCTIONS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "Ref": (_is_string, "a single string"),
    "Fn::And": _CONDITION,
    "Fn::Base64": (_is_splittable, "a string"),
    "Fn::Contains": (_has(_is_list, _any), "a list of strings, and a string"),
    "Fn::EachMemberEquals": (_has(_is_list, _any), "a list of strings, and a string"),
    "Fn::EachMemberIn": (_has(_is_list, _is_list), "two lists of strings"),
    "Fn::Equals": (_has(is_text, is_text), "a list of 2 string parameters"),
    "Fn::FindInMap": (
        _has(is_text, is_text, is_text),
        "three parameters, the map name, map key and the attribute for return value",
    ),
    "Fn::GetAtt": (_is_attribute, "two non-empty parameters, the resource name and the resource attribute"),
    "Fn::GetAZs": (is_text, "a string, the region"),
    "Fn::If": (
        _has(_is_string, _any, _any),
        "a list with three elements, of which the first is the name of a condition",
    ),
    "Fn::ImportValue": (is_text, "a string"),
    "Fn::Join": (
        _has(_is_delimiter, _is_list),
        "two parameters, (1) a string delimiter and (2) a list of strings to be joined",
    ),
    "Fn::Not": (_has(is_condition), "a list of one condition"),
    "Fn::Or": _CONDITION,
    "Fn::Select": (_has(_is_index, _is_list), "a list with two elements, an integer index and a list"),
    "Fn::Split": (
        _has(_is_string, _is_splittable),
        "two parameters, (1) a string delimiter and (2) a string to be split",
    ),
    "Fn::Sub": (_is_substitution, "a string, and optionally a mapping of values to replace in the string"),
}
CONDITIONS = {"Fn::And", "Fn::Equals", "Fn::Not", "Fn::Or", "Condition"}
"""What a condition may be."""
# Of the transform AWS::LanguageExtensions, and of rules, which refuse those that the local cloud lacks.
_OF_ANY_SHAPE = {"Fn::ToJsonString", "Fn::RefAll", "Fn::ValueOf", "Fn::ValueOfAll"}


def is_supported(name: str) -> bool:
    """Return whether the local cloud knows an intrinsic function."""
    return name in _FUNCTIONS or name in _OF_ANY_SHAPE


def has_valid_arguments(name: str, argument: Any) -> bool:
    """Return whether the arguments of an intrinsic function have the right types, where they are not functions themselves."""
    return name not in _FUNCTIONS or _FUNCTIONS[name][0](argument)


def needs_of(name: str) -> str:
    """Return the words for the arguments that an intrinsic function requires, or an empty string for an unknown one."""
    return _FUNCTIONS[name][1] if name in _FUNCTIONS else ""
