"""StopExecution ends an execution whatever it is at, with the error and the cause that it is given; moto drops both, and trips thrice.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_StopExecution.html
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.stepfunctions.parser.api import ExecutionStatus
from moto.stepfunctions.parser.asl.component.common.timeouts.heartbeat import HeartbeatSeconds
from moto.stepfunctions.parser.asl.component.common.timeouts.timeout import TimeoutSeconds
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.responses import StepFunctionResponse

from local_cloud.backend_lock import waiting
from local_cloud.patching import original_of, replace

if TYPE_CHECKING:
    from moto.stepfunctions.parser.api import ExecutionFailedEventDetails

_BEGINS_WITHIN_SECONDS = 10.0
_EVENTS_OF_A_BEGINNING = 2  # ExecutionStarted, and that the first state was entered


def stop_executions() -> None:
    """Hook into the call, into how an execution takes an error, and into what a task pops from the stack for its history."""
    replace(StepFunctionResponse, "stop_execution", _stop_execution)
    replace(Environment, "set_error", _set_error)
    replace(TimeoutSeconds, "eval", _push)
    replace(HeartbeatSeconds, "eval", _push)


def _stop_execution(self: StepFunctionResponse) -> ActionResult:
    execution: Any = self.stepfunction_backend.describe_execution(self._get_param("executionArn"))
    now = utcnow()
    _wait_for_the_beginning(execution)
    execution.stop(stop_date=now, error=self._get_param("error"), cause=self._get_param("cause"))
    return ActionResult({"stopDate": execution.stop_date or now})


def _wait_for_the_beginning(execution: Any) -> None:
    """Wait for the execution's thread: until it is in a state, there is nothing to stop, and later nobody would tell of the end."""
    deadline = time.monotonic() + _BEGINS_WITHIN_SECONDS
    while (
        execution.exec_status == ExecutionStatus.RUNNING
        and len(execution.to_history_output()["events"]) < _EVENTS_OF_A_BEGINNING
        and time.monotonic() < deadline
    ):
        with waiting():
            time.sleep(0.01)


def _set_error(self: Environment, error: ExecutionFailedEventDetails) -> None:
    """Take an error as the end, unless there is one already: what fails afterwards changes nothing any more."""
    if self.is_running():
        original_of(Environment, "set_error")(self, error)


def _push(self: TimeoutSeconds | HeartbeatSeconds, env: Environment) -> None:
    """Push a constant, also where the execution has been stopped: moto evaluates nothing then, and the task pops what is not its own."""
    self._eval_body(env)
