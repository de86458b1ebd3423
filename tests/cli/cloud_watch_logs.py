"""The log streams of processing jobs, read as CloudWatch Logs has them read: in pages, whose last one repeats its token."""

from __future__ import annotations

from typing import Any


class CloudWatchLogs:
    """Streams by name, each a list of messages that may grow.

    Attributes
    ----------
    refusal
        Raised by each call, if there is one.
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
