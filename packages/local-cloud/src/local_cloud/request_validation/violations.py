"""Violations of a model, worded as by AWS."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from botocore.utils import parse_timestamp

if TYPE_CHECKING:
    from local_cloud.request_validation.rules import Rule

_NUMBERS = {"integer": "Integer", "long": "Long", "float": "Float", "double": "Double"}
_LONGEST_VALUE = 1024


class WrongTypeError(ValueError):
    """A member of the wrong type; AWS cannot deserialize such a request."""


def find_violations(value: Any, rule: Rule) -> list[str]:
    """Return the constraints that a request violates.

    Unknown members are accepted, as by AWS: clients may be newer than the model.

    Returns
    -------
    list of str
        ``Value 'x' at 'member.path' failed to satisfy constraint: Member must …``; empty if the request is valid.

    Raises
    ------
    WrongTypeError
        If a member has the wrong type.
    """
    found: list[str] = []
    _check(value, rule, "", found)
    return found


def _check(value: Any, rule: Rule, path: str, found: list[str]) -> None:
    kind = rule.kind
    if kind == "string":
        if not isinstance(value, str):
            raise _wrong_type(value, "a String", path)
        found.extend(_sentence(value, rule, path, words) for words in rule.broken_by(value))
    elif kind == "structure":
        if not isinstance(value, dict):
            raise _wrong_type(value, "a structure", path)
        _structure(value, rule, path, found)
    elif kind == "list":
        if not isinstance(value, list):
            raise _wrong_type(value, "a list", path)
        found.extend(_sentence(value, rule, path, words) for words in rule.length_broken_by(len(value)))
        if rule.item is not None:
            for number, item in enumerate(value, start=1):
                _check(item, rule.item, f"{path}.{number}.member", found)
    elif kind == "map":
        if not isinstance(value, dict):
            raise _wrong_type(value, "a map", path)
        _map(value, rule, path, found)
    elif kind in _NUMBERS:
        whole = kind in ("integer", "long")
        if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
            raise _wrong_type(value, _NUMBERS[kind], path)
        found.extend(_sentence(value, rule, path, words) for words in rule.range_broken_by(value))
    elif kind == "boolean" and not isinstance(value, bool):
        raise _wrong_type(value, "a Boolean", path)
    elif kind == "blob" and not (isinstance(value, bytes) or _is_base64(value)):
        raise _wrong_type(value, "a Blob", path)
    elif kind == "timestamp" and not _is_time(value):
        raise _wrong_type(value, "a Timestamp", path)


def _is_base64(value: Any) -> bool:
    try:
        base64.b64decode(value, validate=True)
    except (TypeError, ValueError):
        return False
    return True


def _is_time(value: Any) -> bool:
    try:
        parse_timestamp(value)
    except (AttributeError, OverflowError, RuntimeError, TypeError, ValueError):
        return False
    return not isinstance(value, bool)


def _structure(value: dict[str, Any], rule: Rule, path: str, found: list[str]) -> None:
    for name in rule.required:
        if value.get(name) is None:
            at = _below(path, rule.members[name][0])
            found.append(f"Value null at '{at}' failed to satisfy constraint: Member must not be null")
    for name, member in value.items():
        known = rule.members.get(name)
        if known is not None and member is not None:
            _check(member, known[1], _below(path, known[0]), found)


def _map(value: dict[str, Any], rule: Rule, path: str, found: list[str]) -> None:
    found.extend(_sentence(value, rule, path, words) for words in rule.length_broken_by(len(value)))
    for name, member in value.items():
        if rule.key is not None and (broken := rule.key.broken_by(name)):
            words = f"Map keys must satisfy constraint: [{', '.join(broken)}]"
            found.append(_sentence(name, rule.key, path, words))
        if rule.item is None or member is None:
            continue
        if rule.item.kind == "string" and isinstance(member, str):
            if broken := rule.item.broken_by(member):
                words = f"Map value must satisfy constraint: [{', '.join(broken)}]"
                found.append(_sentence(member, rule.item, f"{path}.{name}.member", words))
        else:
            _check(member, rule.item, f"{path}.{name}.member", found)


def _sentence(value: Any, rule: Rule, path: str, words: str) -> str:
    shown = str(value)
    if isinstance(value, list):
        shown = f"[{', '.join(map(str, value))}]"
    # Structures and long strings are not shown.
    is_hidden = rule.sensitive or isinstance(value, dict) or len(shown) > _LONGEST_VALUE
    subject = "Value" if is_hidden else f"Value '{shown}'"
    return f"{subject} at '{path}' failed to satisfy constraint: {words}"


def _below(path: str, name: str) -> str:
    member = name[0].lower() + name[1:]
    return f"{path}.{member}" if path else member


def _wrong_type(value: Any, wanted: str, path: str) -> WrongTypeError:
    return WrongTypeError(f"{_json_type(value)} can not be converted to {wanted} at '{path}'")


def _json_type(value: Any) -> str:
    if isinstance(value, bool):
        return f"{str(value).upper()}_VALUE"
    if isinstance(value, str):
        return "STRING_VALUE"
    if isinstance(value, (int, float)):
        return "NUMBER_VALUE"
    return "Start of list" if isinstance(value, list) else "Start of structure or map"
