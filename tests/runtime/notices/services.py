"""Services as Notify reads them: executions with their histories or steps, logs, and a topic that keeps what it gets."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from partitioned_pipelines.runtime.notices.notify import Clients, notify
from partitioned_pipelines.runtime.notices.optional_calls import Reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from partitioned_pipelines.runtime.notices.notice import Notice

START = datetime(2026, 2, 2, 6, tzinfo=UTC)
MACHINE = "arn:aws:states:eu-central-1:123456789012:stateMachine:pipelines-told"
PIPELINE = "arn:aws:sagemaker:eu-central-1:123456789012:pipeline/pipelines-told"
TOPIC = "arn:aws:sns:eu-central-1:123456789012:pipelines-notices"
JOB = "told--transform-1a2b3c4d"
PLAN = {
    "outcome": "run",
    "run_id": "r",
    "process_start": "2026-02-01",
    "process_end": "2026-02-02",
    "process_date": "2026-02-01",
}
SPEC = {
    "pipeline": "told",
    "schedule": {"timezone": "Asia/Tokyo", "date_offset_days": -1},
    "tables": [{"name": "analytics.told", "step": "transform", "in_place": False}],
    "options": ["--target", "aws"],
    "local": False,
}


def refused(operation: str) -> ClientError:
    """Return the error of a call that is denied."""
    return ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, operation)


@dataclass
class Run:
    """An execution, on a day of its own.

    Attributes
    ----------
    number
        The day of its start, and the hour of its end after it.
    minutes
        How long it took.
    """

    number: int
    status: str = "SUCCEEDED"
    name: str = ""
    output: dict[str, Any] = field(default_factory=lambda: {"plan": PLAN, "registrations": {}})
    history: list[dict[str, Any]] = field(default_factory=list)
    minutes: int = 5
    input: dict[str, Any] = field(default_factory=lambda: {"scheduled_time": "2026-02-02T06:00:00Z"})
    redrives: int = 0
    cause: str | None = None
    error: str | None = None
    machine: str = MACHINE

    @property
    def started(self) -> datetime:
        """The start."""
        return START + timedelta(days=self.number)

    @property
    def stopped(self) -> datetime | None:
        """The end."""
        return None if self.status == "RUNNING" else self.started + timedelta(minutes=self.minutes)

    @property
    def arn(self) -> str:
        """The ARN."""
        return f"{self.machine.replace(':stateMachine:', ':execution:')}:{self.name or self.number}"

    @property
    def detail(self) -> dict[str, Any]:
        """The detail of its status event."""
        milliseconds = {
            name: None if at is None else int(at.timestamp() * 1000)
            for name, at in (("startDate", self.started), ("stopDate", self.stopped))
        }
        return {
            "executionArn": self.arn,
            "stateMachineArn": self.machine,
            "name": self.name or str(self.number),
            "status": self.status,
            **milliseconds,
            "input": json.dumps(self.input),
            "output": json.dumps(self.output) if self.status == "SUCCEEDED" else None,
            "error": self.error,
            "cause": self.cause,
            "redriveCount": self.redrives,
        }


@dataclass
class Pages:
    """A paginator with pages of two items, as if a service returned few."""

    items: Callable[..., list[Any]]
    member: str
    refuses: bool

    def paginate(self, **request: Any) -> Iterator[dict[str, Any]]:
        """Yield the pages."""
        if self.refuses:
            raise refused(self.member)
        found = self.items(**{name: value for name, value in request.items() if name != "PaginationConfig"})
        for index in range(0, max(len(found), 1), 2):
            yield {self.member: found[index : index + 2]}


@dataclass
class StepFunctions:
    """Step Functions, with runs in the order of their start."""

    runs: list[Run]
    refuses: set[str] = field(default_factory=set)

    def get_paginator(self, operation: str) -> Pages:
        """Return a paginator."""
        operations: dict[str, tuple[Callable[..., list[Any]], str]] = {
            "list_executions": (self._list, "executions"),
            "get_execution_history": (self._history, "events"),
        }
        items, member = operations[operation]
        return Pages(items, member, operation in self.refuses)

    def get_execution_history(self, *, executionArn: str, reverseOrder: bool, maxResults: int) -> dict[str, Any]:  # noqa: N803 - boto3's spelling
        """Return the last event of a run that succeeded."""
        if "outcome" in self.refuses:
            raise refused("GetExecutionHistory")
        assert (reverseOrder, maxResults) == (True, 1)
        (run,) = (each for each in self.runs if each.arn == executionArn)
        assert run.status == "SUCCEEDED", "the outcome is asked only of runs that succeeded"
        return {"events": [{"executionSucceededEventDetails": {"output": json.dumps(run.output)}}]}

    def _list(self, *, stateMachineArn: str) -> list[dict[str, Any]]:  # noqa: N803 - boto3's spelling
        return [
            {
                "executionArn": run.arn,
                "name": run.name or str(run.number),
                "status": run.status,
                "startDate": run.started,
                **({"stopDate": run.stopped} if run.stopped else {}),
            }
            for run in sorted(self.runs, key=lambda each: each.started, reverse=True)
            if run.machine == stateMachineArn
        ]

    def _history(self, *, executionArn: str) -> list[dict[str, Any]]:  # noqa: N803 - boto3's spelling
        (run,) = (each for each in self.runs if each.arn == executionArn)
        return run.history


class Exceptions:
    """The exceptions of the client of CloudWatch Logs."""

    class ResourceNotFoundException(Exception):  # noqa: N818 - the service's name
        """There is no such log group."""


@dataclass
class Logs:
    """CloudWatch Logs, with the lines of jobs."""

    lines: dict[str, list[str]] = field(default_factory=dict)
    refuses: bool = False
    exceptions = Exceptions

    def describe_log_streams(self, *, logGroupName: str, logStreamNamePrefix: str) -> dict[str, Any]:  # noqa: N803 - boto3's spelling
        """Return the stream of a job's first instance."""
        if self.refuses:
            raise refused("DescribeLogStreams")
        assert logGroupName == "/aws/sagemaker/ProcessingJobs"
        found = [job for job in self.lines if logStreamNamePrefix == f"{job}/"]
        return {"logStreams": [{"logStreamName": f"{job}/algo-1-1732350000"} for job in found]}

    def get_log_events(self, *, logStreamName: str, limit: int, **_: object) -> dict[str, Any]:  # noqa: N803 - boto3's spelling
        """Return the last lines of a stream."""
        lines = self.lines[logStreamName.partition("/")[0]][-limit:]
        return {"events": [{"timestamp": number, "message": f"{line}\n"} for number, line in enumerate(lines)]}


@dataclass
class Topic:
    """A topic."""

    published: list[dict[str, Any]] = field(default_factory=list)

    def publish(self, **request: Any) -> None:
        """Keep a message."""
        self.published.append(request)


@dataclass
class World:
    """The services of one account, and Notify in it."""

    sfn: StepFunctions
    logs: Logs = field(default_factory=Logs)
    topic: Topic = field(default_factory=Topic)
    sagemaker: Any = None
    spec: dict[str, Any] = field(default_factory=lambda: dict(SPEC))

    def end(self, run: Run) -> Notice | None:
        """Report the end of a run."""
        return self.notify({"detail": run.detail, "of": self.of("run", run.machine)})

    def of(self, ended: str, workflow: str = MACHINE) -> dict[str, Any]:
        """Return the constant part of an event."""
        return {"ended": ended, "workflow": workflow, "topic": TOPIC, "spec": self.spec}

    def notify(self, event: dict[str, Any]) -> Notice | None:
        """Pass an event to Notify, and return what it published."""
        clients = Clients(
            *(lambda client=client: client for client in (self.topic, self.logs, self.sfn, self.sagemaker))
        )
        before = len(self.topic.published)
        notice = notify(json.loads(json.dumps(event)), clients, Reading((ClientError,)))
        sent = self.topic.published[before:]
        assert len(sent) == (0 if notice is None else 1), "what is returned was published, once"
        return notice


def failing_history(state: str = "transform", *, job: str | None = JOB, **details: str) -> list[dict[str, Any]]:
    """Return the history of a run that failed in a state after PlanRun; its cause is that of a job, or the given one."""
    cause = json.dumps({"ProcessingJobName": job, "ExitMessage": details.get("message", "exit code: 1")})
    failed = {"error": details.get("error", "States.TaskFailed"), "cause": details.get("cause", cause)}
    steps: list[tuple[str, dict[str, Any]]] = []
    if state != "PlanRun":
        planned = json.dumps({"plan": PLAN, "registrations": json.loads(details.get("registrations", "{}"))})
        steps = [
            ("TaskStateEntered", {"stateEnteredEventDetails": {"name": "PlanRun"}}),
            ("TaskStateExited", {"stateExitedEventDetails": {"name": "PlanRun", "output": planned}}),
        ]
    if details.get("done"):
        steps += [
            ("TaskStateEntered", {"stateEnteredEventDetails": {"name": details["done"]}}),
            ("TaskScheduled", {"taskScheduledEventDetails": {"parameters": json.dumps({"ProcessingJobName": "j"})}}),
            ("TaskStateExited", {"stateExitedEventDetails": {"name": details["done"]}}),
        ]
    steps += [
        ("TaskStateEntered", {"stateEnteredEventDetails": {"name": state}}),
        ("TaskScheduled", {"taskScheduledEventDetails": {"parameters": json.dumps({"ProcessingJobName": job})}}),
    ]
    if end := details.get("end"):
        steps.append((end, {}))
    else:
        steps += [
            ("TaskFailed", {"taskFailedEventDetails": failed}),
            ("ExecutionFailed", {"executionFailedEventDetails": failed}),
        ]
    return [
        {"id": number, "timestamp": START + timedelta(seconds=number), "type": kind, **more}
        for number, (kind, more) in enumerate([("ExecutionStarted", {}), *steps], start=1)
    ]
