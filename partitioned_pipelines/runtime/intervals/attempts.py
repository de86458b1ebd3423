"""The executions of a pipeline as attempts at intervals: which time each is about, and why it failed."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from partitioned_pipelines.lake.intervals.clock import UnknownTimezoneError
from partitioned_pipelines.lake.intervals.interval import InvalidIntervalError
from partitioned_pipelines.runtime.intervals.evidence import Attempt

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from partitioned_pipelines.lake.intervals.execution_input import IntervalRule
    from partitioned_pipelines.lake.intervals.interval import Interval
    from partitioned_pipelines.runtime.executions.execution import Execution
    from partitioned_pipelines.runtime.intervals.evidence import Status

_OLDEST_TRIED = 10


class Executions(Protocol):
    """The executions of one pipeline that its service still lists (90 days)."""

    def still_open(self) -> Sequence[Execution]:
        """Return those that have not ended."""

    def listed(self) -> Sequence[Execution]:
        """Return all, the newest first."""

    def input_of(self, execution: Execution) -> dict[str, Any]:
        """Return the input that an execution was started with; empty if it is not a JSON object."""

    def failure_of(self, execution: Execution) -> str | None:
        """Return why an execution failed, in one line; None if it did not."""


@dataclass(frozen=True)
class Attempts:
    """The executions of a pipeline, by the intervals that its schedule's rule finds in their inputs."""

    executions: Executions
    rule: IntervalRule

    def still_open(self) -> list[Attempt]:
        """Return the attempts that have not ended."""
        return list(self._about(self.executions.still_open()))

    def explaining(self, missing: Sequence[Interval], *, succeeded: bool) -> list[Attempt]:
        """Return the newest failed attempt at each of these intervals, which are in order and do not overlap, if there is one.

        Executions are read from the newest on, until each interval has one, or until they are older than any execution that a schedule
        would have started about these intervals.

        Parameters
        ----------
        succeeded
            Whether to read on until each interval has a successful one: needed if those leave no marks.
        """
        deciding = "succeeded" if succeeded else "failed"
        starts, ends = [each.start for each in missing], [each.end for each in missing]
        calendar = self.rule.calendar
        earliest = calendar.shift(calendar.containing(starts[0]), min(0, -self.rule.offset) - 1).start
        open_indices = set(range(len(missing)))
        found = []
        ended = (one for one in self.executions.listed() if one.failed or (succeeded and not one.runs))
        for execution in ended:
            if not open_indices or execution.started_at < earliest:
                break
            for attempt in self._about([execution]):
                found.append(attempt)
                if attempt.status != deciding:
                    continue
                open_indices.difference_update(
                    range(bisect_left(starts, attempt.start), bisect_right(ends, attempt.end))
                )
        return found

    def oldest(self) -> Attempt | None:
        """Return the oldest attempt that names an interval."""
        return next(self._about(reversed(self.executions.listed()[-_OLDEST_TRIED:])), None)

    def _about(self, executions: Iterable[Execution]) -> Iterator[Attempt]:
        """Yield the attempts that name an interval; PlanRun refuses the others."""
        for execution in executions:
            if attempt := read_attempt(self.executions, execution, self.rule):
                yield attempt


def read_attempt(executions: Executions, execution: Execution, rule: IntervalRule) -> Attempt | None:
    """Return an execution as an attempt at the interval of its input; None if PlanRun rejects the input."""
    return attempt_about(executions, execution, executions.input_of(execution), rule)


def attempt_about(
    executions: Executions, execution: Execution, execution_input: Mapping[str, Any], rule: IntervalRule
) -> Attempt | None:
    """Return an execution, whose input is known, as an attempt at its interval; None if PlanRun rejects the input."""
    interval = requested_interval(execution_input, rule)
    if interval is None:
        return None
    reason = executions.failure_of(execution) if execution.failed else None
    status: Status = "running" if execution.runs else "failed" if execution.failed else "succeeded"
    return Attempt(interval.start, interval.end, execution.run_id, execution.started_at, status, reason)


def requested_interval(execution_input: Mapping[str, Any], rule: IntervalRule) -> Interval | None:
    """Return the interval of an execution's input, computed as in PlanRun; None if PlanRun rejects the input."""
    try:
        return rule.interval_of(execution_input)
    except (InvalidIntervalError, UnknownTimezoneError):
        return None
