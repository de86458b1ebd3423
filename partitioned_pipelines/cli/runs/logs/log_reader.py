"""The log of a run's functions in CloudWatch Logs, which they share with all runs."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.runtime.executions.job_log import LogLine

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from partitioned_pipelines.cli.target.target import Cloud
    from partitioned_pipelines.runtime.executions.history import FunctionCall

# The stack outputs with the names of the functions that states call.
_NAME_OUTPUTS = {"PlanRun": "PlanRunFunctionName", "RegisterPartitions": "RegisterPartitionsFunctionName"}
# The report of an invocation is written after its state has ended.
_LATE_MILLISECONDS = 5_000
# The lines around an invocation, as text and as JSON: https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html. A log group has lines
# in both formats if the function was deployed with another one before.
_START = re.compile(r'START RequestId: |\{"time":"[^"]+","type":"platform\.start"')
_REPORT = re.compile(r'REPORT RequestId: |\{"time":"[^"]+","type":"platform\.report"')


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
        self.function_name = outputs[_NAME_OUTPUTS[state.partition(".")[0]]]
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
