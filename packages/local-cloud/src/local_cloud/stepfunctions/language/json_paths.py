"""Paths: a path that names one value returns it or fails, and one that may name several returns a list, which may be empty.

https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import moto.stepfunctions.parser.asl.component.common.string.string_expression as string_expression
import moto.stepfunctions.parser.asl.eval.states as states
from jsonpath import JSONPath, JSONPathEnvironment, JSONPathError
from jsonpath.selectors import IndexSelector, NameSelector
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.common.path.result_path import ResultPath
from moto.stepfunctions.parser.asl.parse.preprocessor import Preprocessor
from moto.stepfunctions.parser.asl.utils.json_path import NoSuchJsonPathError

from local_cloud.patching import original_of, replace
from local_cloud.stepfunctions.language.states_error import StatesError

if TYPE_CHECKING:
    from moto.stepfunctions.parser.asl.eval.environment import Environment

_CONTEXT = "$$"


class InvalidPathError(ValueError):
    """A string is not a path."""


class _Environment(JSONPathEnvironment):
    # AWS has no functions in paths: https://github.com/awsdocs/aws-step-functions-developer-guide/pull/5
    def setup_function_extensions(self) -> None:
        """Register none."""


_ENVIRONMENT = _Environment()


def read_paths() -> None:
    """Hook into how states read values, and place their results."""
    replace(string_expression, "extract_json", read_path)
    replace(states, "extract_json", read_path)
    replace(ResultPath, "_eval_body", _place_result)
    replace(Preprocessor, "_inner_string_of", staticmethod(_inner_string_of))


def read_path(path: str, data: Any) -> Any:
    """Return what a path names.

    Raises
    ------
    NoSuchJsonPathError
        If the path names one value, which is missing.
    """
    parsed = parse_path(path)
    found: list[Any] = parsed.findall(data)
    if not parsed.singular_query():
        return found
    if not found:
        raise NoSuchJsonPathError(json_path=path, data=data)
    return found[0]


def read_in_state(path: str, data: Any, context: Any) -> Any:
    """Return what a path names in a state's input or, if it begins with ``$$``, in the context object."""
    return read_path(path.removeprefix("$"), context) if path.startswith(_CONTEXT) else read_path(path, data)


@lru_cache(maxsize=1024)
def parse_path(path: str) -> JSONPath:
    """Parse a path, which may be one into the context object.

    Raises
    ------
    InvalidPathError
        If it is not a path.
    """
    inner = path[1:] if path.startswith(_CONTEXT) else path
    try:
        parsed = _ENVIRONMENT.compile(inner)
    except JSONPathError as error:
        raise InvalidPathError(str(error).partition("\n")[0]) from error
    if not re.match(r"\$([.\[]|$)", inner) or not isinstance(parsed, JSONPath):
        raise InvalidPathError("a path begins with $. or $[, and is only one")
    return parsed


def parse_reference_path(path: str) -> list[str | int]:
    """Return the names and indexes of a path to one place in a state's input.

    Raises
    ------
    InvalidPathError
        If it is another kind of path.
    """
    parsed = parse_path(path)
    if path.startswith(_CONTEXT) or not parsed.singular_query():
        raise InvalidPathError("a reference path names one place in the input")
    steps: list[str | int] = []
    for segment in parsed.segments:
        for selector in segment.selectors:
            if isinstance(selector, NameSelector):
                steps.append(selector.name)
            elif isinstance(selector, IndexSelector):
                steps.append(selector.index)
    return steps


def _inner_string_of(parser_rule_context: Any) -> str | None:
    """Return a string of the definition; moto's keeps the escapes of JSON, also in paths and in names of states."""
    inner: str | None = original_of(Preprocessor, "_inner_string_of")(parser_rule_context)
    return inner if inner is None else json.loads(f'"{inner}"')


def _place_result(self: ResultPath, env: Environment) -> None:
    state_input = env.states.get_input()
    if self.result_path_src is None:
        env.stack.clear()
        env.stack.append(state_input)
        return
    result = env.stack.pop()
    steps = parse_reference_path(self.result_path_src)
    try:
        env.stack.append(_placed(state_input, steps, result))
    except LookupError as error:
        raise StatesError(
            StatesErrorNameType.StatesResultPathMatchFailure,
            f"Unable to apply ReferencePath {self.result_path_src} to the state's input: {error.args[0]}",
        ) from error


def _placed(target: Any, steps: list[str | int], result: Any) -> Any:
    """Return the target with the result in its place; objects on the way are created, items of arrays are not."""
    if not steps:
        return result
    step, *rest = steps
    if isinstance(step, str) and isinstance(target, dict):
        return {**target, step: _placed(target.get(step, {}), rest, result)}
    if isinstance(step, int) and isinstance(target, list) and 0 <= step < len(target):
        return [*target[:step], _placed(target[step], rest, result), *target[step + 1 :]]
    raise LookupError(f"there is no place for {step!r} in a {type(target).__name__}")
