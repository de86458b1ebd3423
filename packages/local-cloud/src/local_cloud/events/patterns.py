"""Event patterns: which are valid, and which events they match.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""

from __future__ import annotations

import ipaddress
import json
import operator
import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from moto.events.exceptions import InvalidEventPatternException
from moto.events.models import EventPattern, EventPatternParser

from local_cloud.patching import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from moto.events.utils import EventMessageType

_OR = "$or"
_FEWEST_ALTERNATIVES = 2
_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt, "<=": operator.le, "=": operator.eq, ">=": operator.ge, ">": operator.gt,
}  # fmt: skip
_ANYTHING_BUT_FILTERS = ("prefix", "suffix", "equals-ignore-case", "wildcard")


def install() -> None:
    """Replace moto's check and matching of patterns."""
    # moto: EventBridge accepts patterns with unknown or malformed match types, which then match every value; treats true and 1, and 300 and
    # 300.0, as equal; does not match fields of objects in arrays; and rules without a pattern match all events; not reported yet: AWS answers
    # InvalidEventPatternException, and compares JSON's types.
    replace(EventPatternParser, "_validate_event_pattern", _check)
    replace(EventPattern, "matches_event", _matches_event)


def _matches_event(self: EventPattern, event: EventMessageType) -> bool:
    pattern = self.get_pattern()
    return bool(pattern) and matches(pattern, event)


def matches(pattern: dict[str, Any], event: Any) -> bool:
    """Return whether a valid pattern matches a JSON object."""
    return all(
        any(matches(each, event) for each in wanted) if name == _OR else _field_matches(wanted, event, name)
        for name, wanted in pattern.items()
    )


def _field_matches(wanted: Any, event: dict[str, Any], name: str) -> bool:
    if isinstance(wanted, dict):
        # One object of an array must match all fields of a nested pattern.
        return any(matches(wanted, item) for item in _items(event.get(name)) if isinstance(item, dict))
    values = [item for item in _items(event[name]) if not isinstance(item, dict)] if name in event else []
    return any(_matches_one(matcher, values) for matcher in wanted)


def _items(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        for item in value:
            yield from _items(item)
    else:
        yield value


def _matches_one(matcher: Any, values: list[Any]) -> bool:
    """Return whether a matcher matches any of a field's values, which are none if the field does not exist."""
    if not isinstance(matcher, dict):
        return any(_is_same(matcher, value) for value in values)
    ((kind, wanted),) = matcher.items()
    if kind == "exists":
        return bool(values) is wanted
    return any(_MATCHES[kind](wanted, value) for value in values)


def _is_same(wanted: Any, value: Any) -> bool:
    """Return whether two values have the same type and value, which 300 and 300.0, and true and 1, have not."""
    return type(wanted) is type(value) and bool(wanted == value)


def _has_affix(test: Callable[[str, str], bool]) -> Callable[[Any, Any], bool]:
    def has(wanted: Any, value: Any) -> bool:
        if not isinstance(value, str):
            return False
        if isinstance(wanted, dict):
            return test(value.lower(), wanted["equals-ignore-case"].lower())
        return test(value, wanted)

    return has


def _is_equal_in_any_case(wanted: str, value: Any) -> bool:
    return isinstance(value, str) and value.lower() == wanted.lower()


def _fits_wildcard(wanted: str, value: Any) -> bool:
    # \* and \\ are the characters themselves
    parts = re.findall(r"\\[*\\]|.", wanted, re.DOTALL)
    expression = "".join(".*" if part == "*" else re.escape(part[-1]) for part in parts)
    return isinstance(value, str) and re.fullmatch(expression, value, re.DOTALL) is not None


def _is_in_range(wanted: list[Any], value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return all(_COMPARISONS[sign](value, bound) for sign, bound in zip(wanted[::2], wanted[1::2], strict=True))


def _is_in_network(wanted: str, value: Any) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(wanted, strict=False)
    except ValueError:
        return False


def _is_anything_but(wanted: Any, value: Any) -> bool:
    if isinstance(wanted, dict):
        ((kind, refused),) = wanted.items()
        return not any(_MATCHES[kind](each, value) for each in _listed(refused))
    return not any(_is_same(each, value) for each in _listed(wanted))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


_MATCHES: dict[str, Callable[[Any, Any], bool]] = {
    "anything-but": _is_anything_but,
    "cidr": _is_in_network,
    "equals-ignore-case": _is_equal_in_any_case,
    "numeric": _is_in_range,
    "prefix": _has_affix(str.startswith),
    "suffix": _has_affix(str.endswith),
    "wildcard": _fits_wildcard,
}


def _check(self: EventPatternParser, pattern: Any) -> None:
    """Raise InvalidEventPatternException for a pattern that AWS refuses."""
    if not self.pattern:
        return  # a rule with a schedule
    if not isinstance(pattern, dict):
        raise InvalidEventPatternException(reason="Filter is not an object")
    _check_object(pattern)


def _check_object(pattern: dict[str, Any]) -> None:
    if not pattern:
        raise InvalidEventPatternException(reason="Empty objects are not allowed")
    for name, wanted in pattern.items():
        if name == _OR:
            _check_alternatives(wanted)
        elif isinstance(wanted, dict):
            _check_object(wanted)
        elif not isinstance(wanted, list):
            raise InvalidEventPatternException(reason=f'"{name}" must be an object or an array')
        elif not wanted:
            raise InvalidEventPatternException(reason="Empty arrays are not allowed")
        else:
            for matcher in wanted:
                _check_matcher(name, matcher)


def _check_alternatives(wanted: Any) -> None:
    if not isinstance(wanted, list) or len(wanted) < _FEWEST_ALTERNATIVES:
        raise InvalidEventPatternException(reason="There must have at least 2 Objects in $or relationship.")
    for each in wanted:
        if not isinstance(each, dict):
            raise InvalidEventPatternException(reason="Only JSON object is allowed in array of $or relationship.")
        _check_object(each)


def _check_matcher(name: str, matcher: Any) -> None:
    if isinstance(matcher, list):
        raise InvalidEventPatternException(
            reason=f'Match value of "{name}" must be String, number, true, false, or null'
        )
    if not isinstance(matcher, dict):
        return
    if len(matcher) != 1:
        raise InvalidEventPatternException(reason="Only one key allowed in match expression")
    ((kind, wanted),) = matcher.items()
    if kind != "exists" and kind not in _MATCHES:
        raise InvalidEventPatternException(reason=f"Unrecognized match type {kind}")
    if not _is_valid(kind, wanted):
        raise InvalidEventPatternException(reason=f"the value of {kind} is not valid: {json.dumps(wanted)}")


def _is_valid(kind: str, wanted: Any) -> bool:
    match kind:
        case "exists":
            return isinstance(wanted, bool)
        case "numeric":
            return _is_range(wanted)
        case "cidr":
            return _is_network(wanted)
        case "anything-but":
            return _is_refusable(wanted)
        case "prefix" | "suffix" if isinstance(wanted, dict):
            return list(wanted) == ["equals-ignore-case"] and isinstance(wanted["equals-ignore-case"], str)
        case "wildcard":
            return isinstance(wanted, str) and "**" not in wanted
    return isinstance(wanted, str)


def _is_range(wanted: Any) -> bool:
    if not isinstance(wanted, list) or not wanted or len(wanted) % 2 or len(wanted) > len(("from", 0, "to", 0)):
        return False
    return all(isinstance(bound, int | float) and not isinstance(bound, bool) for bound in wanted[1::2]) and (
        wanted[0] in _COMPARISONS
        if len(wanted) == 2  # one sign and one bound
        else wanted[0] in {">", ">="} and wanted[2] in {"<", "<="} and wanted[1] < wanted[3]
    )


def _is_network(wanted: Any) -> bool:
    try:
        return isinstance(wanted, str) and ipaddress.ip_network(wanted, strict=False) is not None
    except ValueError:
        return False


def _is_refusable(wanted: Any) -> bool:
    """Return whether a value of ``anything-but`` is a filter, a string, a number, or a list of either."""
    if isinstance(wanted, dict):
        if len(wanted) != 1:
            return False
        ((kind, refused),) = wanted.items()
        values = _listed(refused)
        return kind in _ANYTHING_BUT_FILTERS and bool(values) and all(_is_valid(kind, each) for each in values)
    values = _listed(wanted)
    kinds = [str if isinstance(each, str) else float if _is_number(each) else None for each in values]
    return bool(kinds) and None not in kinds and all(one == other for one, other in pairwise(kinds))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
