"""The plan of a backfill: its runs in order, and the id that is the same for the same plan."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.intervals.instants import format_instant
from partitioned_pipelines.lake.runs.backfill_names import backfill_name, backfill_run_prefix

if TYPE_CHECKING:
    from partitioned_pipelines.lake.intervals.interval import Interval
    from partitioned_pipelines.operations.backfill.selection import Mode

_ID_DIGITS = 10


@dataclass(frozen=True, slots=True)
class BackfillPlan:
    """The runs of a backfill.

    Attributes
    ----------
    runs
        The interval of each run, in the order in which they start.
    attempt
        0, or more if backfills of the same runs have ended before: the names of closed executions stay taken.
    """

    pipeline: str
    mode: Mode
    runs: tuple[Interval, ...]
    attempt: int = 0

    @property
    def id(self) -> str:
        """The first digits of a hash of the plan: whoever plans the same gets the same id, and starts nothing twice."""
        spans = [[format_instant(run.start), format_instant(run.end)] for run in self.runs]
        plan = json.dumps([self.pipeline, self.mode, spans, self.attempt])
        return hashlib.sha256(plan.encode()).hexdigest()[:_ID_DIGITS]

    @property
    def name(self) -> str:
        """The name of the backfill's execution."""
        return backfill_name(self.id)

    def run_names(self) -> list[str]:
        """Return the names of the runs' executions, in order."""
        prefix = backfill_run_prefix(self.id)
        return [f"{prefix}{run.key}" for run in self.runs]

    def next_attempt(self) -> BackfillPlan:
        """Return the plan of the same runs with another id."""
        return replace(self, attempt=self.attempt + 1)
