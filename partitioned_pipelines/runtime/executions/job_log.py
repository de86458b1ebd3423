"""The log of a processing job in CloudWatch Logs, with a stream for each of its instances."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.lake.runs.job_logs import LOG_GROUP

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_logs import CloudWatchLogsClient


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
    for stream in list_streams(logs, job_name):
        page = logs.get_log_events(logGroupName=LOG_GROUP, logStreamName=stream, limit=count, startFromHead=False)
        lines += lines_of(stream, page)
    return by_time(lines)[-count:]


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
        for stream in list_streams(self._logs, self._job_name):
            lines += self._read_stream(stream)
        return by_time(lines)

    def _read_stream(self, stream: str) -> Iterator[LogLine]:
        while True:
            token = self._tokens.get(stream)
            more: dict[str, Any] = {"nextToken": token} if token else {}
            page = self._logs.get_log_events(logGroupName=LOG_GROUP, logStreamName=stream, startFromHead=True, **more)
            yield from lines_of(stream, page)
            self._tokens[stream] = page["nextForwardToken"]
            # The end is marked by a returned token equal to the one sent; an earlier page may be empty:
            # https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html
            if page["nextForwardToken"] == token:
                return


def list_streams(logs: CloudWatchLogsClient, job_name: str) -> Iterator[str]:
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


def lines_of(stream: str, page: Any) -> Iterator[LogLine]:
    """Yield the lines of a page of a stream."""
    # On AWS, a time follows: algo-1-1732350000
    host = "-".join(stream.rpartition("/")[2].split("-")[:2])
    for event in page["events"]:
        yield LogLine(event["timestamp"], host, event["message"].rstrip("\n"))


def by_time(lines: list[LogLine]) -> list[LogLine]:
    """Return the lines sorted by time only, so that lines of the same millisecond keep their order."""
    return sorted(lines, key=lambda line: line.timestamp)
