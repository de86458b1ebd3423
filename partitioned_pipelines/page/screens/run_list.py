"""The list of runs: what ran lately, by pipeline and state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from partitioned_pipelines.operations.lake_state.shown_spans import span
from partitioned_pipelines.page.rendering import render
from partitioned_pipelines.page.screens.run_page import LETTERS
from partitioned_pipelines.page.wording import duration, moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

    from partitioned_pipelines.operations.lake_state.documents.lake import Lake, Problem
    from partitioned_pipelines.operations.lake_state.documents.run_list import ListedRun
    from partitioned_pipelines.page.links import Links

RUNS_ON_A_PAGE: Final = 100
STATES: Final = {"failed": "f", "running": "r", "succeeded": "t"}
"""The states by which the list can be filtered, with their letters."""
_LONG: Final = 1.5


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run in the list."""

    run: ListedRun
    letter: str
    status: str
    interval: str
    started: str
    took: str
    usual: str
    is_long: bool


def run_list(
    lake: Lake,
    links: Links,
    runs: Sequence[ListedRun],
    *,
    pipeline: str,
    state: str,
    number: int,
    problems: Sequence[Problem],
) -> Markup:
    """Return the content of the page."""
    zones = {each.name: ZoneInfo(each.zone) for each in lake.pipelines}
    matching = [
        run
        for run in runs
        if (not pipeline or run.pipeline == pipeline)
        and (state not in STATES or LETTERS.get(run.status) == STATES[state])
    ]
    pages = max(1, -(-len(matching) // RUNS_ON_A_PAGE))
    number = min(max(number, 1), pages)
    shown = matching[(number - 1) * RUNS_ON_A_PAGE : number * RUNS_ON_A_PAGE]
    return render(
        "run_list.html",
        lake=lake,
        links=links,
        rows=[_row(run, zones.get(run.pipeline, ZoneInfo("UTC"))) for run in shown],
        pipelines=[each.name for each in lake.pipelines],
        states=tuple(STATES),
        pipeline=pipeline,
        state=state,
        number=number,
        pages=pages,
        matching=len(matching),
        total=len(runs),
        problems=problems,
    )


def _row(run: ListedRun, zone: ZoneInfo) -> RunRow:
    is_long = run.seconds is not None and run.usual_seconds is not None and run.seconds > _LONG * run.usual_seconds
    return RunRow(
        run,
        LETTERS.get(run.status, "?"),
        run.status.lower().replace("_", " "),
        span(run.start, run.end) if run.start and run.end else "unknown",
        moment(run.started.astimezone(zone)),
        duration(run.seconds) if run.seconds is not None else "runs" if LETTERS.get(run.status) == "r" else "unknown",
        duration(run.usual_seconds),
        is_long,
    )
