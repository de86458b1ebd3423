"""The site of a simulated lake, served without a cloud."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast

from partitioned_pipelines.cli.ui.lake_store import LakeStore, Snapshot
from partitioned_pipelines.cli.ui.protection import Protected
from partitioned_pipelines.cli.ui.server import listening, serve
from partitioned_pipelines.cli.ui.session import Session
from partitioned_pipelines.cli.ui.site import Site
from partitioned_pipelines.lake.intervals.clock import Clock
from partitioned_pipelines.operations.lake_state.documents.lake import Cost
from partitioned_pipelines.operations.lake_state.documents.log_page import LogPage
from partitioned_pipelines.operations.lake_state.documents.run_list import ListedRun
from partitioned_pipelines.page.report import Report
from tests.simulated_lake import simulate_lake

if TYPE_CHECKING:
    from collections.abc import Iterator

    from partitioned_pipelines.cli.ui.documents import Documents
    from partitioned_pipelines.operations.lake_state.documents.detail import Detail
    from partitioned_pipelines.operations.lake_state.documents.lake import Lake, Problem
    from partitioned_pipelines.operations.lake_state.documents.run import Run, RunLog
    from tests.simulated_lake import SimulatedLake


def with_costs(simulated: SimulatedLake) -> SimulatedLake:
    """Return a simulated lake with costs of three months, one of them unusual."""
    names = [pipeline.name for pipeline in simulated.lake.pipelines]
    cost = {
        month: {name: Cost(30, 3600.0 * (1 + index) * factor, 1.25 * factor, 0) for index, name in enumerate(names)}
        for month, factor in (("2026-11", 3.0), ("2026-10", 1.0), ("2026-09", 1.0))
    }
    return replace(simulated, lake=replace(simulated.lake, cost=cost, no_cost=None))


def listed_runs(simulated: SimulatedLake) -> list[ListedRun]:
    """Return the list of the simulated runs."""
    runs = (
        ListedRun(run.id, run.pipeline, run.start, run.end, run.started, run.status, run.seconds, run.usual_seconds)
        for run in simulated.runs.values()
    )
    return sorted(runs, key=lambda run: run.started, reverse=True)


def report_of(simulated: SimulatedLake) -> Report:
    """Return the report of a simulated lake."""
    return Report(
        lake=simulated.lake,
        details=simulated.details,
        runs=tuple(simulated.runs.values()),
        known_runs=listed_runs(simulated),
    )


@dataclass
class SimulatedStore:
    """A store whose lake changes if a test says so."""

    simulated: SimulatedLake
    every: int = 1
    version: int = 1

    @property
    def pipelines(self) -> tuple[Any, ...]:
        return self.simulated.lake.pipelines

    @property
    def lake(self) -> Lake:
        lake = self.simulated.lake
        return lake if self.version == 1 else replace(lake, verdict=f"{lake.verdict}, in version {self.version}")

    def look(self) -> Snapshot:
        return Snapshot(self.lake, None, f"v{self.version}")

    look_at_costs = look


@dataclass
class SimulatedDocuments:
    """The documents of a simulated lake."""

    store: SimulatedStore
    lines: tuple[str, ...] = field(default=tuple(f"older line {number}" for number in range(1200)))

    def detail(self, table_id: str, **_: object) -> Detail:
        return self.store.simulated.details[table_id]

    def clock_of(self, table_id: str) -> Clock:
        return Clock(self.store.lake.pipeline(self.store.lake.table(table_id).pipeline).zone)

    def run(self, run_id: str) -> tuple[Run, list[RunLog]]:
        run = self.store.simulated.runs[run_id]
        return run, [run.log]

    def runs(self, **_: object) -> tuple[list[ListedRun], list[Problem]]:
        return listed_runs(self.store.simulated), []

    def older_lines(self, job: str, *, shown: int, token: str | None) -> LogPage:
        return LogPage(self.lines[200:], "token") if token is None else LogPage(self.lines[:200], None)

    def whole_log(self, job: str) -> Iterator[str]:
        return iter(self.lines)


@dataclass(frozen=True)
class ServedLake:
    """A simulated lake that is served."""

    url: str
    store: SimulatedStore


@contextmanager
def served(simulated: SimulatedLake | None = None) -> Iterator[ServedLake]:
    """Serve a simulated lake; yield its address with the token."""
    store = SimulatedStore(with_costs(simulated or simulate_lake()))
    with listening(0) as listener:
        port = listener.getsockname()[1]
        session = Session(port)
        site = Site(cast("LakeStore", store), cast("Documents", SimulatedDocuments(store)), session)

        def application(environ: Any, start_response: Any) -> Any:
            if environ["PATH_INFO"] == "/test/changed":  # what a cloud would do
                store.version += 1
                start_response("204 No Content", [])
                return []
            return Protected(site, port)(environ, start_response)

        threading.Thread(target=serve, args=(listener, application), daemon=True).start()
        yield ServedLake(f"http://127.0.0.1:{port}/#token={session.token}", store)
