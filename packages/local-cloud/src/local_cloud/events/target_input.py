"""What a target gets of an event: all of it, or its Input, InputPath or InputTransformer.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_PATH = re.compile(r"\$(?:\.[\w/*-]+|\[(?:\d+|\*)\])*")
_STEP = re.compile(r"\.([\w/*-]+)|\[(\d+|\*)\]")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|<[^<>\s"]+>', re.DOTALL)
_VARIABLE = re.compile(r"<([^<>\s\"]+)>")
_WAYS = ("Input", "InputPath", "InputTransformer")
_MISSING: Any = object()


class InvalidInputError(ValueError):
    """A target's input that is not valid, or that gives no JSON for an event."""


def check_input(target: Mapping[str, Any]) -> None:
    """Raise InvalidInputError for an input that PutTargets refuses."""
    given = [way for way in _WAYS if way in target]
    if len(given) > 1:
        raise InvalidInputError(
            f"Only one of Input, InputPath, or InputTransformer must be provided for target {target['Id']}."
        )
    if "Input" in target and not _is_json(target["Input"]):
        raise InvalidInputError(f"JSON syntax error in input for target {target['Id']}.")
    paths = {"InputPath": target["InputPath"]} if "InputPath" in target else {}
    paths |= target.get("InputTransformer", {}).get("InputPathsMap", {})
    for name, path in paths.items():
        if not _PATH.fullmatch(path):
            raise InvalidInputError(f"Invalid JSON path {path} of {name} for target {target['Id']}.")
    transformer = target.get("InputTransformer")
    if transformer:
        if not _is_template(transformer["InputTemplate"]):
            raise InvalidInputError(
                f"Invalid InputTemplate for target {target['Id']} : it is neither JSON nor quoted text."
            )
        named = {match[1] for match in _VARIABLE.finditer(transformer["InputTemplate"])}
        defined = {*transformer.get("InputPathsMap", {}), *_predefined({"ingestion-time": ""}, "")}
        if unknown := sorted(named - defined):
            raise InvalidInputError(
                f"Invalid InputTemplate for target {target['Id']} : InputPathsMap does not define <{unknown[0]}>."
            )


def _is_template(template: str) -> bool:
    """Return whether a template is an object, or lines of strings and variables."""
    text = _TOKEN.sub(lambda token: token[0] if token[0].startswith('"') else "null", template)
    if text.lstrip().startswith("{"):
        return _is_json(text)
    return all(_is_json(line) for line in text.strip().splitlines() or [""])


def payload_of(target: Mapping[str, Any], event: Mapping[str, Any], rule_arn: str) -> str:
    """Return the text that a target gets of an event.

    Raises
    ------
    InvalidInputError
        If the template gives no valid JSON for this event.
    """
    if "Input" in target:
        return str(target["Input"])
    delivered = {name: value for name, value in event.items() if name != "ingestion-time"}
    if "InputPath" in target:
        found = value_at(target["InputPath"], delivered)
        return _json(None if found is _MISSING else found)
    transformer = target.get("InputTransformer")
    if not transformer:
        return _json(delivered)
    values = {name: value_at(path, delivered) for name, path in transformer.get("InputPathsMap", {}).items()}
    return _fill(transformer["InputTemplate"], {**values, **_predefined(event, rule_arn)})


def with_values(parameters: list[dict[str, str]], event: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return a pipeline's parameters, with those values that are paths replaced by the event's values.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html#targets-specifics-dynamic-parameters

    Raises
    ------
    InvalidInputError
        If the event has no value at a path.
    """
    return [{**parameter, "Value": _parameter_value(parameter["Value"], event)} for parameter in parameters]


def _parameter_value(value: str, event: Mapping[str, Any]) -> str:
    if not value.startswith("$.") or not _PATH.fullmatch(value):
        return value
    found = value_at(value, event)
    if found is _MISSING:
        raise InvalidInputError(f"the event has no value at {value}")
    return found if isinstance(found, str) else _json(found)


def value_at(path: str, event: Any) -> Any:
    """Return the value at a path, ``_MISSING`` if there is none, and a list for a path with a wildcard."""
    found, several = [event], False
    for name, index in _STEP.findall(path):
        several = several or "*" in (name, index)
        found = [value for node in found for value in _children(node, name, index)]
    if several:
        return found
    return found[0] if found else _MISSING


def _children(node: Any, name: str, index: str) -> list[Any]:
    if isinstance(node, dict):
        return list(node.values()) if name == "*" else [node[name]] if name in node else []
    if isinstance(node, list):
        return node if "*" in (name, index) else node[int(index) : int(index) + 1] if index else []
    return []


def _predefined(event: Mapping[str, Any], rule_arn: str) -> dict[str, Any]:
    whole = {name: value for name, value in event.items() if name != "ingestion-time"}
    return {
        "aws.events.rule-arn": rule_arn,
        "aws.events.rule-name": rule_arn.rpartition("/")[2],
        "aws.events.event.ingestion-time": event["ingestion-time"],
        "aws.events.event": {name: value for name, value in whole.items() if name != "detail"},
        "aws.events.event.json": whole,
    }


def _fill(template: str, values: Mapping[str, Any]) -> str:
    """Return a template with its variables replaced. A variable without a value is an empty string."""

    def replace(token: re.Match[str]) -> str:
        text = token[0]
        if text.startswith('"'):
            return _VARIABLE.sub(lambda variable: _inside_string(values[variable[1]]), text)
        value = values[text[1:-1]]
        return _json("" if value is _MISSING else value)

    filled = _TOKEN.sub(replace, template)
    if not template.lstrip().startswith("{"):
        return filled
    if not _is_json(filled):
        raise InvalidInputError(f"the input template gives no valid JSON: {filled}")
    return _json(json.loads(filled))


def _inside_string(value: Any) -> str:
    """Return a value in a string of a template. AWS does not escape it, and omits the quotes of objects."""
    if value is _MISSING:
        return ""
    return value if isinstance(value, str) else _json(value).replace('"', "")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
