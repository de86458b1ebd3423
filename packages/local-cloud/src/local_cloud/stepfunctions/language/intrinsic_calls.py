"""Calls of intrinsic functions, parsed when a definition is created and evaluated when a state is entered.

https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
"""

from __future__ import annotations

import inspect
import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import moto.stepfunctions.parser.asl.component.state.fail.cause_decl as cause_decl
import moto.stepfunctions.parser.asl.component.state.fail.error_decl as error_decl
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.eval_component import EvalComponent
from moto.stepfunctions.parser.asl.parse.intrinsic.intrinsic_parser import IntrinsicParser
from moto.stepfunctions.parser.asl.utils.json_path import NoSuchJsonPathError

from local_cloud.patching import replace
from local_cloud.stepfunctions.language.intrinsic_functions import FUNCTIONS, ArgumentError, dump, unescape
from local_cloud.stepfunctions.language.intrinsic_syntax import (
    Argument,
    Call,
    InvalidCallError,
    Literal,
    Path,
    Text,
    parse_call,
)
from local_cloud.stepfunctions.language.json_paths import read_in_state
from local_cloud.stepfunctions.language.states_error import StatesError

if TYPE_CHECKING:
    from moto.stepfunctions.parser.asl.eval.environment import Environment


# The functions for ErrorPath and CausePath of a Fail state.
# https://docs.aws.amazon.com/step-functions/latest/dg/state-fail.html
_OF_STRINGS = {
    f"States.{name}"
    for name in ("ArrayGetItem", "Base64Decode", "Base64Encode", "Format", "Hash", "JsonToString", "UUID")
}


def call_functions() -> None:
    """Replace moto's intrinsic functions."""
    # moto: Step Functions' intrinsic functions only support ASCII, and fail with other error names; not reported yet: strings are Unicode, and
    # errors are States.IntrinsicFailure.
    replace(IntrinsicParser, "parse", staticmethod(_parse))
    # moto: Step Functions' Fail state rejects intrinsic functions, whose names it cuts (orma for Format); not reported yet: ErrorPath and
    # CausePath accept functions that return strings.
    for module in (cause_decl, error_decl):
        replace(module, "_STRING_RETURN_FUNCTIONS", _OF_STRINGS)


def check_call(source: str) -> Call:
    """Return a parsed call, whose functions exist and have the right numbers of arguments.

    Raises
    ------
    InvalidCallError
        If the call is invalid.
    """
    call = parse_call(source)
    _check(call)
    return call


def _check(call: Call) -> None:
    function = FUNCTIONS.get(call.function)
    if function is None:
        raise InvalidCallError(f"{call.function} is not an intrinsic function")
    try:
        inspect.signature(function).bind(*call.arguments)
    except TypeError as error:
        raise InvalidCallError(f"{call.function} does not take {len(call.arguments)} arguments") from error
    for argument in call.arguments:
        if isinstance(argument, Call):
            _check(argument)


def _parse(src: str) -> tuple[EvalComponent, None]:
    return _Function(check_call(json.loads(f'"{src}"'))), None


class _Function(EvalComponent):
    def __init__(self, call: Call) -> None:
        self._call = call
        # Read by moto's Fail state.
        self.name = SimpleNamespace(name=call.function)

    def _field_name(self) -> None:
        """Keep the field's name, which the cause of a failure contains."""

    def _eval_body(self, env: Environment) -> None:
        context = env.states.context_object.context_object_data
        try:
            env.stack.append(_evaluate(self._call, env.stack[-1], context))
        except ArgumentError as error:
            raise StatesError(
                StatesErrorNameType.StatesIntrinsicFailure,
                f"The function '{self._call.source}' had the following error: {error}",
            ) from error
        except NoSuchJsonPathError as error:
            raise StatesError(
                StatesErrorNameType.StatesRuntime,
                f"The function '{self._call.source}' had the following error: The JsonPath argument for the field "
                f"'{error.json_path}' could not be found in the input '{dump(error.data)}'",
            ) from error


def _evaluate(argument: Argument, data: Any, context: Any) -> Any:
    match argument:
        case Literal(value):
            return value
        case Text(written):
            return unescape(written)
        case Path(path):
            return read_in_state(path, data, context)
        case Call(function, arguments):
            values = [_evaluate(one, data, context) for one in arguments]
            if function == "States.Format":
                values[0] = _template(arguments[0], values[0])
            return FUNCTIONS[function](*values)


def _template(argument: Argument, value: Any) -> Any:
    r"""Return a template with its escapes, as ``\{\}`` is not replaced; values from the input have no escapes."""
    if isinstance(argument, Text):
        return argument.written
    return value.replace("\\", "\\\\") if isinstance(value, str) else value
