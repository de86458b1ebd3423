"""Executions whose thread dies: they fail with the reason.

An exception in a state is the state's error. This is about errors of the interpreter: a definition that it cannot parse, a result that
cannot be serialized, or a thread that cannot be started.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import threading
from typing import TYPE_CHECKING, Any

from moto.stepfunctions.parser.api import ExecutionFailedEventDetails, ExecutionStatus, HistoryEventType
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.eval_component import EvalComponent
from moto.stepfunctions.parser.asl.component.program.program import Program
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker, SyncExecutionWorker
from moto.stepfunctions.parser.utils import TMP_THREADS

from local_cloud.backend_lock import waiting
from local_cloud.daemon_thread import start_daemon_thread
from local_cloud.patching import original_of, replace
from local_cloud.stepfunctions.executions.progress import begin_program
from local_cloud.stepfunctions.executions.status_events import emit_status

if TYPE_CHECKING:
    from moto.stepfunctions.parser.backend.execution import Execution

_LOG = logging.getLogger(__name__)
_RUNTIME = StatesErrorNameType.StatesRuntime.to_name()


def fail_executions_whose_thread_dies() -> None:
    """Replace how moto starts the threads of executions and branches."""
    # moto: Step Functions' executions stay RUNNING forever if an exception ends the interpreter's thread; not reported yet: the execution
    # should fail with States.Runtime.
    replace(ExecutionWorker, "start", _start)
    replace(SyncExecutionWorker, "start", _run)
    replace(Program, "eval", _eval)


def _start(self: ExecutionWorker) -> None:
    TMP_THREADS[:] = [
        thread for thread in TMP_THREADS if thread.is_alive()
    ]  # moto keeps the threads of all branches and callbacks
    name = self._evaluation_details.execution_details.name
    start_daemon_thread(f"execution-{name}", self._execution_logic, lambda error: _fail(self, error))


def _run(self: ExecutionWorker) -> None:
    try:
        self._execution_logic()  # type: ignore[no-untyped-call]  # moto's function
    except Exception as error:  # noqa: BLE001 - reported as the execution's error
        _LOG.exception("execution %s", self._evaluation_details.execution_details.arn)
        _fail(self, error)


def _fail(worker: ExecutionWorker, error: Exception) -> None:
    """Fail an execution that has not ended."""
    execution: Execution = worker._execution_communication.execution  # type: ignore[attr-defined]  # set by the backend
    if execution.exec_status != ExecutionStatus.RUNNING:
        return
    details = _details(error)
    if worker.env is None:
        with contextlib.suppress(Exception):  # the history itself may have failed
            worker.env = worker._get_evaluation_environment()
    if worker.env is not None:
        _add_event(worker.env, details)
    execution.error, execution.cause = details["error"], details["cause"]
    execution.stop_date = dt.datetime.now(tz=dt.UTC)
    execution.exec_status = ExecutionStatus.FAILED
    emit_status(execution, "FAILED")


def _eval(self: Program, env: Environment) -> None:
    """Run the states in a thread that can be abandoned at a timeout, as moto does, and keep its exception."""
    with env._state_mutex:
        has_begun = env.program_state() is None or env.is_running()
        goes_on = has_begun and begin_program(self, env)
    if not goes_on:
        if not env.is_frame():  # an execution that was stopped before
            self._eval_body(env)
        return
    died: list[Exception] = []
    ended = threading.Event()

    def run() -> None:
        EvalComponent.eval(self, env)
        ended.set()

    def fail(error: Exception) -> None:
        died.append(error)
        ended.set()

    start_daemon_thread("states", run, fail)
    with waiting():
        in_time = ended.wait(self.timeout_seconds.timeout_seconds if self.timeout_seconds else None)
    if not in_time:
        env.set_timed_out()
        if not env.is_frame():
            _close(env)
    elif died:
        details = _details(died[0])
        # The result of the last state could not be stored.
        original_of(Environment, "set_error")(env, details)
        if not env.is_frame():
            _add_event(env, details)


def _close(env: Any) -> None:
    """End the history at once: the state that has taken too long may end much later."""
    details: Any = {"executionTimedOutEventDetails": {}}
    env.event_manager.add_event(
        context=env.event_history_context, event_type=HistoryEventType.ExecutionTimedOut, event_details=details
    )
    env.event_history_context.is_closed = True


def _details(error: Exception) -> ExecutionFailedEventDetails:
    return ExecutionFailedEventDetails(error=_RUNTIME, cause=f"{type(error).__name__}: {error}")


def _add_event(env: Environment, details: ExecutionFailedEventDetails) -> None:
    described: Any = {"executionFailedEventDetails": details}  # moto's type requires the details of all kinds of events
    env.event_manager.add_event(
        context=env.event_history_context,
        event_type=HistoryEventType.ExecutionFailed,
        event_details=described,
    )
