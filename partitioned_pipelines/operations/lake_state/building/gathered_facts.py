"""What the read model is built from: pipelines and tables as readers have found them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from partitioned_pipelines.lake.intervals.interval import Interval
    from partitioned_pipelines.lake.schedule.awaited import Awaited
    from partitioned_pipelines.operations.lake_state.documents.lake import Problem, RunSummary
    from partitioned_pipelines.runtime.intervals.interval_state import State


class Holding(NamedTuple):  # created several times as fast as a frozen dataclass: there is one for each interval
    """What readers see of one interval, or of several.

    Attributes
    ----------
    rows
        None if not every file was counted.
    """

    partitions: int = 0
    objects: int = 0
    bytes: int = 0
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class TableFacts:
    """A table of a pipeline.

    Attributes
    ----------
    intervals
        In order, each following the one before.
    states
        The state of each of them; None if it is not due, or left out by the schedule.
    holdings
        What readers see of each of them; None if that is unknown.
    problem
        Why the states are unknown or cannot be trusted.
    """

    id: str
    description: str
    format: str
    layout: Literal["versioned", "in_place"]
    registration: Literal["lambda", "msck", "projection"]
    intervals: Sequence[Interval]
    states: Sequence[State | None]
    holdings: Sequence[Holding] | None = None
    note: str | None = None
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class PipelineFacts:
    """A pipeline, and its tables.

    Attributes
    ----------
    schedule
        The cron expression; None if no clock starts the runs.
    when
        What starts them instead; None if they are only started manually.
    paused_since, off
        Since when the schedule is off, and why; None if it is on.
    step
        The length of an interval.
    reads
        Tables of the project, ``database.table``, and S3 URIs.
    awaits
        The tables whose publications start the runs.
    """

    name: str
    zone: str
    step: str
    tables: Sequence[TableFacts]
    description: str = ""
    deployed: bool = True
    schedule: str | None = None
    when: Literal["inputs", "arrival"] | None = None
    paused_since: datetime | None = None
    off: str | None = None
    orchestrator: str = "step_functions"
    steps: Sequence[str] = ()
    reads: Sequence[str] = ()
    awaits: tuple[Awaited, ...] = ()
    last: RunSummary | None = None
    problems: Sequence[Problem] = field(default=())
