"""The states of a deployed pipeline's intervals, for ``missing`` and for whatever runs what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from partitioned_pipelines.cli.runs.executions.execution_list import CloudExecutions
from partitioned_pipelines.cli.runs.published_table import address_of_table, keys_of
from partitioned_pipelines.lake.intervals.clock import Clock
from partitioned_pipelines.lake.schedule.expected import first_due, newest_due
from partitioned_pipelines.runtime.intervals.attempts import Attempts
from partitioned_pipelines.runtime.intervals.partitions import TableKeys
from partitioned_pipelines.runtime.intervals.pipeline_states import PipelineStates
from partitioned_pipelines.runtime.intervals.table_reader import IntervalTable
from partitioned_pipelines.spec.derived.awaited_tables import expected_by_pipeline
from partitioned_pipelines.spec.derived.interval_rule import interval_rule, key_timezone

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from partitioned_pipelines.cli.runs.published_table import PublishedPipeline
    from partitioned_pipelines.lake.intervals.interval import Interval
    from partitioned_pipelines.runtime.intervals.evidence import TableEvidence
    from partitioned_pipelines.runtime.intervals.interval_state import IntervalState


@dataclass(frozen=True)
class PipelineIntervals:
    """The intervals of a pipeline in a cloud."""

    pipeline: PublishedPipeline

    def expected(
        self, start: datetime | None = None, end: datetime | None = None, *, now: datetime | None = None
    ) -> list[Interval]:
        """Return the intervals that should have data, in order: those of the schedule's calendar that are due, or past their deadlines.

        Parameters
        ----------
        start
            The earliest start; default: the earliest interval in a table or of an execution, or the schedule's first.
        end
            Excluded; default: what is due. Without a cron expression and a deadline nothing is ever due, and the newest known interval is
            the last one.
        """
        pipeline = self.pipeline.pipeline
        timetable = pipeline.schedule.timetable if pipeline.schedule else None
        first = start or self._first_known()
        if first is None:
            return []
        if timetable is None:
            after = end or self._last_known()
            return expected_by_pipeline(pipeline, first, after) if after else []
        due = newest_due(timetable, now or datetime.now(UTC))
        if due is None:
            return []
        until = min(end, due.end) if end else due.end
        return [each for each in expected_by_pipeline(pipeline, first, until) if each.end <= due.end]

    def states(self, intervals: Sequence[Interval], *, thorough: bool = False) -> list[IntervalState]:
        """Return the states of intervals, which are in order and do not overlap.

        Parameters
        ----------
        thorough
            Whether to read also what explains a missing interval if none is missing: it tells which runs published the others.
        """
        return self._states.of(intervals, thorough=thorough)

    @property
    def unmarked_tables(self) -> list[str]:
        """The tables whose runs leave no marks, so that executions, which are kept for 90 days, take their place."""
        return self._states.unmarked_tables

    @cached_property
    def _states(self) -> PipelineStates:
        cloud = self.pipeline.cloud
        return PipelineStates(cloud.s3, cloud.glue, self._tables, self._attempts)

    @cached_property
    def _tables(self) -> list[IntervalTable]:
        pipeline, rule = self.pipeline.pipeline, interval_rule(self.pipeline.pipeline)
        return [
            IntervalTable(
                address_of_table(self.pipeline.lake_bucket, table),
                TableKeys(
                    keys_of(table),
                    Clock(key_timezone(table, pipeline.schedule)),
                ),
                table.registration,
                rule,
            )
            for table in pipeline.tables
        ]

    @cached_property
    def _attempts(self) -> Attempts:
        executions = CloudExecutions(self.pipeline.cloud, self.pipeline.outputs)
        return Attempts(executions, interval_rule(self.pipeline.pipeline))

    def _first_known(self) -> datetime | None:
        starts = [start for start, _ in _spans(self._states.whole)]
        if oldest := self._attempts.oldest():
            starts.append(oldest.start)
        if (created := self._schedule_created()) and (first := self._first_due(created)):
            starts.append(first.start)
        return min(starts, default=None)

    def _last_known(self) -> datetime | None:
        """Return the end of the newest known interval: S3 lists marks in one direction, so that all of them are read."""
        return max((end for _, end in _spans(self._states.explained)), default=None)

    def _first_due(self, created: datetime) -> Interval | None:
        schedule = self.pipeline.pipeline.schedule
        return first_due(schedule.timetable, created) if schedule and schedule.timetable else None

    def _schedule_created(self) -> datetime | None:
        outputs = self.pipeline.outputs
        if "ScheduleName" not in outputs:
            return None
        scheduler = self.pipeline.cloud.scheduler
        return scheduler.get_schedule(GroupName=outputs["ScheduleGroupName"], Name=outputs["ScheduleName"])[
            "CreationDate"
        ]


def _spans(evidence: Iterable[TableEvidence]) -> Iterator[tuple[datetime, datetime]]:
    for table in evidence:
        yield from ((partition.start, partition.end) for partition in table.partitions)
        yield from ((mark.start, mark.end) for mark in table.marks)
