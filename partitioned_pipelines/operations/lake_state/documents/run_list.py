"""The list of a lake's runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Final

from pydantic import ConfigDict, Field

from partitioned_pipelines.operations.lake_state.documents.lake import CONFIG
from partitioned_pipelines.operations.lake_state.documents.moment import Moment

if TYPE_CHECKING:
    from collections.abc import Sequence

RUNS_OF_A_PAGE: Final = 100
RUN_STATES: Final = {
    "failed": ("FAILED", "TIMED_OUT", "ABORTED", "STOPPED"),
    "running": ("RUNNING", "STOPPING"),
    "succeeded": ("SUCCEEDED", "PUBLISHED"),
}
"""The states by which runs are chosen, each with its statuses."""


@dataclass(frozen=True, slots=True)
class ListedRun:
    """A run of a pipeline: for which interval, how it ended, and how long it took."""

    __pydantic_config__: ClassVar[ConfigDict] = CONFIG

    id: str
    """The run's id."""
    pipeline: str
    """Its pipeline."""
    start: Annotated[str | None, Field(alias="from")]
    """The start of its interval; null if it is unknown."""
    end: Annotated[str | None, Field(alias="to")]
    """The exclusive end of its interval; null if it is unknown."""
    started: Moment
    """When its execution started."""
    status: str
    """A status of Step Functions, whatever the orchestrator is; PUBLISHED if only its receipt is left."""
    seconds: float | None
    """From its start to its end; null while it runs, or if that is unknown."""
    usual_seconds: float | None
    """The median of the pipeline's last successful runs; null if there are none."""


@dataclass(frozen=True, slots=True)
class RunPage:
    """A page of the runs that were chosen.

    Attributes
    ----------
    number, pages
        Its number, from 1 on, and the number of pages, at least 1.
    total
        The number of runs on all pages.
    """

    runs: Sequence[ListedRun]
    number: int
    pages: int
    total: int


def choose_runs(runs: Sequence[ListedRun], *, pipeline: str = "", state: str = "", number: int = 1) -> RunPage:
    """Return a page of the runs of a pipeline with a state.

    Parameters
    ----------
    pipeline
        Empty for all pipelines.
    state
        A key of ``RUN_STATES``; empty, or another string, for all states.
    number
        The page; the nearest one if there is none with this number.
    """
    statuses = RUN_STATES.get(state)
    chosen = [run for run in runs if pipeline in ("", run.pipeline) and (statuses is None or run.status in statuses)]
    pages = max(1, -(-len(chosen) // RUNS_OF_A_PAGE))
    number = min(max(number, 1), pages)
    return RunPage(chosen[(number - 1) * RUNS_OF_A_PAGE : number * RUNS_OF_A_PAGE], number, pages, len(chosen))
