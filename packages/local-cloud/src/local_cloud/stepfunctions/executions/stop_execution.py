"""StopExecution, with the given error and cause.

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
_EVENTS_OF_A_BEGINNING = 2  # ExecutionStarted and the entry of the first state


def stop_executions() -> None:
    """Replace moto's operation, and how executions end."""
    # moto: Step Functions' StopExecution drops error and cause; not reported yet: AWS returns both in DescribeExecution and in the history.
    # moto: Step Functions' StopExecution fails with an internal error if the execution has just started or is in a task with a timeout; not
    # reported yet: an execution can be stopped in any state.
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
    """Wait until the execution's thread is in a state: an execution that is stopped before would not report its end."""
    deadline = time.monotonic() + _BEGINS_WITHIN_SECONDS
    while (
        execution.exec_status == ExecutionStatus.RUNNING
        and len(execution.to_history_output()["events"]) < _EVENTS_OF_A_BEGINNING
        and time.monotonic() < deadline
    ):
        with waiting():
            time.sleep(0.01)


def _set_error(self: Environment, error: ExecutionFailedEventDetails) -> None:
    """End an execution with an error, unless it has ended: later errors are ignored."""
    if self.is_running():
        original_of(Environment, "set_error")(self, error)


def _push(self: TimeoutSeconds | HeartbeatSeconds, env: Environment) -> None:
    """Push a constant even if the execution is stopped: moto does not, and the task then pops a value of another state."""
    self._eval_body(env)
