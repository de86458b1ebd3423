"""Valid inputs of an operation, each value as short as possible: only the required members, or all of them."""

from __future__ import annotations

import re
import re._constants as kinds  # type: ignore[import-not-found]  # no type information is published
import re._parser as parser  # type: ignore[import-not-found]  # as above
from typing import TYPE_CHECKING, Any

from local_cloud.request_validation.patterns import compile_pattern

if TYPE_CHECKING:
    from botocore.model import OperationModel

# The characters to try for a set, in order.
_CHARACTERS = "a0A-_/. " + "".join(map(chr, range(33, 256)))
_CLASSES = {"WORD": r"\w", "DIGIT": r"\d", "SPACE": r"\s", "NOT_WORD": r"\W", "NOT_DIGIT": r"\D", "NOT_SPACE": r"\S"}


def operation_input(operation: OperationModel, *, optional: bool) -> dict[str, Any]:
    """Return parameters for a call of an operation.

    Parameters
    ----------
    optional
        Whether to give the optional members too.

    Raises
    ------
    ValueError
        If no string is found that matches a pattern and its length limits.
    """
    return _value(operation.input_shape, (), optional) if operation.input_shape else {}


def _value(shape: Any, within: tuple[str, ...], optional: bool) -> Any:
    limits = shape.metadata
    within_it = (*within, shape.name)
    match shape.type_name:
        case "structure":
            if shape.name in within:
                return {}
            names = _members(shape, within_it, optional)
            return {name: _value(shape.members[name], within_it, optional) for name in names}
        case "list":
            # At least one entry: some protocols do not send empty lists.
            entries = max(limits.get("min", 0), 1)
            return [_value(shape.member, within_it, optional)] * entries if shape.name not in within else []
        case "map":
            return {_value(shape.key, within_it, optional): _value(shape.value, within_it, optional)}
        case "string":
            return shape.enum[0] if shape.enum else _string(limits)
        case "integer" | "long":
            return int(limits.get("min") or min(1, limits.get("max", 1)))
        case "float" | "double":
            return float(limits.get("min") or 1)
        case "boolean":
            return True
        case "timestamp":
            return 0
        case "blob":
            return b"a" * max(limits.get("min", 0), 1)
    raise ValueError(f"no value of the type {shape.type_name} is known")


def _members(shape: Any, within: tuple[str, ...], optional: bool) -> list[str]:
    """Return the members to give: one of a union, and no optional ones that contain what they are within."""
    required: list[str] = shape.required_members
    given = [
        name for name, member in shape.members.items() if name in required or (optional and not _is_in(member, within))
    ]
    if getattr(shape, "is_tagged_union", False):
        return (given or list(shape.members))[:1]
    return given


def _is_in(shape: Any, within: tuple[str, ...]) -> bool:
    element = getattr(shape, "member", getattr(shape, "value", None))
    return shape.name in within or (element is not None and _is_in(element, within))


def _string(limits: dict[str, Any]) -> str:
    shortest: int = max(limits.get("min", 0), 1)
    longest = limits.get("max", float("inf"))
    pattern = limits.get("pattern")
    expression = compile_pattern(pattern) if pattern else None
    if expression is None:
        return "a" * shortest
    tree = parser.parse(expression.pattern, re.ASCII)
    for more in range(shortest + 1):
        text: str = _text(tree, more, {})
        if shortest <= len(text) <= longest and expression.fullmatch(text):
            return text
    raise ValueError(f"no string of {shortest} to {longest} characters is found for the pattern {pattern}")


def _text(tree: Any, more: int, groups: dict[int, str]) -> str:
    """Return a string that matches a parsed pattern, with `more` repetitions where possible."""
    return "".join(_part(kind, argument, more, groups) for kind, argument in tree)


def _part(kind: Any, argument: Any, more: int, groups: dict[int, str]) -> str:
    if kind is kinds.LITERAL:
        return chr(int(argument))
    if kind is kinds.NOT_LITERAL:
        return next(one for one in _CHARACTERS if ord(one) != argument)
    if kind is kinds.ANY:
        return _CHARACTERS[0]
    if kind is kinds.IN:
        negated = argument[0][0] is kinds.NEGATE
        return next(one for one in _CHARACTERS if any(_fits(one, *item) for item in argument) != negated)
    if kind is kinds.BRANCH:
        branches = argument[1]
        return _text(branches[min(more, len(branches) - 1)], more, groups)
    if kind is kinds.SUBPATTERN:
        groups[argument[0]] = _text(argument[3], more, groups)
        return groups[argument[0]]
    if kind is kinds.GROUPREF:
        return groups[argument]
    if kind in (kinds.MAX_REPEAT, kinds.MIN_REPEAT):
        least, most, repeated = argument
        return "".join(_text(repeated, more, groups) for _ in range(min(most, max(least, more))))
    return ""  # an anchor, or a look ahead or behind


def _fits(character: str, kind: Any, argument: Any) -> bool:
    if kind is kinds.LITERAL:
        return ord(character) == int(argument)
    if kind is kinds.RANGE:
        return bool(argument[0] <= ord(character) <= argument[1])
    if kind is kinds.CATEGORY:
        return bool(re.match(_CLASSES[str(argument).removeprefix("CATEGORY_")], character, re.ASCII))
    return False
