"""The fields of a definition: paths, payload templates and choice rules are held against their grammar when a state machine is created.

What the local cloud does not interpret is refused here, by name: JSONata, variables, activities, parts of distributed maps, and actions that
it does not have.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from local_cloud.stepfunctions.definitions.map_fields import map_problems, number_problems
from local_cloud.stepfunctions.language.choice_rules import OPERATOR, TYPES
from local_cloud.stepfunctions.language.intrinsic_calls import check_call
from local_cloud.stepfunctions.language.intrinsic_syntax import InvalidCallError
from local_cloud.stepfunctions.language.json_paths import InvalidPathError, parse_path, parse_reference_path

if TYPE_CHECKING:
    from collections.abc import Iterator

# https://docs.aws.amazon.com/step-functions/latest/dg/state-wait.html
_LONGEST_WAIT_SECONDS = 99_999_999
_TYPES = ("Task", "Pass", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map")
_UNSUPPORTED = {
    "Assign": "variables are not supported by the local cloud",
    **dict.fromkeys(
        ("Arguments", "Condition", "Items", "Output"), "a field of JSONata, which is not supported by the local cloud"
    ),
}
_TEMPLATES = ("Parameters", "ResultSelector", "ItemSelector", "Credentials", "BatchInput")
_INTRINSIC_PATHS = ("ErrorPath", "CausePath")
_ARN = re.compile(r"arn:aws[a-z-]*:states:::(\w+):(\S+)")
_ACTIVITY = re.compile(r"arn:aws[a-z-]*:states:[\w-]*:\d*:activity:")
_INVALID = "SCHEMA_VALIDATION_FAILED"


def find_field_problems(machine: Any, integrations: dict[str, tuple[str, ...]], path: str = "") -> Iterator[str]:
    """Find fields that are not what the language, or the local cloud, has.

    Parameters
    ----------
    integrations
        By the name of a service, the actions that a task may name of it.
    """
    if not isinstance(machine, dict):
        yield f"{_INVALID}: a state machine must be an object at {path or '/'}"
        return
    yield from _language_problems(machine, path)
    if not isinstance(machine.get("StartAt"), str):
        yield f"{_INVALID}: These fields are required: [StartAt] at {path}/StartAt"
    states = machine.get("States")
    if not isinstance(states, dict) or not states:
        yield f"{_INVALID}: These fields are required: [States] at {path}/States"
        return
    for name, state in states.items():
        at = f"{path}/States/{name}"
        if not isinstance(state, dict) or state.get("Type") not in _TYPES:
            yield f"{_INVALID}: Type must be one of {', '.join(_TYPES)} at {at}/Type"
            continue
        yield from _state_problems(state, integrations, at)
        for key in ("Iterator", "ItemProcessor"):
            if key in state:
                yield from find_field_problems(state[key], integrations, f"{at}/{key}")
        for number, branch in enumerate(_list(state.get("Branches"))):
            yield from find_field_problems(branch, integrations, f"{at}/Branches[{number}]")


def _state_problems(state: dict[str, Any], integrations: dict[str, tuple[str, ...]], at: str) -> Iterator[str]:
    yield from _language_problems(state, at)
    yield from _object_problems(state, at)
    for number, catcher in enumerate(_list(state.get("Catch"))):
        yield from _language_problems(catcher, f"{at}/Catch[{number}]")
        yield from _object_problems(catcher, f"{at}/Catch[{number}]")
    for key in ("ItemReader", "ResultWriter", "ItemBatcher", "ItemProcessor"):
        yield from _object_problems(state.get(key), f"{at}/{key}")
    if state["Type"] == "Choice":
        if not _list(state.get("Choices")):
            yield f"{_INVALID}: These fields are required: [Choices] at {at}/Choices"
        for number, rule in enumerate(_list(state.get("Choices"))):
            here = f"{at}/Choices[{number}]"
            if not isinstance(rule, dict) or not isinstance(rule.get("Next"), str):
                yield f"{_INVALID}: These fields are required: [Next] at {here}"
            yield from _rule_problems(rule, here)
    if state["Type"] == "Map":
        yield from map_problems(state, at)
    if state["Type"] == "Wait":
        yield from number_problems(state, "Seconds", _LONGEST_WAIT_SECONDS, at)
    if state["Type"] == "Task":
        yield from _resource_problems(str(state.get("Resource", "")), integrations, f"{at}/Resource")


def _language_problems(node: Any, at: str) -> Iterator[str]:
    if not isinstance(node, dict):
        return
    if node.get("QueryLanguage", "JSONPath") != "JSONPath":
        yield f"{_INVALID}: {node['QueryLanguage']} is not supported by the local cloud, only JSONPath at {at}/QueryLanguage"
    for key, reason in _UNSUPPORTED.items():
        if key in node:
            yield f"{_INVALID}: {key}: {reason} at {at}/{key}"


def _object_problems(node: Any, at: str) -> Iterator[str]:
    """Hold the paths and templates of one object against their grammar."""
    if not isinstance(node, dict):
        return
    for key, value in node.items():
        here = f"{at}/{key}"
        if key in _TEMPLATES:
            yield from _template_problems(value, here)
        elif value is None and key in ("InputPath", "OutputPath", "ResultPath"):
            continue
        elif key == "ResultPath":
            yield from _path_problems(value, here, parse_reference_path)
        elif key in _INTRINSIC_PATHS:
            yield from _expression_problems(value, here)
        elif key.endswith("Path"):
            yield from _path_problems(value, here, parse_path)


def _template_problems(template: Any, at: str) -> Iterator[str]:
    if isinstance(template, dict):
        for key, value in template.items():
            check = _expression_problems if key.endswith(".$") else _template_problems
            yield from check(value, f"{at}/{key}")
    elif isinstance(template, list):
        for number, item in enumerate(template):
            yield from _template_problems(item, f"{at}[{number}]")


def _expression_problems(value: Any, at: str) -> Iterator[str]:
    if not isinstance(value, str) or not value.startswith(("$", "States.")):
        field = at.rpartition("/")[2]
        yield (
            f"{_INVALID}: The value for the field '{field}' must be a valid JSONPath or a valid intrinsic function call, "
            f"not {value!r} at {at}"
        )
    elif value.startswith("$"):
        yield from _path_problems(value, at, parse_path)
    else:
        try:
            check_call(value)
        except InvalidCallError as error:
            yield f"{_INVALID}: {value!r} is not a valid intrinsic function call: {error} at {at}"


def _path_problems(value: Any, at: str, parse: Any) -> Iterator[str]:
    if isinstance(value, str) and re.match(r"\$[A-Za-z_]", value):
        yield f"{_INVALID}: {value!r}: variables are not supported by the local cloud at {at}"
        return
    try:
        parse(value if isinstance(value, str) else "")
    except InvalidPathError as error:
        yield f"{_INVALID}: {value!r} is not a valid path: {error} at {at}"


def _rule_problems(rule: Any, at: str) -> Iterator[str]:
    if not isinstance(rule, dict):
        return
    yield from _language_problems(rule, at)
    for key in ("And", "Or"):
        for number, part in enumerate(_list(rule.get(key))):
            yield from _rule_problems(part, f"{at}/{key}[{number}]")
    yield from _rule_problems(rule.get("Not"), f"{at}/Not")
    for key, value in rule.items():
        here = f"{at}/{key}"
        operator = OPERATOR.fullmatch(key)
        if key == "Variable" or (operator and operator[3]):
            yield from _path_problems(value, here, parse_path)
        elif operator and TYPES[operator[1]](value) is None:
            yield f"{_INVALID}: {value!r} is not a {operator[1].lower()} at {here}"
        elif key.startswith("Is") and not isinstance(value, bool):
            yield f"{_INVALID}: {value!r} is not a boolean at {here}"


def _resource_problems(resource: str, integrations: dict[str, tuple[str, ...]], at: str) -> Iterator[str]:
    if _ACTIVITY.match(resource):
        yield f"{_INVALID}: activities are not supported by the local cloud at {at}"
    found = _ARN.fullmatch(resource)
    if found and found[2] not in (actions := integrations.get(found[1], (found[2],))):
        yield f"{_INVALID}: {resource} is not supported by the local cloud, of {found[1]} only {', '.join(actions)} at {at}"


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
