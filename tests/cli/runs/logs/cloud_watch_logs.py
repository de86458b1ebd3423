"""A fake of CloudWatch Logs for processing jobs: paginated log streams, whose last page repeats its token."""

from __future__ import annotations

from typing import Any


class CloudWatchLogs:
    """Streams by name, each a list of messages that may grow.

    Attributes
    ----------
    refusal
        The exception raised by each call, if any.
    """

    class exceptions:  # noqa: N801  # as on a boto3 client
        class ResourceNotFoundException(Exception):  # noqa: N818
            pass

    _PAGE = 3

    def __init__(self, **streams: list[str]) -> None:
        self.streams = streams
        self.refusal: Exception | None = None

    def describe_log_streams(self, logGroupName: str, logStreamNamePrefix: str) -> dict[str, Any]:  # noqa: N803
        assert logGroupName == "/aws/sagemaker/ProcessingJobs"
        if self.refusal:
            raise self.refusal
        return {
            "logStreams": [{"logStreamName": name} for name in self.streams if name.startswith(logStreamNamePrefix)]
        }

    def get_log_events(self, **request: Any) -> dict[str, Any]:
        if self.refusal:
            raise self.refusal
        messages = self.streams[request["logStreamName"]]
        if request["startFromHead"]:
            begin = int(request.get("nextToken", "0"))
            end = min(len(messages), begin + self._PAGE)
        else:
            begin, end = max(0, len(messages) - request["limit"]), len(messages)
        events = [{"timestamp": 7 + number, "message": f"{messages[number]}\n"} for number in range(begin, end)]
        return {"events": events, "nextForwardToken": str(end)}


class FunctionLogs(CloudWatchLogs):
    """With the log groups of functions: by name, events as (milliseconds, stream, message), filtered by time."""

    def __init__(self, groups: dict[str, list[tuple[int, str, str]]], **streams: list[str]) -> None:
        super().__init__(**streams)
        self.groups = groups

    def get_paginator(self, operation: str) -> FunctionLogs:
        assert operation == "filter_log_events"
        return self

    def paginate(self, logGroupName: str, startTime: int, endTime: int | None = None) -> list[dict[str, Any]]:  # noqa: N803
        if logGroupName not in self.groups:
            raise self.exceptions.ResourceNotFoundException
        events = [
            {"timestamp": at, "logStreamName": stream, "message": f"{message}\n"}
            for at, stream, message in self.groups[logGroupName]
            if startTime <= at and (endTime is None or at <= endTime)
        ]
        return [{"events": events[:2]}, {"events": events[2:]}]
