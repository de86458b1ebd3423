"""The state of an interval: in one table, and in the pipeline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Mapping

    from partitioned_pipelines.lake.intervals.interval import Interval

StateName = Literal["running", "published", "empty", "dropped", "skipped", "lost", "failed", "never_started"]
"""In the order in which they are examined: an interval has the first state that applies.

``running``: an execution about it is open. ``published``: readers see its data. ``empty``: a run succeeded without data for it. ``dropped``:
its partitions were dropped on purpose. ``skipped``: the newest run had no input. ``lost``: a run published it, and its data is not visible.
``failed``: the newest execution about it failed. ``never_started``: no execution about it is known.
"""

ORDER: tuple[StateName, ...] = get_args(StateName)
MISSING: frozenset[StateName] = frozenset({"skipped", "lost", "failed", "never_started"})
"""The states of intervals that have no data and may need a run."""
UNEXPECTED: frozenset[StateName] = MISSING - {"skipped"}
"""The states that need attention; a skipped interval is one that the pipeline file allows."""

OF_ANOTHER_INTERVAL = "by a run about another interval"
"""The reason of a published interval without a run of its own."""


@dataclass(frozen=True, slots=True)
class FailedRun:
    """A run that failed, and why, if it is known."""

    run_id: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class State:
    """What became of an interval.

    Attributes
    ----------
    reason
        Why, if it is known.
    run_id
        The run that decided it, if there is one.
    rolled_back
        Whether readers see data of a published interval because of a rollback.
    failed_since
        The newest run about a published interval, if it failed and is later than the one that readers see.
    meanwhile
        The state of an interval that is published while a further run about it is open.
    """

    name: StateName
    reason: str | None = None
    run_id: str | None = None
    rolled_back: bool = False
    failed_since: FailedRun | None = None
    meanwhile: State | None = None

    @property
    def missing(self) -> bool:
        """Whether the interval has no data, and may need a run."""
        return self.name in MISSING


@dataclass(frozen=True, slots=True)
class IntervalState:
    """What became of an interval in each table of a pipeline, by ``database.table``."""

    interval: Interval
    tables: Mapping[str, State]

    @property
    def state(self) -> State:
        """The pipeline's state: that of the table in which the most is left to do."""
        return max(self.tables.values(), key=lambda state: ORDER.index(state.name))

    @property
    def missing(self) -> bool:
        """Whether the interval is missing in any table."""
        return self.state.missing
