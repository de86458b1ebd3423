"""RedriveExecution: an execution that did not succeed resumes at the states, branches and items that did not succeed.

It keeps its ARN, input, start and definition. A state that it was in is not entered again: a redrive is for states with a ``…StateEntered``
event and no ``…StateExited`` event. Retriers count from 0 again.

https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from moto.stepfunctions.parser.api import (
    ExecutionNotRedrivable,
    ExecutionRedrivenEventDetails,
    ExecutionStatus,
    HistoryEventType,
    StateMachineType,
)
from moto.stepfunctions.parser.asl.eval.event.event_manager import EventHistoryContext
from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker

from local_cloud.patching import original_of, replace
from local_cloud.stepfunctions.executions.progress import progress_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from moto.stepfunctions.parser.asl.eval.environment import Environment
    from moto.stepfunctions.parser.backend.execution import Execution

_PERIOD = dt.timedelta(days=14)
_LONGEST_OPEN = dt.timedelta(days=365)
_MOST_EVENTS = 24_999  # "less than 24,999 events"
_TOKENS = 10  # "idempotent responses for the last 10 client tokens"
_TOKEN_LASTS = dt.timedelta(minutes=15)
_TOO_LARGE = "States.DataLimitExceeded"


@dataclass
class Redrives:
    """The redrives of an execution or a Map Run.

    Attributes
    ----------
    tokens
        The date of the redrive that a client token began, by token.
    """

    count: int = 0
    date: dt.datetime | None = None
    tokens: dict[str, dt.datetime] = field(default_factory=dict)

    def begun_by(self, token: str | None) -> dt.datetime | None:
        """Return the date of the redrive that a recent client token began, or None if it began none."""
        date = None if token is None else self.tokens.get(token)
        return date if date is not None and dt.datetime.now(dt.UTC) - date <= _TOKEN_LASTS else None

    def add(self, date: dt.datetime, token: str | None = None) -> None:
        """Count a redrive."""
        self.count, self.date = self.count + 1, date
        if token is not None:
            self.tokens = dict([*self.tokens.items(), (token, date)][-_TOKENS:])

    def members(self) -> dict[str, Any]:
        """Return the members of API responses about redrives."""
        return {"redriveCount": self.count, **({} if self.date is None else {"redriveDate": self.date})}


def resume_redriven_executions() -> None:
    """Replace how an execution's thread begins."""
    # extension: an execution that is redriven already has an environment, with its history and progress.
    replace(ExecutionWorker, "_execution_logic", _execution_logic)


def redrives_of(execution: Any) -> Redrives:
    """Return the redrives of an execution."""
    if not hasattr(execution, "redrives"):
        execution.redrives = Redrives()
    redrives: Redrives = execution.redrives
    return redrives


def describe_redrives(execution: Execution) -> dict[str, Any]:
    """Return the members of DescribeExecution about redrives."""
    described = redrives_of(execution).members()
    reason = _why_not_redrivable(execution)
    if reason is None:
        return described | {"redriveStatus": "REDRIVABLE"}
    return described | {"redriveStatus": "NOT_REDRIVABLE", "redriveStatusReason": reason}


def _why_not_redrivable(execution: Execution) -> str | None:
    """Return the reason why an execution cannot be redriven, or None if it can.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html
    """
    return next(_reasons(execution, dt.datetime.now(dt.UTC)), None)


def _reasons(execution: Any, now: dt.datetime) -> Iterator[str]:
    status = ExecutionStatus(execution.exec_status)
    if execution.sm_type == StateMachineType.EXPRESS:
        yield "Execution of an EXPRESS state machine cannot be redriven"
    if status in (ExecutionStatus.RUNNING, ExecutionStatus.SUCCEEDED):
        yield f"Execution is {status.value} and cannot be redriven"
    elif now - execution.stop_date > _PERIOD:
        yield "Execution redrivable period exceeded"
    elif now - execution.start_date > _LONGEST_OPEN:
        yield "Execution has exceeded the max execution time"
    elif (env := execution.exec_worker.env) is None or not hasattr(env, "progress"):
        yield "the local cloud could not interpret the execution"
    elif len(env.event_manager.get_event_history()) >= _MOST_EVENTS:
        yield "Execution history event limit exceeded"


def redrive(execution: Any, token: str | None) -> dt.datetime:
    """Resume an execution, and return the date.

    Raises
    ------
    ExecutionNotRedrivable
        If the execution cannot be redriven.
    """
    redrives, now = redrives_of(execution), dt.datetime.now(dt.UTC)
    if (reason := _why_not_redrivable(execution)) is not None:
        raise ExecutionNotRedrivable(f"{execution.exec_arn} cannot be redriven: {reason}")
    redrives.add(now, token)
    worker = execution._get_start_execution_worker()
    worker.env = _environment(worker, execution, redrives.count)
    execution.exec_worker = worker
    execution.exec_status = ExecutionStatus.RUNNING
    execution.stop_date = execution.output = execution.error = execution.cause = None
    worker.start()
    return now


def _environment(worker: ExecutionWorker, execution: Any, count: int) -> Environment:
    """Return an environment that resumes where the execution's last one has ended."""
    earlier = execution.exec_worker.env
    env: Any = worker._get_evaluation_environment()
    earlier.event_history_context.is_closed = True
    env.event_manager = earlier.event_manager
    env.map_run_record_pool_manager = earlier.map_run_record_pool_manager
    env.states.context_object.context_object_data["Execution"]["RedriveCount"] = count
    env.progress = progress_of(earlier).for_redrive(reruns_all_parts=execution.error == _TOO_LARGE)
    last: int = env.event_manager.get_event_history()[-1]["id"]
    env.event_history_context = EventHistoryContext(previous_event_id=last)
    details = ExecutionRedrivenEventDetails(redriveCount=count)
    env.event_manager.add_event(
        context=env.event_history_context,
        event_type=HistoryEventType.ExecutionRedriven,
        event_details={"executionRedrivenEventDetails": details},
    )
    env.next_state_name = env.progress.state  # it runs from now on, and can be stopped
    redriven: Environment = env
    return redriven


def _execution_logic(self: ExecutionWorker) -> None:
    if self.env is None:
        original_of(ExecutionWorker, "_execution_logic")(self)
    else:
        self._get_evaluation_entrypoint().eval(self.env)
        self._execution_communication.terminated()
