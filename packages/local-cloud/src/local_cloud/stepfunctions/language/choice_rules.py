"""The rules of Choice states.

https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html
"""

from __future__ import annotations

import operator
import re
from typing import TYPE_CHECKING, Any

from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.state.choice.comparison.operator.factory import OperatorFactory
from moto.stepfunctions.parser.asl.component.state.choice.comparison.variable import NoSuchVariable, Variable
from moto.stepfunctions.parser.asl.component.state.choice.state_choice import StateChoice
from moto.stepfunctions.parser.asl.utils.json_path import NoSuchJsonPathError

from local_cloud.patching import original_of, replace
from local_cloud.stepfunctions.language.json_paths import read_in_state
from local_cloud.stepfunctions.language.states_error import StatesError
from local_cloud.stepfunctions.language.timestamps import parse_timestamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from moto.stepfunctions.parser.asl.component.state.choice.comparison.comparison_operator_type import (
        ComparisonOperatorType,
    )
    from moto.stepfunctions.parser.asl.eval.environment import Environment


def compare_by_type() -> None:
    """Replace moto's rules."""
    # moto: Step Functions' Choice rules with a missing variable are false, and compare any path's value; not reported yet: AWS fails with
    # States.Runtime for a missing variable, and values of other types never match.
    # moto: Step Functions' Choice state fails with RuntimeError if no rule matches and there is no Default; not reported yet: AWS fails with
    # States.NoChoiceMatched.
    replace(Variable, "_eval_body", _read_variable)
    replace(OperatorFactory, "get", staticmethod(_Operator))
    replace(StateChoice, "_eval_state", _choose)


def _boolean(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _numeric(value: Any) -> float | None:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _string(value: Any) -> bytes | None:
    """Return a string's UTF-16 code units, which Java compares."""
    return value.encode("utf-16-be", "surrogatepass") if isinstance(value, str) else None


# By type, the function that returns a comparable form of a value, or None if the value is of another type.
TYPES: dict[str, Callable[[Any], Any]] = {
    "Boolean": _boolean,
    "Numeric": _numeric,
    "String": _string,
    "Timestamp": parse_timestamp,
}
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "GreaterThan": operator.gt,
    "GreaterThanEquals": operator.ge,
    "LessThan": operator.lt,
    "LessThanEquals": operator.le,
}
OPERATOR = re.compile(f"({'|'.join(TYPES)})({'|'.join(sorted(COMPARISONS, key=len, reverse=True))})(Path)?")


class _Operator:
    """An operator with the interface of moto's."""

    def __init__(self, typ: ComparisonOperatorType) -> None:
        self._name = typ.name

    def eval(self, env: Environment, value: Any) -> None:
        variable = env.stack.pop()
        env.stack.append(self._holds(env, variable, value))

    def _holds(self, env: Environment, variable: Any, value: Any) -> bool:
        missing = isinstance(variable, NoSuchVariable)
        if self._name == "IsPresent":
            return missing is not value
        if missing:
            raise _invalid_path(variable.path)
        if self._name == "IsNull":
            return (variable is None) is value
        if self._name == "StringMatches":
            return isinstance(variable, str) and _pattern(value).fullmatch(variable) is not None
        if self._name.startswith("Is"):
            return (TYPES[self._name.removeprefix("Is")](variable) is not None) is value
        parts = OPERATOR.fullmatch(self._name)
        if parts is None:
            raise AssertionError(f"moto's grammar has no operator {self._name}")
        of_type = TYPES[parts[1]]
        left, right = of_type(variable), of_type(_other_variable(env, value) if parts[3] else value)
        return left is not None and right is not None and COMPARISONS[parts[2]](left, right)


def _other_variable(env: Environment, path: str) -> Any:
    try:
        return _read(env, path)
    except NoSuchJsonPathError as error:
        raise _invalid_path(path) from error


def _read(env: Environment, path: str) -> Any:
    return read_in_state(path, env.stack[-1], env.states.context_object.context_object_data)


def _invalid_path(path: str) -> StatesError:
    return StatesError(
        StatesErrorNameType.StatesRuntime,
        f"Invalid path '{path}': The choice state's condition path references an invalid value.",
    )


def _pattern(text: str) -> re.Pattern[str]:
    r"""Return a pattern in which ``*`` matches any characters; ``\*`` and ``\\`` are escapes."""
    parts = re.findall(r"\\([*\\])|(\*)|(.)", text, flags=re.DOTALL)
    return re.compile(
        "".join(".*" if star else re.escape(escaped or other) for escaped, star, other in parts), re.DOTALL
    )


def _read_variable(self: Variable, env: Environment) -> None:
    path = getattr(self.string_sampler, "context_object_path", self.string_sampler.literal_value)
    try:
        value = _read(env, path)
    except NoSuchJsonPathError:
        value = NoSuchVariable(path)
    env.stack.append(value)


def _choose(self: StateChoice, env: Environment) -> None:
    try:
        original_of(StateChoice, "_eval_state")(self, env)
    except RuntimeError as error:
        if self.default_state is not None:
            raise
        raise StatesError(
            StatesErrorNameType.StatesNoChoiceMatched,
            "Failed to transition out of the state. The state does not point to a next state.",
        ) from error
