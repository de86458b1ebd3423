"""Definitions of pipelines.

https://aws-sagemaker-mlops.github.io/sagemaker-model-building-pipeline-definition-JSON-schema/
"""

from __future__ import annotations

import graphlib
import json
from dataclasses import dataclass, field
from typing import Any

from local_cloud.sagemaker.pipelines.references import InvalidReferenceError, references_in

VERSION = "2020-12-01"
STEP_TYPES = ("Condition", "Fail", "Lambda", "Processing")
_PARAMETER_TYPES = {"String": str, "Integer": int, "Float": float, "Boolean": bool}


class InvalidDefinitionError(ValueError):
    """A definition that is invalid, or that the local cloud cannot execute."""


@dataclass(frozen=True)
class Step:
    """A step; ``needs`` are the steps that must succeed before it.

    Attributes
    ----------
    document
        The step's part of the definition.
    then, otherwise
        The steps of a Condition step, for either outcome.
    """

    name: str
    kind: str
    document: dict[str, Any]
    needs: frozenset[str]
    then: tuple[Step, ...] = ()
    otherwise: tuple[Step, ...] = ()

    @property
    def below(self) -> tuple[Step, ...]:
        """The steps of both outcomes of a condition."""
        return self.then + self.otherwise


@dataclass(frozen=True)
class Definition:
    """The parameters of a pipeline, by name, and its top-level steps."""

    parameters: dict[str, dict[str, Any]] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()

    def bind(self, given: dict[str, str]) -> dict[str, Any]:
        """Return the value of each parameter: given at the start of an execution, or the default.

        Raises
        ------
        InvalidDefinitionError
            If a parameter is unknown, missing or of the wrong type.
        """
        if unknown := sorted(given.keys() - self.parameters.keys()):
            raise InvalidDefinitionError(f"Unknown pipeline parameters {unknown}")
        values = {}
        for name, parameter in self.parameters.items():
            if name not in given and "DefaultValue" not in parameter:
                raise InvalidDefinitionError(f"Parameters [{name}] do not have default values and are not provided")
            values[name] = _typed(parameter, given.get(name, parameter.get("DefaultValue")))
        return values


def read_definition(text: str) -> Definition:
    """Return the definition in a string.

    Raises
    ------
    InvalidDefinitionError
        If it is invalid.
    """
    try:
        document = json.loads(text)
    except ValueError as error:
        raise InvalidDefinitionError(f"Unable to parse pipeline definition: {error}") from error
    if not isinstance(document, dict) or document.get("Version") != VERSION:
        raise InvalidDefinitionError(f"Unable to parse pipeline definition: its Version must be {VERSION!r}")
    parameters = {parameter["Name"]: parameter for parameter in document.get("Parameters", [])}
    definition = Definition(parameters, tuple(_read_step(step) for step in document.get("Steps", [])))
    _check(definition)
    return definition


def _read_step(document: dict[str, Any], inside: str | None = None) -> Step:
    name, kind = document.get("Name"), document.get("Type")
    if not name or kind not in STEP_TYPES:
        raise InvalidDefinitionError(f"The step {name!r} has the Type {kind!r}; the local cloud supports {STEP_TYPES}")
    arguments = dict(document.get("Arguments", {}))
    branches = [arguments.pop(branch, []) if kind == "Condition" else [] for branch in ("IfSteps", "ElseSteps")]
    try:
        referenced = {str(parts[1]) for parts in references_in(arguments) if parts[0] == "Steps"}
    except InvalidReferenceError as error:
        raise InvalidDefinitionError(f"The step {name!r}: {error}") from error
    needs = referenced | set(document.get("DependsOn", [])) | ({inside} if inside else set())
    then, otherwise = (tuple(_read_step(step, name) for step in branch) for branch in branches)
    return Step(name, kind, {**document, "Arguments": arguments}, frozenset(needs), then, otherwise)


def _check(definition: Definition) -> None:
    steps = list(_all_steps(definition.steps))
    names = [step.name for step in steps]
    if not names:
        raise InvalidDefinitionError("A pipeline needs at least one step")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InvalidDefinitionError(f"Step names must be unique: {twice}")
    for step in steps:
        if missing := sorted(step.needs - set(names)):
            raise InvalidDefinitionError(f"The step {step.name!r} needs {missing}, which the pipeline does not have")
        for parts in references_in(step.document["Arguments"]):
            if parts[0] == "Parameters" and parts[1] not in definition.parameters:
                raise InvalidDefinitionError(
                    f"The step {step.name!r} refers to a parameter {parts[1]!r} that is not declared"
                )
    try:
        graphlib.TopologicalSorter({step.name: step.needs for step in steps}).prepare()
    except graphlib.CycleError as error:
        raise InvalidDefinitionError(f"The steps {' -> '.join(error.args[1])} need each other") from error


def _all_steps(steps: tuple[Step, ...]) -> list[Step]:
    return [found for step in steps for found in (step, *_all_steps(step.below))]


def _typed(parameter: dict[str, Any], value: Any) -> Any:
    """Return a parameter's value in its type; executions are started with strings."""
    kind = parameter["Type"]
    wanted = _PARAMETER_TYPES[kind]
    wrong = InvalidDefinitionError(f"The parameter {parameter['Name']!r} has the type {kind}, which {value!r} is not")
    if isinstance(value, str) and wanted is bool:
        if value.lower() not in {"true", "false"}:
            raise wrong
        value = value.lower() == "true"
    elif not isinstance(value, wanted):
        try:
            value = wanted(value)
        except (TypeError, ValueError):
            raise wrong from None
    allowed = parameter.get("EnumValues")
    if allowed and value not in allowed:
        raise InvalidDefinitionError(f"The parameter {parameter['Name']!r} must be one of {allowed}, not {value!r}")
    return value
