"""Lakes of the tests, and their pages."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.intervals.cadence import Cadence
from partitioned_pipelines.lake.intervals.calendar import Calendar
from partitioned_pipelines.lake.intervals.clock import Clock
from partitioned_pipelines.operations.lake_state.building.build import build_lake
from partitioned_pipelines.operations.lake_state.building.gathered_facts import PipelineFacts, TableFacts
from partitioned_pipelines.operations.lake_state.documents.run_list import ListedRun
from partitioned_pipelines.page.report import Report
from tests.page.parsed import parse
from tests.simulated_lake import simulate_lake, state_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from partitioned_pipelines.operations.lake_state.documents.lake import Lake, Problem
    from partitioned_pipelines.operations.lake_state.documents.run import Run
    from tests.page.parsed import Element
    from tests.simulated_lake import SimulatedLake

RUN = "20260309T000000Z-0123abcd"
START = datetime(2026, 3, 1, tzinfo=UTC)


def listed(runs: Sequence[Run]) -> list[ListedRun]:
    """Return runs as a list of runs, the newest first."""
    found = [
        ListedRun(
            each.id, each.pipeline, each.start, each.end, each.started, each.status, each.seconds, each.usual_seconds
        )
        for each in runs
    ]
    return sorted(found, key=lambda run: (run.started, run.id), reverse=True)


def report_of(found: SimulatedLake, **more: object) -> Report:
    """Return the report of a simulated lake with all its runs."""
    runs = list(found.runs.values())
    report = Report(found.lake, found.details, runs, listed(runs))
    return replace(report, **more)  # type: ignore[arg-type]  # the fields of a test


def pages_of(report: Report) -> dict[str, Element]:
    """Return the pages in a report's file, by path; the first one is ``/``."""
    document = parse(report.html())
    inside = {each.attributes["id"].removeprefix("page:"): each for each in document.all("template")}
    return {"/": document.one("main"), **inside}


def table(name: str, letters: str, *, step: str = "day", zone: str = "UTC", start: datetime = START) -> TableFacts:
    """Return a table whose intervals have these letters, from a time on."""
    calendar = Calendar(Cadence.parse(step), Clock(zone))
    intervals = [calendar.containing(start)] if letters else []
    while len(intervals) < len(letters):
        intervals.append(calendar.containing(intervals[-1].end))
    return TableFacts(
        name,
        "",
        "parquet",
        "versioned",
        "lambda",
        intervals,
        [state_of(each, RUN) for each in letters],  # type: ignore[arg-type]
    )


def pipeline(
    name: str, *tables: TableFacts, reads: Sequence[str] = (), step: str = "day", zone: str = "UTC"
) -> PipelineFacts:
    """Return a pipeline."""
    return PipelineFacts(name, zone, step, tables, schedule="0 6 * * ? *", steps=("transform",), reads=reads)


def lake_of(*pipelines: PipelineFacts, target: str = "123456789012/eu-west-1", errors: Sequence[Problem] = ()) -> Lake:
    """Return the read model."""
    return build_lake(
        pipelines,
        as_of=START + timedelta(days=30),
        target=target,
        prefix="pipelines",
        window=400,
        complete=lambda words: (*words, "--target", "aws"),
        errors=errors,
    )


def simulated(**options: object) -> SimulatedLake:
    """Return the simulated lake."""
    return simulate_lake(**options)  # type: ignore[arg-type]  # the options of a test
