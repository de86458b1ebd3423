"""What a report contains, read from a cloud: the lake, its tables, and the runs that somebody will ask for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from partitioned_pipelines.cli.errors import CommandError
from partitioned_pipelines.cli.lake.lake_reader import PipelineReader, read_lake
from partitioned_pipelines.cli.lake.problems import FAILURES, problem_of
from partitioned_pipelines.cli.lake.run_reader import RunReader
from partitioned_pipelines.cli.lake.run_search import find_run_anywhere
from partitioned_pipelines.operations.lake_state.build_detail import build_detail
from partitioned_pipelines.operations.lake_state.detail import Column
from partitioned_pipelines.operations.lake_state.letters import letter_of
from partitioned_pipelines.operations.lake_state.run_list import ListedRun
from partitioned_pipelines.page.report import Report
from partitioned_pipelines.page.wording import count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from partitioned_pipelines.cli.lake.lake_reader import ReadLake
    from partitioned_pipelines.cli.settings import Settings
    from partitioned_pipelines.cli.target.target import Cloud
    from partitioned_pipelines.operations.costs.price_list import PriceList
    from partitioned_pipelines.operations.lake_state.detail import Detail
    from partitioned_pipelines.operations.lake_state.facts import TableFacts
    from partitioned_pipelines.operations.lake_state.lake import Problem
    from partitioned_pipelines.operations.lake_state.run import Run
    from partitioned_pipelines.runtime.executions.execution import Execution
    from partitioned_pipelines.spec import Pipeline, Table

_ASKED_FOR = ("f", "o", "r")
"""The letters of intervals whose runs somebody will ask for."""


def read_report(
    settings: Settings,
    cloud: Cloud,
    pipelines: Sequence[Pipeline],
    *,
    now: datetime,
    intervals: int,
    runs: int,
    logs: bool,
    prices: PriceList | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Report:
    """Read what a report contains. What cannot be read becomes a problem in its place.

    Parameters
    ----------
    intervals
        The largest number of intervals of each table.
    runs
        The largest number of runs that get a page: the newest of each pipeline, and those that failed or run, the newest first.
    """
    progress("reading the lake")
    read = read_lake(settings, cloud, pipelines, now=now, window=intervals)
    wanted = _wanted_runs(read)
    found = _Runs(settings, cloud, pipelines, prices)
    try:
        reader = PipelineReader.open(settings, cloud, now=now, window=intervals)
    except FAILURES as error:  # the lake says so, too
        found.problems.append(problem_of("", error))
    else:
        for run_id, pipeline in wanted[:runs]:
            progress(f"reading run {run_id}")
            found.read(reader, run_id, pipeline)
    tables = {table.qualified_name: table for pipeline in pipelines for table in pipeline.tables}
    facts = {table.id: table for pipeline in read.facts for table in pipeline.tables}
    return Report(
        lake=read.lake,
        details={name: detail for name, table in tables.items() if (detail := _detail(facts[name], table))},
        runs=found.runs,
        known_runs=found.listed(),
        run_problems=found.problems,
        left_out=tuple(_left_out(read, wanted[runs:], intervals)),
        logs=logs,
    )


def _wanted_runs(read: ReadLake) -> list[tuple[str, str]]:
    """Return the ids and pipelines of the runs that somebody will ask for: the newest of each pipeline, then the others by time."""
    newest = [(each.last.id, each.name) for each in read.lake.pipelines if each.last]
    others = {
        (run_id, pipeline.name)
        for pipeline in read.facts
        for table in pipeline.tables
        for state in table.states
        if state and letter_of(state) in _ASKED_FOR
        if (run_id := state.failed_since.run_id if state.failed_since else state.run_id)
    }
    return [*sorted(newest, reverse=True), *sorted(others.difference(newest), reverse=True)]


@dataclass
class _Runs:
    """The runs that were read, and those that were listed on the way.

    Attributes
    ----------
    problems
        What could not be read.
    """

    settings: Settings
    cloud: Cloud
    pipelines: Sequence[Pipeline]
    prices: PriceList | None
    runs: list[Run] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    executions: dict[str, tuple[str, Execution]] = field(default_factory=dict)

    def read(self, reader: PipelineReader, run_id: str, name: str) -> None:
        """Read a run of a pipeline."""
        pipeline = next(each for each in self.pipelines if each.name == name)
        try:
            found = find_run_anywhere(self.settings, self.cloud, [pipeline], reader.stacks, reader.bucket, run_id)
        except CommandError as error:
            self.problems.append(problem_of(name, ValueError(error.message)))
            return
        self.executions |= {one.run_id: (name, one) for one in found.listed}
        self.runs.append(RunReader(self.settings, self.cloud, self.pipelines, reader, found, self.prices).read())

    def listed(self) -> list[ListedRun]:
        """Return all runs that are known, the newest first; the intervals of those without a page are unknown."""
        usual = {run.pipeline: run.usual_seconds for run in self.runs}
        found = {
            run_id: ListedRun(run_id, name, None, None, one.started_at, one.status, _seconds(one), usual.get(name))
            for run_id, (name, one) in self.executions.items()
        }
        for run in self.runs:
            found[run.id] = ListedRun(
                run.id,
                run.pipeline,
                run.start,
                run.end,
                run.started,
                run.status,
                run.seconds,
                run.usual_seconds,
            )
        return sorted(found.values(), key=lambda run: (run.started, run.id), reverse=True)


def _seconds(execution: Execution) -> float | None:
    return (execution.ended_at - execution.started_at).total_seconds() if execution.ended_at else None


def _detail(facts: TableFacts, table: Table) -> Detail | None:
    if not facts.intervals:
        return None
    return build_detail(
        facts,
        [Column(each.name, each.type, each.comment) for each in table.columns],
        [Column(each.name, each.type, each.comment) for each in table.partition_keys],
    )


def _left_out(read: ReadLake, runs: Sequence[tuple[str, str]], intervals: int) -> Iterator[str]:
    yield f"Of each table it has the last {count(intervals, 'interval')} at most."
    if runs:
        of: Mapping[str, None] = dict.fromkeys(name for _, name in runs)
        yield f"{count(len(runs), 'run')} without a page, of {', '.join(of)}: a larger --runs includes them."
    if not read.lake.pipelines:
        yield "The project has no pipelines."
