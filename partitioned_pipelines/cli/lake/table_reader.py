"""A table of a pipeline, read for the read model: what readers see, and the state of each interval."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from partitioned_pipelines.cli.lake.problems import FAILURES, problem_of
from partitioned_pipelines.cli.lake.table_snapshots import Snapshot
from partitioned_pipelines.cli.runs.published_table import address_of_table, keys_of
from partitioned_pipelines.lake.intervals.clock import Clock
from partitioned_pipelines.lake.partitions.range import range_expression
from partitioned_pipelines.operations.lake_state.building.gathered_facts import Holding, TableFacts
from partitioned_pipelines.operations.lake_state.building.what_readers_see import holdings_of
from partitioned_pipelines.runtime.intervals.evidence import Answers, TableEvidence
from partitioned_pipelines.runtime.intervals.partitions import TableKeys, shown_in_catalog, shown_in_folders
from partitioned_pipelines.runtime.intervals.state_rule import find_table_states
from partitioned_pipelines.runtime.intervals.table_reader import IntervalTable, explain
from partitioned_pipelines.spec.derived.interval_rule import interval_rule, key_timezone

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from partitioned_pipelines.cli.lake.table_snapshots import TableSnapshots
    from partitioned_pipelines.cli.lake.window import WindowIntervals
    from partitioned_pipelines.cli.target.target import Cloud
    from partitioned_pipelines.operations.lake_state.documents.lake import Problem
    from partitioned_pipelines.runtime.intervals.evidence import Attempt
    from partitioned_pipelines.runtime.intervals.interval_state import State
    from partitioned_pipelines.spec.model.pipeline import Pipeline, Table

_NOTES: dict[tuple[Literal["lambda", "msck", "projection"], Answers], str] = {
    ("msck", Answers.PARTITIONS): "its runs leave no receipts: which run wrote a partition is unknown",
    ("msck", Answers.RUNS): "its runs leave no receipts: states are known from executions alone, for 90 days",
    ("projection", Answers.PARTITIONS): "Athena works the partitions out: states are those of its folders",
    (
        "projection",
        Answers.RUNS,
    ): "Athena works the partitions out: states are known from executions alone, for 90 days",
}


@dataclass
class TableReader:
    """The reader of one table.

    Attributes
    ----------
    evidence
        What is known from the table, at least about the window.
    problem
        Why it could not be read.
    explained
        Whether the evidence contains what explains missing intervals.
    from_snapshot
        Whether the evidence was read earlier.
    whole
        Whether the evidence is about the whole table, whatever was asked for.
    unfired
        Why the schedule started no run, by the starts of intervals.
    """

    cloud: Cloud
    pipeline: Pipeline
    spec: Table
    bucket: str
    evidence: TableEvidence | None = None
    problem: Problem | None = None
    explained: bool = False
    from_snapshot: bool = False
    whole: bool = False
    unfired: Mapping[datetime, str] = field(default_factory=dict)

    def read(
        self, span: tuple[datetime, datetime] | None, snapshots: TableSnapshots | None, runs: str | None, now: datetime
    ) -> None:
        """Read what readers see of the window, unless a snapshot still holds; without a span, the whole table.

        Parameters
        ----------
        runs
            Identifies the pipeline's executions; None if a snapshot would not hold.
        """
        try:
            address = self._table.address
            if snapshots and runs and (found := snapshots.find(self.cloud.s3, address, span, runs, now)):
                self.evidence, self.explained, self.from_snapshot = found.evidence, found.explained, True
                self.whole = found.span is None
                return
        except FAILURES as error:
            self.problem = problem_of(self.spec.qualified_name, error)
            return
        self.explained = self.from_snapshot = False
        self._read(span)

    def snapshot(
        self, span: tuple[datetime, datetime] | None, runs: str, facts: TableFacts, now: datetime
    ) -> Snapshot | None:
        """Return what was read, to be kept; None if it may be mended without a run."""
        lost = any(state and state.name == "lost" for state in facts.states)
        if self.evidence is None or self.problem or lost:
            return None
        return Snapshot(self.evidence, None if self.whole else span, runs, self.explained, now)

    def _read(self, span: tuple[datetime, datetime] | None) -> None:
        s3, glue, table = self.cloud.s3, self.cloud.glue, self._table
        in_catalog = table.answers is not Answers.RUNS and table.registration != "projection"
        self.whole = not (in_catalog and span and range_expression(table.keys.keys[0], table.keys.clock, span))
        known = TableEvidence(self.spec.qualified_name, table.answers, marks_publishing=table.marks_publishing)
        try:
            if table.answers is Answers.RUNS:
                self.evidence, self.explained = explain(s3, glue, table, known), True
            elif table.registration == "projection":
                self.evidence = replace(known, partitions=list(shown_in_folders(s3, table.address.data, table.keys)))
            else:
                shown = shown_in_catalog(glue, table.address, table.keys, span, segments=1)
                self.evidence = replace(known, partitions=list(shown))
        except FAILURES as error:
            self.problem = problem_of(self.spec.qualified_name, error)

    @property
    def spans(self) -> Iterator[tuple[datetime, datetime]]:
        """The times of partitions and marks."""
        if self.evidence:
            yield from ((each.start, each.end) for each in self.evidence.partitions)
            yield from ((each.start, each.end) for each in self.evidence.marks)

    def facts(self, window: WindowIntervals, attempts: Sequence[Attempt]) -> TableFacts:
        """Return the table with the states of the window's intervals."""
        states: list[State | None] = []
        if self.evidence:
            states = self._states(window, attempts)
            if not self.explained and any(state and state.missing for state in states):
                try:
                    self.evidence = explain(self.cloud.s3, self.cloud.glue, self._table, self.evidence)
                    self.explained = True
                    states = self._states(window, attempts)
                except FAILURES as error:
                    self.problem = problem_of(self.spec.qualified_name, error)
        return TableFacts(
            id=self.spec.qualified_name,
            description=self.spec.description,
            format=self.spec.format,
            layout=self.spec.layout,
            registration=self.spec.registration,
            intervals=window.intervals if states else (),
            states=states,
            holdings=self._holdings(window),
            note=_NOTES.get((self.spec.registration, self._table.answers)),
            problem=self.problem,
        )

    def _states(self, window: WindowIntervals, attempts: Sequence[Attempt]) -> list[State | None]:
        if self.evidence is None:
            return []
        states = find_table_states(window.intervals, self.evidence, attempts)
        dated = self.pipeline.schedule is not None and self.pipeline.schedule.cron is not None
        starts = [interval.start for interval in window.intervals]
        return [
            _if_known(self._told(state, start), due=start in window.due, dated=dated)
            for state, start in zip(states, starts, strict=True)
        ]

    def _told(self, state: State, start: datetime) -> State:
        """Return the state of an interval, with the reason if the schedule was off."""
        why = self.unfired.get(start) if state.name == "never_started" else None
        return replace(state, reason=why) if why else state

    def _holdings(self, window: WindowIntervals) -> list[Holding] | None:
        if self.evidence is None or self.spec.registration == "projection" or self.evidence.answers is Answers.RUNS:
            return None
        return holdings_of(window.intervals, self.evidence.partitions)

    @cached_property
    def _table(self) -> IntervalTable:
        return IntervalTable(
            address_of_table(self.bucket, self.spec),
            TableKeys(keys_of(self.spec), Clock(key_timezone(self.spec, self.pipeline.schedule))),
            self.spec.registration,
            interval_rule(self.pipeline),
        )


def _if_known(state: State, *, due: bool, dated: bool) -> State | None:
    """Return the state of an interval; None if it is not due, and nothing happened.

    A run that failed needs somebody, also if nothing is ever due, or its deadline has not come. With a cron expression, a failed run about
    an interval that the schedule leaves out is not repeated by what runs the missing ones.
    """
    if due:
        return state
    if state.name == "never_started" or (dated and state.missing):
        return None
    return state
