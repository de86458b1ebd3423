"""The log of a pipeline's functions during one run: PlanRun and RegisterPartitions print into a log group that all runs share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.cli.runs.job_log import LogLine

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from partitioned_pipelines.cli.target.target import Cloud

# The states that call a function, and the outputs of the stack that name it; a state of several tables' is RegisterPartitions.<table>.
FUNCTIONS = {"PlanRun": "PlanRunFunctionName", "RegisterPartitions": "RegisterPartitionsFunctionName"}
# The report of an invocation is written after its state has ended.
_LATE_MILLISECONDS = 5_000
# https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html
_START = re.compile("START RequestId: ")
_REPORT = re.compile("REPORT RequestId: ")


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
    """Return which of the functions a state calls; None if it calls none."""
    name = state.partition(".")[0]
    return name if name in FUNCTIONS else None


class FunctionLog:
    """The log of one call of a function: the invocations that began while its state was at work, attempts and all.

    Runs share the function's log group: if another run called the function at the same time, its lines stand beside.

    Parameters
    ----------
    outputs
        Of the pipeline's stack, which name the functions.
    state
        That calls the function.

    Attributes
    ----------
    function_name
        The function.
    """

    def __init__(self, cloud: Cloud, outputs: Mapping[str, str], state: str) -> None:
        self._cloud = cloud
        self.function_name = outputs[FUNCTIONS[state.partition(".")[0]]]
        self._told = 0

    def read(self, call: FunctionCall) -> list[LogLine]:
        """Read what was printed since the last time, as far as the call has come."""
        lines = list(self._lines(call))
        new, self._told = lines[self._told :], len(lines)
        return new

    @cached_property
    def _log_group(self) -> str:
        configuration = self._cloud.functions.get_function_configuration(FunctionName=self.function_name)
        return configuration["LoggingConfig"]["LogGroup"]

    def _lines(self, call: FunctionCall) -> Iterator[LogLine]:
        ours: set[str] = set()  # log streams: each serves one invocation at a time
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
