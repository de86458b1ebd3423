"""What the functions of a run print: those that were asked for, or the one in which the run failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from partitioned_pipelines.cli.runs.execution import list_calls, read_report
from partitioned_pipelines.cli.runs.function_log import FunctionLog

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from partitioned_pipelines.cli.runs.function_log import FunctionCall
    from partitioned_pipelines.cli.runs.job_log import LogLine
    from partitioned_pipelines.cli.target.target import Cloud


class FunctionOutput:
    """The output of an execution's functions, read as it grows.

    Parameters
    ----------
    wanted
        A function, or the state of one table that calls it. If it is None, the function in which the execution failed is read.

    Attributes
    ----------
    calls
        The calls whose log was read.
    """

    def __init__(self, cloud: Cloud, outputs: Mapping[str, str], execution_arn: str, wanted: str | None) -> None:
        self.calls: list[FunctionCall] = []
        self._cloud = cloud
        self._outputs = outputs
        self._execution_arn = execution_arn
        self._wanted = wanted
        self._logs: dict[tuple[str, datetime], FunctionLog] = {}

    def new_lines(self, *, failed: bool) -> list[tuple[FunctionCall, LogLine]]:
        """Read the lines that are new.

        Parameters
        ----------
        failed
            Whether the execution has ended without success.
        """
        wanted = self._failed_state() if self._wanted is None and failed else self._wanted
        calls = list_calls(self._cloud, self._execution_arn) if wanted else []
        self.calls = [call for call in calls if wanted in (call.state, call.state.partition(".")[0])]
        return [(call, line) for call in self.calls for line in self._log(call).read(call)]

    def function_name(self, call: FunctionCall) -> str:
        """Return the name of the function that was called."""
        return self._log(call).function_name

    def document(self, lines: list[tuple[FunctionCall, LogLine]]) -> list[dict[str, Any]]:
        """Return the calls with their lines, as ``logs --json`` prints them."""
        return [
            {
                "step": call.state,
                "function_name": self.function_name(call),
                "lines": [line.document() for of, line in lines if of is call],
            }
            for call in self.calls
        ]

    def _failed_state(self) -> str | None:
        error = read_report(self._cloud, self._execution_arn).error
        return error.state if error else None

    def _log(self, call: FunctionCall) -> FunctionLog:
        key = call.state, call.started_at
        if key not in self._logs:
            self._logs[key] = FunctionLog(self._cloud, self._outputs, call.state)
        return self._logs[key]
