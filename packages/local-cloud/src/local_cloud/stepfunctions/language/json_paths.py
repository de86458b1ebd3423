"""JSONPath in states: a path to one value returns it or fails, and a path to several values returns a list.

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
    """A string that is not a path."""


class _Environment(JSONPathEnvironment):
    # AWS has no functions in paths: https://github.com/awsdocs/aws-step-functions-developer-guide/pull/5
    def setup_function_extensions(self) -> None:
        """Register no functions."""


_ENVIRONMENT = _Environment()


def read_paths() -> None:
    """Replace how moto's states read values and place results."""
    # moto: Step Functions' paths with filters return an item instead of a list, or fail if nothing matches;
    # https://github.com/getmoto/moto/issues/7825 (closed; it introduced the special case)
    # moto: Step Functions' ResultPath fails with an internal error for items of arrays, and strings of a definition keep their JSON escapes;
    # not reported yet: AWS fails with States.ResultPathMatchFailure, and resolves escapes.
    replace(string_expression, "extract_json", read_path)
    replace(states, "extract_json", read_path)
    replace(ResultPath, "_eval_body", _place_result)
    replace(Preprocessor, "_inner_string_of", staticmethod(_inner_string_of))


def read_path(path: str, data: Any) -> Any:
    """Return the value or values at a path.

    Raises
    ------
    NoSuchJsonPathError
        If the path is to one value, which does not exist.
    """
    parsed = parse_path(path)
    found: list[Any] = parsed.findall(data)
    if not parsed.singular_query():
        return found
    if not found:
        raise NoSuchJsonPathError(json_path=path, data=data)
    return found[0]


def read_in_state(path: str, data: Any, context: Any) -> Any:
    """Return the value or values at a path in a state's input, or in the context object if the path begins with ``$$``."""
    return read_path(path.removeprefix("$"), context) if path.startswith(_CONTEXT) else read_path(path, data)


@lru_cache(maxsize=1024)
def parse_path(path: str) -> JSONPath:
    """Return a parsed path, which may be into the context object.

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
        raise InvalidPathError("a path must begin with $. or $[, and cannot be a combination of paths")
    return parsed


def parse_reference_path(path: str) -> list[str | int]:
    """Return the names and indexes in a reference path, which identifies one node of a state's input.

    Raises
    ------
    InvalidPathError
        If it is not a reference path.
    """
    parsed = parse_path(path)
    if path.startswith(_CONTEXT) or not parsed.singular_query():
        raise InvalidPathError("a reference path must identify one node of the input")
    steps: list[str | int] = []
    for segment in parsed.segments:
        for selector in segment.selectors:
            if isinstance(selector, NameSelector):
                steps.append(selector.name)
            elif isinstance(selector, IndexSelector):
                steps.append(selector.index)
    return steps


def _inner_string_of(parser_rule_context: Any) -> str | None:
    """Return a string of the definition without JSON escapes, which moto keeps."""
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
    """Return the target with the result at a path; missing objects are created, missing items of arrays are not."""
    if not steps:
        return result
    step, *rest = steps
    if isinstance(step, str) and isinstance(target, dict):
        return {**target, step: _placed(target.get(step, {}), rest, result)}
    if isinstance(step, int) and isinstance(target, list) and 0 <= step < len(target):
        return [*target[:step], _placed(target[step], rest, result), *target[step + 1 :]]
    raise LookupError(f"{step!r} does not exist in a {type(target).__name__}")
