"""The read model of a project's lake, read from a cloud."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from partitioned_pipelines.cli.lake.problems import FAILURES, problem_of
from partitioned_pipelines.cli.lake.runs.ended_runs import EndedRuns
from partitioned_pipelines.cli.lake.runs.known_runs import KnownRuns, read_known_runs
from partitioned_pipelines.cli.lake.schedule_state import ScheduleState, read_schedule_state
from partitioned_pipelines.cli.lake.table_reader import TableReader
from partitioned_pipelines.cli.lake.table_snapshots import TableSnapshots
from partitioned_pipelines.cli.lake.window import Window
from partitioned_pipelines.cli.remedies import command_words
from partitioned_pipelines.cli.target.locations import state_folder
from partitioned_pipelines.operations.lake_state.building.build import build_lake
from partitioned_pipelines.operations.lake_state.building.gathered_facts import PipelineFacts, TableFacts
from partitioned_pipelines.spec.derived.awaited_tables import awaited_by
from partitioned_pipelines.spec.derived.interval_rule import interval_rule

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from partitioned_pipelines.cli.settings import Settings
    from partitioned_pipelines.cli.target.target import Cloud
    from partitioned_pipelines.lake.intervals.execution_input import IntervalRule
    from partitioned_pipelines.operations.lake_state.documents.lake import Lake, Problem
    from partitioned_pipelines.runtime.executions.execution import Execution
    from partitioned_pipelines.spec import Pipeline, Table

WINDOW: Final = 400
"""The number of intervals of each table."""
CALLS_AT_ONCE: Final = 8


@dataclass(frozen=True)
class ReadLake:
    """A lake, with what its documents are built from.

    Attributes
    ----------
    pipelines
        What was read of the pipelines, in the order of the lake's.
    reader
        The reader; None if the stacks could not be listed.
    """

    lake: Lake
    pipelines: tuple[ReadPipeline, ...]
    reader: PipelineReader | None = None

    @property
    def facts(self) -> tuple[PipelineFacts, ...]:
        """What the lake is built from."""
        return tuple(each.facts for each in self.pipelines)

    def table(self, table_id: str) -> TableFacts:
        """Return what was read of a table. Raises KeyError for a table that was not read."""
        return {table.id: table for each in self.pipelines for table in each.facts.tables}[table_id]


@dataclass(frozen=True)
class ReadPipeline:
    """A pipeline that was read.

    Attributes
    ----------
    executions
        Those that the service lists, the newest first.
    """

    spec: Pipeline
    facts: PipelineFacts
    executions: tuple[Execution, ...] = ()


class StoppedError(Exception):
    """Reading was stopped."""


def never() -> bool:
    """Return False."""
    return False


def read_lake(
    settings: Settings,
    cloud: Cloud,
    pipelines: Sequence[Pipeline],
    *,
    now: datetime,
    window: int = WINDOW,
    first: frozenset[str] = frozenset(),
    on_part: Callable[[Callable[[], ReadLake], frozenset[str]], None] | None = None,
    stopped: Callable[[], bool] = never,
) -> ReadLake:
    """Read the states of the last intervals of some pipelines' tables.

    What cannot be read becomes a problem in its place.

    Parameters
    ----------
    window
        The largest number of intervals of each table.
    first
        The names of pipelines to read first.
    on_part
        Called after each pipeline with a function that returns what was read so far, and the tables of which nothing is known yet.
    stopped
        Whether to stop.

    Raises
    ------
    StoppedError
        If reading was stopped.
    """

    def built(read: Mapping[str, ReadPipeline], errors: Sequence[Problem] = ()) -> ReadLake:
        found = tuple(read.get(each.name) or ReadPipeline(each, unread(each)) for each in pipelines)
        lake = build_from(
            settings, [each.facts for each in found], target=_scope(cloud), now=now, window=window, errors=errors
        )
        return ReadLake(lake, found, reader)

    reader = None
    read: dict[str, ReadPipeline] = {}
    try:
        reader = PipelineReader.open(settings, cloud, now=now, window=window, stopped=stopped)
        with ThreadPoolExecutor(CALLS_AT_ONCE) as pool:
            for each in pool.map(reader.read, sorted(pipelines, key=lambda each: each.name not in first)):
                read[each.spec.name] = each
                if on_part:
                    left = {table.qualified_name for one in pipelines if one.name not in read for table in one.tables}
                    on_part(lambda: built(read), frozenset(left))
    except FAILURES as error:  # of the stacks: whether anything is deployed is unknown
        return built({}, [problem_of("", error)])
    return built(read)


def begin_lake(settings: Settings, pipelines: Sequence[Pipeline], now: datetime) -> Lake:
    """Return the read model of a lake of which nothing is known but its pipelines."""
    return build_from(settings, [unread(each) for each in pipelines], target=settings.target.value, now=now)


def build_from(
    settings: Settings,
    facts: Sequence[PipelineFacts],
    *,
    target: str,
    now: datetime,
    window: int = WINDOW,
    errors: Sequence[Problem] = (),
) -> Lake:
    """Return the read model of what was read; its commands have the options of this one."""
    return build_lake(
        facts,
        as_of=now,
        target=target,
        prefix=settings.prefix,
        window=window,
        complete=lambda words: command_words(settings, *words),
        errors=errors,
    )


@dataclass(frozen=True)
class PipelineReader:
    """The reader of pipelines.

    Attributes
    ----------
    stacks
        The outputs of the deployed stacks, by name.
    bucket
        The lake's bucket; None if it is not deployed.
    kept
        The folder of what is kept between reads.
    stopped
        Whether to stop.
    """

    settings: Settings
    cloud: Cloud
    stacks: Mapping[str, Mapping[str, str]]
    bucket: str | None
    kept: Path
    now: datetime
    window: int
    stopped: Callable[[], bool] = never

    @classmethod
    def open(
        cls,
        settings: Settings,
        cloud: Cloud,
        *,
        now: datetime,
        window: int = WINDOW,
        stopped: Callable[[], bool] = never,
    ) -> PipelineReader:
        """Return a reader of the stacks that are deployed. Raises ClientError if they cannot be listed."""
        stacks = cloud.all_stack_outputs(f"{settings.prefix}-")
        kept = kept_folder(settings, cloud)
        bucket = stacks.get(settings.data_lake_stack, {}).get("LakeBucketName")
        return cls(settings, cloud, stacks, bucket, kept, now, window, stopped)

    def read(self, pipeline: Pipeline) -> ReadPipeline:
        """Read one pipeline and its tables. Raises StoppedError if reading was stopped."""
        if self.stopped():
            raise StoppedError
        outputs = self.outputs_of(pipeline)
        if outputs is None or self.bucket is None:
            return ReadPipeline(pipeline, _undeployed(pipeline, deployed=False))
        problems: list[Problem] = []
        schedule, runs = ScheduleState(), KnownRuns()
        fires, awaited = not self.cloud.is_local, awaited_by(pipeline)
        window = Window(pipeline.schedule, self.now, self.window, fires=fires, awaited=awaited)
        try:
            schedule = read_schedule_state(self.cloud, outputs)
        except FAILURES as error:
            problems.append(problem_of(pipeline.name, error))
        try:
            runs = self._runs(pipeline, outputs, window, interval_rule(pipeline))
        except FAILURES as error:
            problems.append(problem_of(pipeline.name, error))
        tables = [TableReader(self.cloud, pipeline, table, self.bucket) for table in pipeline.tables]
        snapshots = TableSnapshots(self.kept / f"{pipeline.name}.tables.json")
        span: tuple[datetime, datetime] | None = window.span or window.likely_span
        known = _known(tables, span, snapshots, runs, self.now)
        if window.span is None and not window.lies_within(window.likely_span, known):
            span = None
            known = _known(tables, span, snapshots, runs, self.now)
        intervals = window.intervals(known, schedule.created)
        if schedule.off_since and schedule.why_off:
            unfired = dict.fromkeys(window.fired_since(schedule.off_since), schedule.why_off)
            for table in tables:
                table.unfired = unfired
        found = [table.facts(intervals, runs.attempts) for table in tables]
        self._keep(snapshots, span, runs, list(zip(tables, found, strict=True)))
        facts = replace(
            _facts(pipeline, found),
            paused_since=schedule.off_since,
            off=schedule.why_off,
            last=runs.last,
            problems=problems,
        )
        return ReadPipeline(pipeline, facts, runs.listed)

    def read_before(self, pipeline: Pipeline, table: Table, until: datetime) -> TableFacts:
        """Read the last intervals of one table that begin before a time; nothing of it is kept.

        Raises
        ------
        ClientError, BotoCoreError
            If the executions cannot be listed.
        """
        outputs = self.outputs_of(pipeline)
        if outputs is None or self.bucket is None:
            return _undeployed(pipeline, deployed=False).tables[0]
        fires, awaited = not self.cloud.is_local, awaited_by(pipeline)
        window = Window(pipeline.schedule, self.now, self.window, fires=fires, awaited=awaited, until=until)
        runs = self._runs(pipeline, outputs, window, interval_rule(pipeline))
        reader = TableReader(self.cloud, pipeline, table, self.bucket)
        reader.read(window.span, None, None, self.now)
        known = [*reader.spans, *((attempt.start, attempt.end) for attempt in runs.attempts)]
        return reader.facts(window.intervals(known, None), runs.attempts)

    def outputs_of(self, pipeline: Pipeline) -> Mapping[str, str] | None:
        """Return the outputs of a pipeline's stack; None if it is not deployed."""
        return self.stacks.get(self.settings.pipeline_stack(pipeline.name))

    def ended_runs(self, pipeline: Pipeline) -> EndedRuns:
        """Return what is kept of a pipeline's executions."""
        return EndedRuns(self.kept / f"{pipeline.name}.json")

    def _keep(
        self,
        snapshots: TableSnapshots,
        span: tuple[datetime, datetime] | None,
        runs: KnownRuns,
        tables: Sequence[tuple[TableReader, TableFacts]],
    ) -> None:
        """Keep what was read now; what was kept before stays as it is, with its time."""
        for table, facts in tables:
            if table.from_snapshot:
                continue
            snapshot = table.snapshot(span, runs.state, facts, self.now) if runs.state else None
            if snapshot:
                snapshots.keep(snapshot)
            else:
                snapshots.forget(facts.id)
        snapshots.save()

    def _runs(self, pipeline: Pipeline, outputs: Mapping[str, str], window: Window, rule: IntervalRule) -> KnownRuns:
        kept = self.ended_runs(pipeline)
        unmarked = any(table.registration != "lambda" for table in pipeline.tables)
        return read_known_runs(self.cloud, outputs, rule, kept, window.earliest_start, succeeded=unmarked)


def _known(
    tables: Sequence[TableReader],
    span: tuple[datetime, datetime] | None,
    snapshots: TableSnapshots,
    runs: KnownRuns,
    now: datetime,
) -> list[tuple[datetime, datetime]]:
    """Read the tables in a time, or all of it, and return the times of partitions, marks and runs."""
    for table in tables:
        if not (table.whole or table.problem):
            table.read(span, snapshots, runs.state, now)
    known = dict.fromkeys(found for table in tables for found in table.spans)  # mostly the same in all tables
    return [*known, *((attempt.start, attempt.end) for attempt in runs.attempts)]


def _facts(pipeline: Pipeline, tables: Sequence[TableFacts]) -> PipelineFacts:
    schedule = pipeline.schedule
    rule = interval_rule(pipeline)
    read = [source.table for step in pipeline.steps for source in step.table_inputs.values()]
    uris = [uri for step in pipeline.steps for uri in step.uri_inputs.values()]
    return PipelineFacts(
        name=pipeline.name,
        zone=rule.calendar.clock.timezone,
        step=str(rule.calendar.cadence),
        tables=tables,
        description=pipeline.description,
        schedule=schedule.cron if schedule else None,
        when=schedule.when if schedule else None,
        awaits=awaited_by(pipeline),
        orchestrator=pipeline.orchestrator,
        steps=tuple(step.name for step in pipeline.steps),
        reads=tuple(dict.fromkeys((*read, *uris))),
    )


def unread(pipeline: Pipeline) -> PipelineFacts:
    """Return a pipeline of which only its file is known."""
    return _undeployed(pipeline, deployed=True)


def _undeployed(pipeline: Pipeline, *, deployed: bool) -> PipelineFacts:
    tables = [
        TableFacts(table.qualified_name, table.description, table.format, table.layout, table.registration, (), ())
        for table in pipeline.tables
    ]
    return replace(_facts(pipeline, tables), deployed=deployed)


def with_sources(pipelines: Sequence[Pipeline], named: Sequence[Pipeline]) -> list[Pipeline]:
    """Return the named pipelines of a project with those whose tables they read, directly or not, in the project's order."""
    writer = {table.qualified_name: pipeline for pipeline in pipelines for table in pipeline.tables}
    found: set[str] = set()
    left = list(named)
    while left:
        pipeline = left.pop()
        if pipeline.name not in found:
            found.add(pipeline.name)
            left += [writer[table] for table in pipeline.read_tables if table in writer]
    return [pipeline for pipeline in pipelines if pipeline.name in found]


def _scope(cloud: Cloud) -> str:
    """Return the name of the target: the account and the region, or local."""
    return "local" if cloud.is_local else f"{cloud.account_id}/{cloud.session.region_name}"


def kept_folder(settings: Settings, cloud: Cloud) -> Path:
    """Return the folder of what is kept of this lake; each local cloud has its own, because its state is lost with it."""
    scope, endpoint = _scope(cloud), cloud.local_endpoint
    of = f"{scope}-{sha256(endpoint.access_key_id.encode()).hexdigest()[:8]}" if endpoint else scope.replace("/", "-")
    return state_folder(settings.project) / "lake" / f"{of}-{settings.prefix}"
