"""The log of a processing job, in CloudWatch Logs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

LOG_GROUP = "/aws/sagemaker/ProcessingJobs"


def last_lines(logs: CloudWatchLogsClient, job_name: str, count: int = 20) -> tuple[str, ...]:
    """Read the last lines of a job; none where it has written none, or there is no log."""
    try:
        found = logs.describe_log_streams(logGroupName=LOG_GROUP, logStreamNamePrefix=f"{job_name}/")
    except logs.exceptions.ResourceNotFoundException:
        return ()
    lines: list[tuple[int, str]] = []
    for stream in found["logStreams"]:
        page = logs.get_log_events(
            logGroupName=LOG_GROUP, logStreamName=stream["logStreamName"], limit=count, startFromHead=False
        )
        lines += [(event["timestamp"], event["message"].rstrip("\n")) for event in page["events"]]
    # Sorted by time alone: lines of one millisecond stay in the order in which they came.
    return tuple(message for _, message in sorted(lines, key=lambda line: line[0])[-count:])
