"""The history of a state machine's execution: the progress that users see while it runs, and what remains of it when it has failed."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.lake.runs.shared_job import failed_step

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

# With several tables, the state that registers one is RegisterPartitions.<database>.<table>.
FUNCTION_STATES = frozenset({"PlanRun", "RegisterPartitions"})
"""The states that call a function."""

_ATTEMPT_FAILED = {
    "TaskFailed": "taskFailedEventDetails",
    "TaskTimedOut": "taskTimedOutEventDetails",
    "TaskStartFailed": "taskStartFailedEventDetails",
    "TaskSubmitFailed": "taskSubmitFailedEventDetails",
    "LambdaFunctionFailed": "lambdaFunctionFailedEventDetails",
    "LambdaFunctionTimedOut": "lambdaFunctionTimedOutEventDetails",
}
_ATTEMPT_STARTS = {"TaskScheduled", "LambdaFunctionScheduled"}
_ATTEMPT_ENDED = {*_ATTEMPT_FAILED, "TaskSucceeded"}
_EXECUTION_ENDED_BADLY = {
    "ExecutionFailed": "executionFailedEventDetails",
    "ExecutionAborted": "executionAbortedEventDetails",
    "ExecutionTimedOut": "executionTimedOutEventDetails",
}


@dataclass(frozen=True)
class Entered:
    """A state has started."""

    state: str
    at: datetime


@dataclass(frozen=True)
class Finished:
    """A state has succeeded."""

    state: str
    seconds: float


@dataclass(frozen=True)
class Retried:
    """An attempt of a state failed, and another one starts."""

    state: str
    error: str
    cause: str = ""

    @property
    def refusal(self) -> str:
        """The error, and the service's message if it refused the call: only the message shows that a quota is 0."""
        said = self.cause.partition(" (Service:")[0]
        return self.error if not said or said.startswith("{") else f"{self.error}: {said}"


@dataclass(frozen=True)
class Failed:
    """The state in which the execution ended: failed, aborted or timed out."""

    state: str
    seconds: float
    error: str
    cause: str


@dataclass(frozen=True)
class Explanation:
    """A failure in words.

    Attributes
    ----------
    error
        The type of a function's exception, or the error of the service.
    message
        A job's exit message, a function's exception message, or the service's own text.
    job_name
        The processing job that failed, if the cause describes one.
    state
        The state that failed, or the step of a shared job.
    """

    error: str
    message: str
    job_name: str | None
    state: str


def explain(failure: Failed) -> Explanation:
    """Explain a failure; a task's cause is a JSON document of the called service."""
    cause = parse_object(failure.cause)
    message = cause.get("ExitMessage") or cause.get("FailureReason") or cause.get("errorMessage") or failure.cause
    return Explanation(
        str(cause.get("errorType") or failure.error),
        str(message),
        cause.get("ProcessingJobName"),
        failed_step(failure.state, str(message)) or failure.state,
    )


Progress = Entered | Finished | Retried | Failed


@dataclass
class FunctionCall:
    """A state that called a function, with all its attempts.

    Attributes
    ----------
    ended_at
        None while it is at work.
    """

    state: str
    started_at: datetime
    ended_at: datetime | None = None


def function_of(state: str) -> str | None:
    """Return the function that a state calls; None if it calls none."""
    name = state.partition(".")[0]
    return name if name in FUNCTION_STATES else None


@dataclass
class StepJob:
    """A processing job that a step started.

    Attributes
    ----------
    step
        The step; of a shared job, the job's name.
    ended
        Whether the job has ended, and its log is complete.
    """

    step: str
    job_name: str
    ended: bool = False


@dataclass
class HistoryReader:
    """A reader of an execution's events, which arrive in order, in several calls.

    Attributes
    ----------
    failure
        The state in which the execution failed, and the reason.
    data
        The latest state output that is a JSON object; it contains the plan and the registrations.
    job_name
        The processing job that the current state started last.
    registration_begun
        Whether a state that registers partitions was entered.
    jobs
        Every processing job of the execution, one for each attempt, in the order in which they started.
    calls
        Every state that called a function, in the order in which they started.
    """

    failure: Failed | None = None
    data: dict[str, Any] = field(default_factory=dict)
    job_name: str | None = None
    registration_begun: bool = False
    jobs: list[StepJob] = field(default_factory=list)
    calls: list[FunctionCall] = field(default_factory=list)
    _state_of: dict[int, str] = field(default_factory=dict)
    _seen: int = 0
    _open: Entered | None = None
    _entered_at: dict[str, datetime] = field(default_factory=dict)
    _attempt_errors: dict[str, tuple[str, str]] = field(default_factory=dict)

    def read(self, events: Iterable[Mapping[str, Any]]) -> Iterator[Progress]:
        """Yield the progress of new events in a history; events that were read before are skipped."""
        for event in events:
            if event["id"] > self._seen:
                self._seen = event["id"]
                yield from self._read_event(event["type"], event)

    def _read_event(self, kind: str, event: Mapping[str, Any]) -> Iterator[Progress]:
        self._follow_jobs(kind, event)
        self._follow_calls(kind, event)
        if kind.endswith("StateEntered"):
            self.job_name = None
            if kind == "TaskStateEntered":
                self._open = Entered(event["stateEnteredEventDetails"]["name"], event["timestamp"])
                self._entered_at[self._open.state] = self._open.at
                self.registration_begun |= self._open.state.startswith("RegisterPartitions")
                yield self._open
        elif kind.endswith("StateExited"):
            self._remember(event["stateExitedEventDetails"].get("output"))
            self._attempt_errors.pop(event["stateExitedEventDetails"]["name"], None)
            if kind == "TaskStateExited" and self._open:
                yield Finished(self._open.state, self._seconds(event))
                self._open = None
        elif kind in _ATTEMPT_STARTS:
            self._remember_job(event.get("taskScheduledEventDetails", {}).get("parameters"))
            state = self._state_of[event["id"]]
            if failed := self._attempt_errors.pop(state, None):
                yield Retried(state, *failed)
        elif kind in _ATTEMPT_FAILED:
            details = event.get(_ATTEMPT_FAILED[kind], {})
            self._attempt_errors[self._state_of[event["id"]]] = details.get("error", kind), details.get("cause", "")
        elif kind in _EXECUTION_ENDED_BADLY:
            yield self._fail(kind, event)
        elif kind == "ExecutionRedriven":
            yield from self._redrive(event)

    def _follow_jobs(self, kind: str, event: Mapping[str, Any]) -> None:
        """Record which state's job starts or ends: branches run in parallel, and only an event's predecessor identifies its state."""
        details = event.get("stateEnteredEventDetails")
        state = details["name"] if details else self._state_of.get(event.get("previousEventId", event["id"] - 1), "")
        self._state_of[event["id"]] = state
        if kind == "TaskScheduled":
            parameters = parse_object(event.get("taskScheduledEventDetails", {}).get("parameters"))
            if name := parameters.get("ProcessingJobName"):
                self.jobs.append(StepJob(state, name))
        elif kind in _ATTEMPT_ENDED:
            for job in self.jobs:
                job.ended = job.ended or job.step == state
        elif kind.startswith("Execution") and kind != "ExecutionStarted":
            for job in self.jobs:
                job.ended = True

    def _follow_calls(self, kind: str, event: Mapping[str, Any]) -> None:
        """Record when a state that calls a function starts or ends."""
        if kind == "TaskStateEntered" and function_of(state := event["stateEnteredEventDetails"]["name"]):
            self.calls.append(FunctionCall(state, event["timestamp"]))
        elif kind == "TaskStateExited" or kind in _EXECUTION_ENDED_BADLY:
            state = event.get("stateExitedEventDetails", {}).get("name")
            for call in self.calls:
                if call.ended_at is None and state in (None, call.state):
                    call.ended_at = event["timestamp"]

    def _redrive(self, event: Mapping[str, Any]) -> Iterator[Progress]:
        """Reopen the failed state, which a redrive continues without entering it again."""
        failed, self.failure = self.failure, None
        self._attempt_errors.clear()
        if failed and failed.state:
            self._open = Entered(failed.state, event["timestamp"])
            self._entered_at[failed.state] = event["timestamp"]
            yield self._open

    def _fail(self, kind: str, event: Mapping[str, Any]) -> Failed:
        details = event.get(_EXECUTION_ENDED_BADLY[kind], {})
        error, cause = "", ""
        if (
            self._attempt_errors
        ):  # of branches that run in parallel, the one that failed, not the one that was entered last
            state, (error, cause) = self._attempt_errors.popitem()
            self._open = Entered(state, self._entered_at.get(state, event["timestamp"]))
            self.job_name = next((job.job_name for job in reversed(self.jobs) if job.step == state), None)
        state, seconds = (self._open.state, self._seconds(event)) if self._open else ("", 0.0)
        self._open = None
        self.failure = Failed(state, seconds, details.get("error") or error or kind, details.get("cause") or cause)
        return self.failure

    def _seconds(self, event: Mapping[str, Any]) -> float:
        started: datetime = self._open.at if self._open else event["timestamp"]
        seconds: float = (event["timestamp"] - started).total_seconds()
        return max(seconds, 0.0)

    def _remember(self, output: str | None) -> None:
        document = parse_object(output)
        if document:
            self.data = document

    def _remember_job(self, parameters: str | None) -> None:
        self.job_name = parse_object(parameters).get("ProcessingJobName")


def parse_object(text: str | None) -> dict[str, Any]:
    """Return a JSON object; empty if the string is not one, for example because it was truncated."""
    try:
        document = json.loads(text or "null")
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}
