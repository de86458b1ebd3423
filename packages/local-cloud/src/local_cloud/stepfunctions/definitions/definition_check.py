"""The check of definitions when a state machine is created or updated.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import moto.stepfunctions.parser.api as api
from moto.core.exceptions import AWSError
from moto.stepfunctions.parser.api import InvalidDefinition
from moto.stepfunctions.parser.models import StepFunctionsParserBackend

from local_cloud.patching import original_of, replace
from local_cloud.stepfunctions.definitions.definition_fields import find_field_problems

if TYPE_CHECKING:
    from collections.abc import Iterator

_ENDS = ("Succeed", "Fail")
_integrations: dict[str, tuple[str, ...]] = {}


def check_definitions(integrations: dict[str, tuple[str, ...]]) -> None:
    """Replace moto's check of definitions.

    Parameters
    ----------
    integrations
        The supported actions of each service, by the service's name.
    """
    _integrations.update(integrations)
    # moto: Step Functions accepts definitions with missing or unreachable states, invalid paths and unknown fields; not reported yet: AWS
    # answers InvalidDefinition.
    replace(StepFunctionsParserBackend, "_validate_definition", staticmethod(_validate_definition))
    # moto: Step Functions' errors of the interpreter lack their code; not reported yet: the response is built from TYPE, which these exceptions
    # do not set.
    for error in vars(api).values():
        if isinstance(error, type) and issubclass(error, AWSError) and error is not AWSError:
            replace(error, "TYPE", error.code)


def _validate_definition(definition: str) -> None:
    try:
        machine = _parsed(definition)
        # moto refuses what it cannot parse in words of its grammar, and only after that can transitions be followed.
        if problems := list(find_field_problems(machine, _integrations)):
            raise _invalid(", ".join(problems))
        original_of(StepFunctionsParserBackend, "_validate_definition")(definition)
        if problems := list(find_problems(machine)):
            raise _invalid(", ".join(problems))
    except RecursionError as error:
        raise _invalid("it is nested too deeply") from error
    except InvalidDefinition as error:
        if isinstance(error.__context__, RecursionError):  # moto turns whatever its parser raises into one
            raise _invalid("it is nested too deeply") from error
        raise


def _parsed(definition: str) -> Any:
    try:
        return json.loads(definition)
    except ValueError as error:
        raise _invalid(f"INVALID_JSON_DESCRIPTION: {error}") from error


def _invalid(problems: str) -> InvalidDefinition:
    return InvalidDefinition(message=f"Invalid State Machine Definition: '{problems}'")


def find_problems(machine: dict[str, Any], path: str = "") -> Iterator[str]:
    """Find transitions to states that are not there, states without a transition, and states that nothing leads to."""
    states: dict[str, Any] = machine["States"]
    transitions = [(machine["StartAt"], f"{path}/StartAt")]
    for name, state in states.items():
        at = f"{path}/States/{name}"
        transitions += _transitions(state, at)
        if state["Type"] not in (*_ENDS, "Choice") and "Next" not in state and "End" not in state:
            yield f"SCHEMA_VALIDATION_FAILED: These fields are required: [Next or End] at {at}"
        for key in ("Iterator", "ItemProcessor"):
            if key in state:
                yield from find_problems(state[key], f"{at}/{key}")
        for number, branch in enumerate(state.get("Branches", [])):
            yield from find_problems(branch, f"{at}/Branches[{number}]")
    for target, at in transitions:
        if target not in states:
            yield f"MISSING_TRANSITION_TARGET: Missing target state: {target} at {at}"
    reached = _reached(machine["StartAt"], states)
    for name in states:
        if name not in reached:
            yield f'MISSING_TRANSITION_TARGET: State "{name}" is not reachable. at {path}/States/{name}'


def _transitions(state: dict[str, Any], at: str) -> list[tuple[str, str]]:
    found = [(state[key], f"{at}/{key}") for key in ("Next", "Default") if key in state]
    for key in ("Choices", "Catch"):
        found += [(way["Next"], f"{at}/{key}[{number}]/Next") for number, way in enumerate(state.get(key, []))]
    return found


def _reached(start: str, states: dict[str, Any]) -> set[str]:
    reached: set[str] = set()
    ahead = [start]
    while ahead:
        name = ahead.pop()
        if name in states and name not in reached:
            reached.add(name)
            ahead += [target for target, _ in _transitions(states[name], "")]
    return reached
