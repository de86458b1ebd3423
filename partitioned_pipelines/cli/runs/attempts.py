"""The executions of a pipeline as attempts at intervals: which time each is about, and why it failed."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from partitioned_pipelines.cli.runs.execution import failure_of, read_failure
from partitioned_pipelines.cli.runs.execution_list import given_input, interval_of_input, list_executions
from partitioned_pipelines.cli.runs.execution_progress import parse_object
from partitioned_pipelines.cli.runs.pipeline_execution import is_pipeline_execution
from partitioned_pipelines.operations.intervals.evidence import Attempt

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from partitioned_pipelines.cli.runs.execution_list import Execution
    from partitioned_pipelines.cli.target.target import Cloud
    from partitioned_pipelines.lake.intervals.execution_input import IntervalRule
    from partitioned_pipelines.lake.intervals.interval import Interval
    from partitioned_pipelines.operations.intervals.evidence import Status

_OLDEST_TRIED = 10


@dataclass(frozen=True)
class Attempts:
    """The executions of a pipeline that its service still lists (90 days).

    Attributes
    ----------
    outputs
        The outputs of the pipeline's stack; empty if it is not deployed, so that there are no executions.
    """

    cloud: Cloud
    outputs: Mapping[str, str]
    rule: IntervalRule

    @cached_property
    def listed(self) -> list[Execution]:
        """All executions, the newest first."""
        return list(list_executions(self.cloud, self.outputs)) if self.outputs else []

    def still_open(self) -> list[Attempt]:
        """Return the attempts that have not ended."""
        return list(self._about(execution for execution in self.listed if execution.runs))

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
        ended = (one for one in self.listed if one.failed or (succeeded and not one.runs))
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
        return next(self._about(reversed(self.listed[-_OLDEST_TRIED:])), None)

    def _about(self, executions: Iterable[Execution]) -> Iterator[Attempt]:
        """Yield the attempts that name an interval; PlanRun refuses the others."""
        for execution in executions:
            if attempt := read_attempt(self.cloud, execution, self.rule):
                yield attempt


def read_attempt(cloud: Cloud, execution: Execution, rule: IntervalRule) -> Attempt | None:
    """Return an execution as an attempt at the interval of its input; None if PlanRun rejects the input."""
    reason = None
    if is_pipeline_execution(execution.arn):
        interval = interval_of_input(given_input(cloud, execution), rule)
        if interval and execution.failed:
            reason = read_failure(cloud, execution.arn)
    else:
        described = cloud.step_functions.describe_execution(executionArn=execution.arn)
        interval = interval_of_input(parse_object(described.get("input")), rule)
        reason = failure_of(described) if execution.failed else None
    if interval is None:
        return None
    status: Status = "running" if execution.runs else "failed" if execution.failed else "succeeded"
    return Attempt(interval.start, interval.end, execution.run_id, execution.started_at, status, reason)
