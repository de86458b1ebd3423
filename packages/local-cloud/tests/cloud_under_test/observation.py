"""The logs and states of running resources."""

from __future__ import annotations

import time
from typing import Any

Client = Any


def log_lines(logs: Client, group: str, stream_prefix: str | None = None) -> list[str]:
    """Return all lines of a log group, or of the streams with a prefix."""
    which = {"logStreamNamePrefix": stream_prefix} if stream_prefix else {}
    streams = logs.describe_log_streams(logGroupName=group, **which)["logStreams"]
    return [
        event["message"]
        for stream in streams
        for event in logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"])["events"]
    ]


def wait_for_execution(stepfunctions: Client, execution_arn: str) -> dict[str, Any]:
    """Return an execution's description once it has ended."""
    while True:
        described: dict[str, Any] = stepfunctions.describe_execution(executionArn=execution_arn)
        if described["status"] != "RUNNING":
            return described
        time.sleep(0.05)
