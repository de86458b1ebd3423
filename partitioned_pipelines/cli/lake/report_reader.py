"""What a report contains, read from a cloud: the lake, its tables, and the runs that somebody will ask for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from partitioned_pipelines.cli.errors import CommandError
from partitioned_pipelines.cli.lake.cost_reader import read_costs
from partitioned_pipelines.cli.lake.detail_reader import read_detail
from partitioned_pipelines.cli.lake.lake_reader import CALLS_AT_ONCE, read_lake
from partitioned_pipelines.cli.lake.problems import problem_of
from partitioned_pipelines.cli.lake.runs.lister import list_runs
from partitioned_pipelines.cli.lake.runs.reader import RunReader
from partitioned_pipelines.cli.lake.runs.search import find_run_anywhere
from partitioned_pipelines.operations.lake_state.interval_letters import letter_of
from partitioned_pipelines.page.report import Report
from partitioned_pipelines.page.wording import count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from partitioned_pipelines.cli.lake.lake_reader import PipelineReader, ReadLake
    from partitioned_pipelines.cli.settings import Settings
    from partitioned_pipelines.cli.target.target import Cloud
    from partitioned_pipelines.operations.costs.price_list import PriceList
    from partitioned_pipelines.operations.lake_state.documents.detail import Detail
    from partitioned_pipelines.operations.lake_state.documents.lake import Need, Problem
    from partitioned_pipelines.operations.lake_state.documents.run import Run
    from partitioned_pipelines.operations.lake_state.documents.run_list import ListedRun
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
    wanted, lake = _wanted_runs(read), read.lake
    found = _Runs(settings, cloud, pipelines, prices, lake.needs)
    if read.reader:
        for run_id, pipeline in wanted[:runs]:
            progress(f"reading run {run_id}")
            found.read(read.reader, run_id, pipeline)
        progress("reading what runs used")
        lake = read_costs(read.reader, pipelines, prices).added_to(lake)

    progress("reading the newest partitions")
    return Report(
        lake=lake,
        details=_details(read),
        runs=found.runs,
        known_runs=found.added_to(list_runs(read)),
        prices=lake.prices,
        run_problems=found.problems if read.reader else lake.errors,
        left_out=tuple(_left_out(read, wanted[runs:], intervals)),
        logs=logs,
    )


def _details(read: ReadLake) -> dict[str, Detail]:
    """Return the details of all tables."""
    tables = [(pipeline.spec, table) for pipeline in read.pipelines for table in pipeline.spec.tables]

    def detail(of: tuple[Pipeline, Table]) -> Detail:
        pipeline, table = of
        return read_detail(read.reader, pipeline, table, read.table(table.qualified_name))

    with ThreadPoolExecutor(CALLS_AT_ONCE) as pool:
        return {each.table: each for each in pool.map(detail, tables)}


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
    """The runs that were read.

    Attributes
    ----------
    problems
        What could not be read.
    """

    settings: Settings
    cloud: Cloud
    pipelines: Sequence[Pipeline]
    prices: PriceList | None
    needs: Sequence[Need]
    runs: list[Run] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def read(self, reader: PipelineReader, run_id: str, name: str) -> None:
        """Read a run of a pipeline."""
        pipeline = next(each for each in self.pipelines if each.name == name)
        try:
            found = find_run_anywhere(self.settings, self.cloud, [pipeline], reader.stacks, reader.bucket, run_id)
        except CommandError as error:
            self.problems.append(problem_of(name, ValueError(error.message)))
            return
        run = RunReader(self.settings, self.cloud, self.pipelines, reader, found, self.prices, self.needs)
        self.runs.append(run.read())

    def added_to(self, listed: Sequence[ListedRun]) -> list[ListedRun]:
        """Return the list of runs, with the intervals and the durations of those that were read."""
        read = {run.id: run for run in self.runs}
        return [
            replace(one, start=run.start, end=run.end, seconds=run.seconds) if (run := read.get(one.id)) else one
            for one in listed
        ]


def _left_out(read: ReadLake, runs: Sequence[tuple[str, str]], intervals: int) -> Iterator[str]:
    yield f"Of each table it has the last {count(intervals, 'interval')} at most."
    if runs:
        of: Mapping[str, None] = dict.fromkeys(name for _, name in runs)
        yield f"{count(len(runs), 'run')} without a page, of {', '.join(of)}: a larger --runs includes them."
    if not read.lake.pipelines:
        yield "The project has no pipelines."
