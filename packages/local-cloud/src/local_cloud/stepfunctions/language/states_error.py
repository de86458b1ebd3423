"""The errors of the Amazon States Language, and the retriers and catchers that match them.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.iteration_worker as iteration_worker
import moto.stepfunctions.parser.asl.component.state.exec.state_parallel.branches_decl as branches_decl
import moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service as state_task_service
import moto.stepfunctions.parser.asl.component.state.exec.state_task.state_task_lambda as state_task_lambda
import moto.stepfunctions.parser.asl.component.state.fail.state_fail as state_fail
import moto.stepfunctions.parser.asl.component.state.state as state
from moto.stepfunctions.parser.api import HistoryEventType, TaskFailedEventDetails
from moto.stepfunctions.parser.asl.component.common.error_name.error_equals_decl import ErrorEqualsDecl
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.state.exec.execute_state import ExecutionState
from moto.stepfunctions.parser.asl.component.state.state import CommonStateField

from local_cloud.patching import original_of, replace
from local_cloud.stepfunctions.language.intrinsic_functions import dump

if TYPE_CHECKING:
    from moto.stepfunctions.parser.asl.component.common.error_name.error_name import ErrorName
    from moto.stepfunctions.parser.asl.eval.environment import Environment

# https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
_MOST_BYTES = 256 * 1024
# "always cause the execution to fail" and "can't be caught by the States.ALL error type"
_TERMINAL = {"States.DataLimitExceeded", "States.Runtime"}
_OCCURRED = "An error occurred while executing the state"
_NOT_FAILED_TASKS = _TERMINAL | {"States.Timeout", "States.HeartbeatTimeout"}


class StatesError(Exception):
    """An error of the Amazon States Language in a state."""

    def __init__(self, error: StatesErrorNameType, cause: str) -> None:
        super().__init__(cause)
        self.error = error
        self.cause = cause


def name_errors() -> None:
    """Replace how moto's states fail, and how retriers and catchers match errors."""
    # moto: Step Functions' states fail with States.Runtime instead of the error's documented name; not reported yet: Retry and Catch then do
    # not match, for example, States.ParameterPathFailure.
    # moto: Step Functions' States.ALL also matches States.Runtime and States.DataLimitExceeded; not reported yet: AWS documents that it does
    # not match these two errors.
    # moto: Step Functions rejects error names with the prefix States. in branches, items and Fail states; not reported yet: AWS reports the
    # error of a failed branch or item by its name.
    replace(CommonStateField, "_eval_body", _eval_state)
    replace(ExecutionState, "_evaluate_with_timeout", _evaluate_with_timeout)
    replace(ErrorEqualsDecl, "_eval_body", _match)
    for module in (branches_decl, iteration_worker, state_fail):
        replace(module, "CustomErrorName", _error_name)
    replace(FailureEventException, "get_execution_failed_event_details", _failed_details)
    # moto: Step Functions counts the payload limit of 256 KB in escaped JSON; not reported yet: AWS counts bytes of UTF-8.
    for module in (state, state_task_lambda, state_task_service):
        replace(module, "is_within_size_quota", is_within_size_quota)


def _eval_state(self: CommonStateField, env: Environment) -> None:
    try:
        original_of(CommonStateField, "_eval_body")(self, env)
    except StatesError as error:
        raise _as_failure(env, error) from error


def _evaluate_with_timeout(self: ExecutionState, env: Environment) -> None:
    """Evaluate one attempt, whose errors can be retried or caught."""
    try:
        original_of(ExecutionState, "_evaluate_with_timeout")(self, env)
    except StatesError as error:
        raise _as_failure(env, error) from error


def _as_failure(env: Environment, error: StatesError) -> FailureEventException:
    name = error.error.to_name()
    details: Any = {"taskFailedEventDetails": TaskFailedEventDetails(error=name, cause=_cause(env, error))}
    return FailureEventException(
        FailureEvent(
            env=env,
            error_name=StatesErrorName(typ=error.error),
            event_type=HistoryEventType.TaskFailed,
            event_details=details,
        )
    )


def _cause(env: Environment, error: StatesError) -> str:
    entered = f"(entered at the event id #{env.event_history_context.source_event_id})"
    return f"{_OCCURRED} '{env.next_state_name}' {entered}. {error.cause}"


def _failed_details(self: FailureEventException) -> dict[str, Any] | None:
    """Return the details of a failed execution; moto repeats the state's name for each enclosing Parallel state."""
    details: dict[str, Any] | None = original_of(FailureEventException, "get_execution_failed_event_details")(self)
    _, cause = self.extract_error_cause_pair() or (None, None)
    return {**details, "cause": cause} if details and cause and cause.startswith(_OCCURRED) else details


def _match(self: ErrorEqualsDecl, env: Environment) -> None:
    failed = env.stack.pop().error_name
    env.stack.append(any(_matches(listed.error_name, failed) for listed in self.error_names))


def _matches(listed: str | None, failed: str | None) -> bool:
    if listed == "States.ALL":
        return failed not in _TERMINAL
    if listed == "States.TaskFailed":
        return failed not in _NOT_FAILED_TASKS
    return listed == failed != "States.Runtime"


def is_within_size_quota(value: Any) -> bool:
    """Return whether a value is within the limit, in bytes of UTF-8."""
    return len((value if isinstance(value, str) else dump(value)).encode("utf-8", "surrogatepass")) <= _MOST_BYTES


def _error_name(error_name: str | None) -> ErrorName:
    """Return the error of a branch, an item or a Fail state, whose name may begin with ``States.``."""
    for kind in StatesErrorNameType:
        if kind.to_name() == error_name:
            return StatesErrorName(typ=kind)
    name: ErrorName = original_of(branches_decl, "CustomErrorName")(error_name)
    return name
