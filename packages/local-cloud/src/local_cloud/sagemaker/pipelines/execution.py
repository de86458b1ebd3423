"""An execution of a pipeline: each step runs when the steps that it needs have succeeded."""

from __future__ import annotations

import datetime as dt
import functools
import logging
import threading
import time
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from moto.core.utils import utcnow

from local_cloud.daemon_thread import in_daemon_thread, start_daemon_thread
from local_cloud.sagemaker.pipelines.references import InvalidReferenceError, follow, resolve
from local_cloud.sagemaker.pipelines.retry_policies import pause_before_retry
from local_cloud.sagemaker.pipelines.status_events import StatusEvents
from local_cloud.sagemaker.pipelines.step_runs import RUNS, StepCall, StepFailedError, StepStoppedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from local_cloud.sagemaker.pipelines.definition import Definition, Step
    from local_cloud.sagemaker.pipelines.references import Part

_LOG = logging.getLogger(__name__)
_DEFAULT_PARALLELISM = 50
_RETRYABLE = ("Failed", "Stopped")  # assumed: the documentation names none
FAILURE_REASON = "Step failure: One or multiple steps failed."


@dataclass
class StepState:
    """The state of a step, as in ListPipelineExecutionSteps, and its properties for other steps."""

    step: Step
    status: str = "Starting"
    started: dt.datetime = field(default_factory=utcnow)
    ended: dt.datetime | None = None
    failure_reason: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    attempts: int = 0
    properties: dict[str, Any] = field(default_factory=dict)

    def describe(self) -> dict[str, Any]:
        """Return the API's PipelineExecutionStep."""
        described = {
            "StepName": self.step.name,
            "StepDisplayName": self.step.document.get("DisplayName"),
            "StepDescription": self.step.document.get("Description"),
            "StartTime": self.started,
            "EndTime": self.ended,
            "StepStatus": self.status,
            "FailureReason": self.failure_reason,
            "Metadata": self.metadata,
            "AttemptCount": self.attempts,
        }
        return {name: value for name, value in described.items() if value is not None}


class WrongStatusError(Exception):
    """An execution is not in a status that an operation needs."""

    def __init__(self, rule: str, execution: PipelineExecution) -> None:
        super().__init__(f"{rule}: {execution.arn} is {execution.status}")


class PipelineExecution:
    """An execution of a pipeline.

    Parameters
    ----------
    arn
        The ARN of the execution.
    request
        The request of StartPipelineExecution.
    text
        The definition at the start.
    """

    def __init__(
        self,
        arn: str,
        pipeline_arn: str,
        request: dict[str, Any],
        text: str,
        definition: Definition,
        parallelism: int | None,
    ) -> None:
        self.arn = arn
        self.request = request
        self.definition_text = text
        self.created = self.changed = utcnow()
        self.status = "Executing"
        self.failure_reason: str | None = None
        given = {item["Name"]: item["Value"] for item in request.get("PipelineParameters") or []}
        self.parameters = definition.bind(given)
        self.steps: dict[str, StepState] = {}
        self._definition = definition
        self._parallelism = parallelism or _DEFAULT_PARALLELISM
        self._pipeline_arn = pipeline_arn
        self._region = arn.split(":")[3]
        self._id = arn.rpartition("/")[2]
        self._stop = threading.Event()
        self._stop_is_asked_for = False
        self._events = StatusEvents(pipeline_arn, arn, self._region)
        self._retries: set[str] = set()

    @property
    def display_name(self) -> str:
        """The display name."""
        return str(
            self.request.get("PipelineExecutionDisplayName")
            or f"execution-{int(self.created.replace(tzinfo=dt.UTC).timestamp() * 1000)}"
        )

    def start(self) -> None:
        """Start the execution in its own thread."""
        self._tell(None)
        start_daemon_thread(f"pipeline-{self._id}", self._run, self._fail)

    def stop(self) -> None:
        """Stop the execution and its steps.

        Raises
        ------
        WrongStatusError
            If the execution is being stopped, or has ended.
        """
        if self.status != "Executing":
            raise WrongStatusError("Only pipelines with 'Executing' status can be stopped", self)
        self._stop_is_asked_for = True
        self._become("Stopping")
        self._stop.set()

    def retry(self, token: str, parallelism: int | None) -> None:
        """Run the steps that did not succeed; the others keep their results. A repeated token does nothing.

        Parameters
        ----------
        parallelism
            The most steps to run at a time; None keeps the number.

        Raises
        ------
        WrongStatusError
            If the execution neither failed nor was stopped.
        """
        if token in self._retries:
            return
        if self.status not in _RETRYABLE:
            raise WrongStatusError("Only pipelines with 'Failed' or 'Stopped' status can be retried", self)
        self._retries.add(token)
        self._parallelism = parallelism or self._parallelism
        self.steps = {name: state for name, state in self.steps.items() if state.status == "Succeeded"}
        self.failure_reason = None
        self._stop, self._stop_is_asked_for = threading.Event(), False
        self._become("Executing")
        start_daemon_thread(f"pipeline-{self._id}", self._run, self._fail)

    def _run(self) -> None:
        if self._run_steps():
            self._end("Failed", FAILURE_REASON)
        else:
            self._end("Stopped" if self._stop_is_asked_for else "Succeeded")

    def _fail(self, error: Exception) -> None:
        self._stop.set()  # stops the running steps
        if self.status in {"Executing", "Stopping"}:
            self._end("Failed", f"InternalServerError: {error}")

    def _run_steps(self) -> bool:
        """Run the steps. Returns True if one has failed, after which no other one is started."""
        waiting = list(self._waiting(self._definition.steps))
        running: dict[Future[None], StepState] = {}
        failed = False
        while True:
            ready = [] if failed or self._stop.is_set() else [step for step in waiting if self._is_ready(step)]
            for step in ready[: self._parallelism - len(running)]:
                waiting.remove(step)
                state = self.steps[step.name] = StepState(step)
                running[in_daemon_thread(f"step-{step.name}", functools.partial(self._run_step, state))] = state
            if not running:
                return failed
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                state = running.pop(future)
                if (error := future.exception()) is not None:
                    _LOG.error("step %s of %s", state.step.name, self.arn, exc_info=error)
                    state.failure_reason = f"InternalServerError: {error}"
                    self._step_becomes(state, "Failed")
                failed = failed or state.status == "Failed"
                if state.status == "Failed" and state.step.kind == "Fail":
                    self._stop.set()  # it stops the whole execution
                if state.step.kind == "Condition" and state.status == "Succeeded":
                    waiting += _chosen_steps(state)

    def _waiting(self, steps: Iterable[Step]) -> Iterator[Step]:
        """Yield the steps that have not succeeded, including those of evaluated conditions."""
        for step in steps:
            if step.name not in self.steps:
                yield step
            elif step.kind == "Condition":
                yield from self._waiting(_chosen_steps(self.steps[step.name]))

    def _is_ready(self, step: Step) -> bool:
        return all(name in self.steps and self.steps[name].status == "Succeeded" for name in step.needs)

    def _run_step(self, state: StepState) -> None:
        self._step_becomes(state, "Executing")
        try:
            state.properties = self._attempts(state)
        except StepStoppedError:
            self._step_becomes(state, "Stopped")
        except (StepFailedError, InvalidReferenceError) as error:
            state.failure_reason = str(error)
            self._step_becomes(state, "Failed")
        else:
            self._step_becomes(state, "Succeeded")

    def _attempts(self, state: StepState) -> dict[str, Any]:
        began = time.monotonic()
        while True:
            state.attempts += 1
            document = {**state.step.document, "Arguments": resolve(state.step.document["Arguments"], self._look_up)}
            call = StepCall(document, self._id, self._region, self._stop, lambda told: setattr(state, "metadata", told))
            try:
                return RUNS[state.step.kind](call)
            except StepFailedError as error:
                policies = state.step.document.get("RetryPolicies", [])
                pause = pause_before_retry(policies, error.exception_type, state.attempts, time.monotonic() - began)
                if pause is None:
                    raise
                if self._stop.wait(pause):
                    raise StepStoppedError from error

    def _look_up(self, reference: tuple[Part, ...]) -> Any:
        root, *path = reference
        if root == "Parameters":
            return follow(self.parameters, tuple(path))
        if root == "Steps":
            return follow(self.steps[str(path[0])].properties, tuple(path[1:]))
        variables = {
            "PipelineName": self._pipeline_arn.rpartition("/")[2],
            "PipelineArn": self._pipeline_arn,
            "PipelineExecutionId": self._id,
            "PipelineExecutionArn": self.arn,
            "StartDateTime": _iso(self.created),
            "CurrentDateTime": _iso(utcnow()),
        }
        return follow(variables, tuple(path))

    def _end(self, status: str, failure_reason: str | None = None) -> None:
        self.failure_reason = failure_reason
        self._become(status)

    def _become(self, status: str) -> None:
        previous = self.status
        self.changed = utcnow()
        self.status = status  # last: clients that poll the status read the other fields after it
        self._tell(previous)

    def _tell(self, previous: str | None) -> None:
        self._events.execution_changed(
            {
                "pipelineExecutionDisplayName": self.display_name,
                "pipelineExecutionDescription": self.request.get("PipelineExecutionDescription"),
                "currentPipelineExecutionStatus": self.status,
                "previousPipelineExecutionStatus": previous,
                "executionStartTime": self.created,
                "executionEndTime": self.changed if self.status in {"Succeeded", "Failed", "Stopped"} else None,
            }
        )

    def _step_becomes(self, state: StepState, status: str) -> None:
        previous = state.status
        if status != "Executing":
            state.ended = utcnow()
        state.status = status
        self._events.step_changed(
            {
                "metadata": {f"{name[0].lower()}{name[1:]}": _lower(value) for name, value in state.metadata.items()},
                "stepName": state.step.name,
                "stepType": state.step.kind,
                "stepStartTime": state.started,
                "stepEndTime": state.ended,
                "previousStepStatus": previous,
                "currentStepStatus": status,
                "failureReason": state.failure_reason,
            }
        )


def _chosen_steps(condition: StepState) -> tuple[Step, ...]:
    return condition.step.then if condition.properties["Outcome"] == "True" else condition.step.otherwise


def _lower(document: dict[str, Any]) -> dict[str, Any]:
    return {f"{name[0].lower()}{name[1:]}": value for name, value in document.items()}


def _iso(value: dt.datetime) -> str:
    return f"{value.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"
