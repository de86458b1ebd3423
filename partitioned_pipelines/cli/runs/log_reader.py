"""The logs of a run in CloudWatch Logs: those of its processing jobs, and those of its functions, whose log group is shared by all runs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mypy_boto3_logs import CloudWatchLogsClient

    from partitioned_pipelines.cli.target.target import Cloud

LOG_GROUP = "/aws/sagemaker/ProcessingJobs"

# The states that call a function, and the stack outputs with its name; with several tables, the state is RegisterPartitions.<table>.
FUNCTIONS = {"PlanRun": "PlanRunFunctionName", "RegisterPartitions": "RegisterPartitionsFunctionName"}
# The report of an invocation is written after its state has ended.
_LATE_MILLISECONDS = 5_000
# The lines around an invocation, as text and as JSON: https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html. A log group has lines
# in both formats if the function was deployed with another one before.
_START = re.compile(r'START RequestId: |\{"time":"[^"]+","type":"platform\.start"')
_REPORT = re.compile(r'REPORT RequestId: |\{"time":"[^"]+","type":"platform\.report"')


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line of a job's or a function's log.

    Attributes
    ----------
    timestamp
        Milliseconds since 1970.
    host
        The job instance that printed it: ``algo-1``.
    """

    timestamp: int
    host: str
    message: str

    def document(self) -> dict[str, Any]:
        """Return the line in the format of ``logs --json``."""
        at = datetime.fromtimestamp(self.timestamp / 1000, UTC).isoformat(timespec="milliseconds")
        return {"timestamp": at.replace("+00:00", "Z"), "host": self.host, "message": self.message}


def last_lines(logs: CloudWatchLogsClient, job_name: str, count: int = 20) -> list[LogLine]:
    """Return the last lines of a job, by time; empty if it has printed nothing or has no log."""
    lines: list[LogLine] = []
    for stream in _streams(logs, job_name):
        page = logs.get_log_events(logGroupName=LOG_GROUP, logStreamName=stream, limit=count, startFromHead=False)
        lines += _lines(stream, page)
    return _by_time(lines)[-count:]


class JobLog:
    """The log of one job, read incrementally from its beginning.

    Parameters
    ----------
    job_name
        The processing job.
    """

    def __init__(self, logs: CloudWatchLogsClient, job_name: str) -> None:
        self._logs = logs
        self._job_name = job_name
        self._tokens: dict[str, str] = {}

    def read(self) -> list[LogLine]:
        """Return the lines since the last call, by time."""
        lines: list[LogLine] = []
        for stream in _streams(self._logs, self._job_name):
            lines += self._read_stream(stream)
        return _by_time(lines)

    def _read_stream(self, stream: str) -> Iterator[LogLine]:
        while True:
            token = self._tokens.get(stream)
            more: dict[str, Any] = {"nextToken": token} if token else {}
            page = self._logs.get_log_events(logGroupName=LOG_GROUP, logStreamName=stream, startFromHead=True, **more)
            yield from _lines(stream, page)
            self._tokens[stream] = page["nextForwardToken"]
            # The end is marked by a returned token equal to the one sent; an earlier page may be empty:
            # https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html
            if page["nextForwardToken"] == token:
                return


def _streams(logs: CloudWatchLogsClient, job_name: str) -> Iterator[str]:
    """Yield the names of a job's log streams, one for each instance; none if the job has not printed yet."""
    more: dict[str, Any] = {}
    while True:
        try:
            found = logs.describe_log_streams(logGroupName=LOG_GROUP, logStreamNamePrefix=f"{job_name}/", **more)
        except logs.exceptions.ResourceNotFoundException:
            return
        yield from (stream["logStreamName"] for stream in found["logStreams"])
        if not found.get("nextToken"):
            return
        more = {"nextToken": found["nextToken"]}


def _lines(stream: str, page: Any) -> Iterator[LogLine]:
    # On AWS, a time follows: algo-1-1732350000
    host = "-".join(stream.rpartition("/")[2].split("-")[:2])
    for event in page["events"]:
        yield LogLine(event["timestamp"], host, event["message"].rstrip("\n"))


def _by_time(lines: list[LogLine]) -> list[LogLine]:
    """Return the lines sorted by time only, so that lines of the same millisecond keep their order."""
    return sorted(lines, key=lambda line: line.timestamp)


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
    return name if name in FUNCTIONS else None


class FunctionLog:
    """The log of one call of a function: the invocations that started during its state, including retries.

    Runs share the function's log group: if another run called the function at the same time, its lines are included.

    Parameters
    ----------
    outputs
        Outputs of the pipeline's stack, which contain the functions' names.
    state
        The state that calls the function.

    Attributes
    ----------
    function_name
        Name of the function.
    """

    def __init__(self, cloud: Cloud, outputs: Mapping[str, str], state: str) -> None:
        self._cloud = cloud
        self.function_name = outputs[FUNCTIONS[state.partition(".")[0]]]
        self._told = 0

    def read(self, call: FunctionCall) -> list[LogLine]:
        """Return the lines since the last call."""
        lines = list(self._lines(call))
        new, self._told = lines[self._told :], len(lines)
        return new

    @cached_property
    def _log_group(self) -> str:
        configuration = self._cloud.functions.get_function_configuration(FunctionName=self.function_name)
        return configuration["LoggingConfig"]["LogGroup"]

    def _lines(self, call: FunctionCall) -> Iterator[LogLine]:
        ours: set[str] = set()  # log streams; each serves one invocation at a time
        for event in self._events(call):
            stream, message = event["logStreamName"], event["message"].rstrip("\n")
            if _START.match(message) and (call.ended_at is None or event["timestamp"] <= _milliseconds(call.ended_at)):
                ours.add(stream)
            if stream in ours:
                yield LogLine(event["timestamp"], "", message)
            if _REPORT.match(message):
                ours.discard(stream)

    def _events(self, call: FunctionCall) -> Iterator[Any]:
        request: dict[str, Any] = {
            "logGroupName": self._log_group,
            "startTime": _milliseconds(call.started_at),
        }
        if call.ended_at is not None:
            request["endTime"] = _milliseconds(call.ended_at) + _LATE_MILLISECONDS
        try:
            for page in self._cloud.logs.get_paginator("filter_log_events").paginate(**request):
                yield from page["events"]
        except self._cloud.logs.exceptions.ResourceNotFoundException:
            return


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
