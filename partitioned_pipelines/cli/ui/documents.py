"""The documents of tables, runs and logs, read from the cloud when somebody opens them."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, TypeVar

from partitioned_pipelines.cli.errors import CommandError
from partitioned_pipelines.cli.lake.detail_reader import read_detail
from partitioned_pipelines.cli.lake.lake_reader import unread
from partitioned_pipelines.cli.lake.runs.lister import list_runs, read_intervals
from partitioned_pipelines.cli.lake.runs.log_pages import read_all, read_older
from partitioned_pipelines.cli.lake.runs.reader import RunReader
from partitioned_pipelines.cli.lake.runs.search import UnknownRunError, find_run_anywhere
from partitioned_pipelines.lake.runs.run_facts import started_at_of
from partitioned_pipelines.operations.lake_state.documents.lake import Problem
from partitioned_pipelines.operations.lake_state.documents.run_list import choose_runs
from partitioned_pipelines.spec import job_stem
from partitioned_pipelines.spec.derived.interval_rule import interval_rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from partitioned_pipelines.cli.ui.lake_store import LakeStore, Snapshot
    from partitioned_pipelines.lake.intervals.clock import Clock
    from partitioned_pipelines.operations.lake_state.documents.detail import Detail
    from partitioned_pipelines.operations.lake_state.documents.log_page import LogPage
    from partitioned_pipelines.operations.lake_state.documents.run import Run, RunLog
    from partitioned_pipelines.operations.lake_state.documents.run_list import ListedRun
    from partitioned_pipelines.spec import Pipeline, Table

T = TypeVar("T")

_JOB: Final = re.compile("[A-Za-z0-9-]{1,63}")
_MOST_KEPT: Final = 64
_READS_AT_ONCE: Final = 4
_FIRST_READ_SECONDS: Final = 30.0


@dataclass
class Documents:
    """The documents of a lake. Those that were read are kept until a newer lake was read."""

    store: LakeStore
    _kept: dict[tuple[object, ...], object] = field(default_factory=dict)
    _at_once: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(_READS_AT_ONCE))

    def detail(self, table_id: str, *, until: datetime | None = None, since: datetime | None = None) -> Detail:
        """Return the last intervals of a table, 400 at most. Raises KeyError if the project has no such table."""
        pipeline, table = self.table(table_id)
        snapshot = self.store.wait_until_read(_FIRST_READ_SECONDS)

        def read() -> Detail:
            if snapshot.read is None:
                (facts,) = (each for each in unread(pipeline).tables if each.id == table_id)
                problem = Problem(table_id, "", "", snapshot.note)
                return replace(read_detail(None, pipeline, table, facts), problem=problem)
            facts = snapshot.read.table(table_id)
            return read_detail(snapshot.read.reader, pipeline, table, facts, until=until, since=since)

        return self._once(read, snapshot, "table", table_id, until, since)

    def table(self, table_id: str) -> tuple[Pipeline, Table]:
        """Return a table of the project, and its pipeline. Raises KeyError if there is none."""
        return {
            table.qualified_name: (pipeline, table) for pipeline in self.store.pipelines for table in pipeline.tables
        }[table_id]

    def clock_of(self, table_id: str) -> Clock:
        """Return the clock of a table's intervals. Raises KeyError if the project has no such table."""
        pipeline, _ = self.table(table_id)
        return interval_rule(pipeline).calendar.clock

    def run(self, run_id: str) -> tuple[Run, list[RunLog]]:
        """Return a run with the ends of its jobs' logs.

        Raises
        ------
        KeyError
            If no pipeline of the project has such a run.
        CommandError
            If it is not found, and something could not be read.
        """
        if started_at_of(run_id) is None:
            raise KeyError(run_id)
        snapshot = self.store.wait_until_read(_FIRST_READ_SECONDS)
        if snapshot.read is None or snapshot.read.reader is None:
            raise CommandError(snapshot.note)
        read, reader = snapshot.read, snapshot.read.reader

        def find() -> tuple[Run, list[RunLog]]:
            own = [each.spec for each in read.pipelines if any(one.run_id == run_id for one in each.executions)]
            settings, pipelines = self.store.settings, own or self.store.pipelines
            try:
                found = find_run_anywhere(settings, reader.cloud, pipelines, reader.stacks, reader.bucket, run_id)
            except UnknownRunError as error:
                raise KeyError(run_id) from error
            if found.run_id != run_id:
                raise KeyError(run_id)
            run_reader = RunReader(
                settings,
                reader.cloud,
                self.store.pipelines,
                reader,
                found,
                self.store.prices,
                needs=snapshot.lake.needs,
            )
            run = run_reader.read()
            return run, run_reader.read_logs(run)

        return self._once(find, snapshot, "run", run_id)

    def runs(self, *, pipeline: str, state: str, number: int) -> tuple[list[ListedRun], list[Problem]]:
        """Return all runs that are known, the newest first, those of the page with their intervals, and what could not be read."""
        snapshot = self.store.wait_until_read(_FIRST_READ_SECONDS)
        if snapshot.read is None or snapshot.read.reader is None:
            return [], list(snapshot.lake.errors)
        read, reader = snapshot.read, snapshot.read.reader

        def listed() -> tuple[list[ListedRun], list[Problem]]:
            runs = list_runs(read)
            chosen = choose_runs(runs, pipeline=pipeline, state=state, number=number).runs
            completed, problems = read_intervals(reader, read.pipelines, chosen)
            by_id = {run.id: run for run in completed}
            return [by_id.get(run.id, run) for run in runs], problems

        return self._once(listed, snapshot, "runs", pipeline, state, number)

    def older_lines(self, job: str, *, shown: int, token: str | None) -> LogPage:
        """Return the lines of a job's log before those that are known.

        Raises
        ------
        KeyError
            If no pipeline of the project has such a job.
        InvalidTokenError
            If the token is not one of this log.
        CommandError, ClientError, BotoCoreError
            If it cannot be read.
        """
        self._require_job(job)
        with self._at_once:
            return read_older(self.store.cloud.logs, job, shown=shown, token=token)

    def whole_log(self, job: str) -> Iterator[str]:
        """Return the lines of a job's log. Raises KeyError if no pipeline of the project has such a job."""
        self._require_job(job)
        return read_all(self.store.cloud.logs, job)

    def _require_job(self, job: str) -> None:
        """Raise KeyError unless a job is named as those of a pipeline of the project are."""
        stems = (job_stem(pipeline.name, step.name) for pipeline in self.store.pipelines for step in pipeline.steps)
        if not _JOB.fullmatch(job) or not any(job.startswith(f"{stem}-") for stem in stems):
            raise KeyError(job)

    def _once(self, read: Callable[[], T], snapshot: Snapshot, *key: object) -> T:
        """Return a document of a snapshot, which is read once."""
        whole = (snapshot.version, *key)
        if whole not in self._kept:
            with self._at_once:
                found = read()
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[whole] = found
            return found
        return self._kept[whole]  # type: ignore[return-value]  # of this key
