"""An execution of the copy, and the events in its history that show how AWS behaves."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.cli.runs.executions.execution import start_execution
from partitioned_pipelines.runtime.executions.history import HistoryReader, parse_object

if TYPE_CHECKING:
    from collections.abc import Mapping

    from partitioned_pipelines.cli.target.target import Cloud

_TASK_FAILED = {
    "TaskFailed": "taskFailedEventDetails",
    "LambdaFunctionFailed": "lambdaFunctionFailedEventDetails",
}


@dataclass
class History:
    """An execution and its history."""

    cloud: Cloud
    arn: str
    events: list[Mapping[str, Any]] = field(default_factory=list)

    @classmethod
    def start(cls, cloud: Cloud, outputs: Mapping[str, str], execution_input: Mapping[str, str]) -> History:
        """Start an execution, given the outputs of its pipeline's stack."""
        return cls(cloud, start_execution(cloud, outputs, execution_input))

    def ended(self) -> str | None:
        """Return the execution's status; None while it is running."""
        status: str = self.cloud.step_functions.describe_execution(executionArn=self.arn)["status"]
        return None if status in {"RUNNING", "PENDING_REDRIVE"} else status

    def read(self) -> None:
        """Read the events so far."""
        pages = self.cloud.step_functions.get_paginator("get_execution_history").paginate(executionArn=self.arn)
        self.events = [event for page in pages for event in page["events"]]

    @property
    def output(self) -> dict[str, Any]:
        """The execution's output, once it has succeeded."""
        return parse_object(self.cloud.step_functions.describe_execution(executionArn=self.arn).get("output"))

    @property
    def why(self) -> str:
        """The failed state and the reason, in one line."""
        reader = HistoryReader()
        list(reader.read(self.events))
        failure = reader.failure
        return f"{failure.state}: {failure.error}: {failure.cause}" if failure else "no failure in its history"

    def job_requests(self) -> list[dict[str, Any]]:
        """Return the requests of the execution's processing jobs, in order."""
        asked = [
            parse_object(event["taskScheduledEventDetails"].get("parameters"))
            for event in self.events
            if event["type"] == "TaskScheduled"
        ]
        return [one for one in asked if "ProcessingJobName" in one]

    def job_results(self) -> list[dict[str, Any]]:
        """Return the complete output of `.sync` for each successful job."""
        results = [
            parse_object(event["taskSucceededEventDetails"].get("output"))
            for event in self.events
            if event["type"] == "TaskSucceeded"
        ]
        return [one for one in results if "ProcessingJobArn" in one]

    def failed_attempts(self) -> list[tuple[str, str]]:
        """Return the error and the cause of each failed attempt of a task."""
        details = [event.get(_TASK_FAILED[event["type"]], {}) for event in self.events if event["type"] in _TASK_FAILED]
        return [(str(one.get("error", "")), str(one.get("cause", ""))) for one in details]
