"""The rule that decides the state of each interval from the evidence; it makes no calls."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from partitioned_pipelines.runtime.intervals.evidence import Answers
from partitioned_pipelines.runtime.intervals.interval_state import OF_ANOTHER_INTERVAL, FailedRun, IntervalState, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from partitioned_pipelines.lake.intervals.interval import Interval
    from partitioned_pipelines.lake.runs.interval_mark import IntervalMark
    from partitioned_pipelines.runtime.intervals.evidence import Attempt, ShownPartition, Status, TableEvidence


class _Span(Protocol):
    @property
    def start(self) -> datetime: ...
    @property
    def end(self) -> datetime: ...


SpanT = TypeVar("SpanT", bound=_Span)


def find_states(
    intervals: Sequence[Interval], tables: Iterable[TableEvidence], attempts: Sequence[Attempt]
) -> list[IntervalState]:
    """Return the states of intervals in the tables of a pipeline.

    Parameters
    ----------
    intervals
        In order, without overlaps; there may be gaps.
    tables
        What is known from each table, at least about these intervals.
    attempts
        The executions about these intervals: at least the open ones, those that failed if an interval is otherwise missing, and those that
        succeeded if a table's runs leave no marks.
    """
    found = {table.table: find_table_states(intervals, table, attempts) for table in tables}
    return [
        IntervalState(interval, {table: states[index] for table, states in found.items()})
        for index, interval in enumerate(intervals)
    ]


def find_table_states(intervals: Sequence[Interval], table: TableEvidence, attempts: Sequence[Attempt]) -> list[State]:
    """Return the states of intervals in one table, as `find_states` does."""
    timeline = _Timeline.of(intervals)
    return _states_in(timeline, table, timeline.covered_by(attempts))


@dataclass(frozen=True, slots=True)
class _Timeline:
    """Intervals in order, searched by time."""

    starts: list[datetime]
    ends: list[datetime]

    @classmethod
    def of(cls, intervals: Sequence[Interval]) -> _Timeline:
        return cls([interval.start for interval in intervals], [interval.end for interval in intervals])

    def covered_by(self, spans: Iterable[SpanT]) -> dict[int, list[SpanT]]:
        """Return, by the index of an interval, the spans that cover it."""
        found: dict[int, list[SpanT]] = {}
        for span in spans:
            for index in range(bisect_left(self.starts, span.start), bisect_right(self.ends, span.end)):
                found.setdefault(index, []).append(span)
        return found

    def containing(self, start: datetime, end: datetime) -> int | None:
        """Return the index of the interval in which a span lies; None if it lies in none."""
        index = bisect_right(self.starts, start) - 1
        return index if index >= 0 and end <= self.ends[index] else None

    def overlapping(self, start: datetime, end: datetime) -> range:
        """Return the indices of the intervals that have an instant in common with a span."""
        return range(bisect_right(self.ends, start), bisect_left(self.starts, end))


def _states_in(timeline: _Timeline, table: TableEvidence, attempts: Mapping[int, list[Attempt]]) -> list[State]:
    within: dict[int, ShownPartition] = {}
    straddled: set[int] = set()  # an hour that the clocks repeat: its partition belongs to two intervals
    dropped: set[int] = set()
    if table.answers is Answers.PARTITIONS:
        for partition in table.partitions:
            index = timeline.containing(partition.start, partition.end)
            if index is not None:
                within[index] = partition
            else:
                straddled.update(timeline.overlapping(partition.start, partition.end))
        dropped = {i for start, end in table.dropped if (i := timeline.containing(start, end)) is not None}
    marks = timeline.covered_by(table.marks)
    marked = frozenset(mark.run_id for mark in table.marks)
    return [
        _Known(
            table,
            marked,
            within.get(index),
            index in straddled,
            index in dropped,
            sorted(marks[index], key=lambda mark: mark.run_id, reverse=True) if index in marks else (),
            sorted(attempts[index], key=_started, reverse=True) if index in attempts else (),
        ).state(timeline.starts[index], timeline.ends[index])
        for index in range(len(timeline.starts))
    ]


def _started(attempt: Attempt) -> tuple[datetime, str]:
    return attempt.started_at, attempt.run_id


@dataclass(slots=True)  # not frozen, which doubles the time to create it: there is one for each interval of each table
class _Known:
    """What is known about one interval in one table; marks and attempts cover it, the newest first.

    Attributes
    ----------
    marked
        The runs of all known marks.
    straddled
        Whether a partition lies in this interval and in another one, so that marks must tell.
    """

    table: TableEvidence
    marked: frozenset[str]
    partition: ShownPartition | None
    straddled: bool
    dropped: bool
    marks: Sequence[IntervalMark]
    attempts: Sequence[Attempt]

    def state(self, start: datetime, end: datetime) -> State:
        """Return the first state that applies."""
        published = self._published()
        if open_run := self._newest_attempt("running"):
            return State("running", None, open_run.run_id, meanwhile=published)
        if published:
            return published
        finished = next((mark for mark in self.marks if mark.outcome != "skipped"), None)
        exact = finished is not None and (finished.start, finished.end) == (start, end)
        if empty := self._empty(finished, exact=exact):
            return empty
        withdrawn = self.table.withdrawn.get(finished.run_id) if finished else None
        if self.dropped or withdrawn == "dropped":
            return State("dropped", "dropped on purpose", finished.run_id if finished else None)
        if self.marks and self.marks[0].outcome == "skipped":
            return State("skipped", "the run had no input", self.marks[0].run_id)
        if finished and exact:
            why = "the run was rolled back" if withdrawn else "a run published it, and no partition shows it"
            return State("lost", why, finished.run_id)
        if self.attempts and self.attempts[0].status == "failed":
            return State("failed", self.attempts[0].reason, self.attempts[0].run_id)
        return State("never_started")

    def _published(self) -> State | None:
        if self.partition:
            run_id = self.partition.run_id
            other = run_id in self.marked and all(mark.run_id != run_id for mark in self.marks)
            return self._seen(OF_ANOTHER_INTERVAL if other else None, run_id, self.partition)
        if self._partitions_tell:
            return None
        for mark in self.marks:
            if mark.outcome == "published" and mark.run_id not in self.table.withdrawn:
                return self._seen(None, mark.run_id)
        if not self.table.marks_publishing and (succeeded := self._newest_attempt("succeeded")):
            return self._seen("its execution succeeded", succeeded.run_id)
        return None

    def _seen(self, reason: str | None, run_id: str | None, partition: ShownPartition | None = None) -> State:
        """Return the state of an interval whose data readers see."""
        ended = (attempt for attempt in self.attempts if attempt.status != "running")
        newest = next(ended, None) if self.attempts else None
        failed = newest and newest.status == "failed" and run_id is not None and newest.run_id > run_id
        return State(
            "published",
            reason,
            run_id,
            rolled_back=partition is not None and partition.rolled_back,
            failed_since=FailedRun(newest.run_id, newest.reason) if newest and failed else None,
        )

    def _empty(self, finished: IntervalMark | None, *, exact: bool) -> State | None:
        """Return the state of an interval that the newest run which had input left without data."""
        if finished and finished.outcome == "empty":
            return State("empty", "the run wrote no data", finished.run_id)
        if not self._partitions_tell:
            return None
        if finished and not exact:
            return State("empty", "a run about several intervals wrote no data for it", finished.run_id)
        if not self.table.marks_publishing and (succeeded := self._newest_attempt("succeeded")):
            return State("empty", "its execution succeeded", succeeded.run_id)
        return None

    @property
    def _partitions_tell(self) -> bool:
        return self.table.answers is Answers.PARTITIONS and not self.straddled

    def _newest_attempt(self, status: Status) -> Attempt | None:
        return next((attempt for attempt in self.attempts if attempt.status == status), None) if self.attempts else None
