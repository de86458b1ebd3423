"""What is known about a pipeline's intervals, from one table and from the executions."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from partitioned_pipelines.lake.runs.interval_mark import IntervalMark

Status = Literal["running", "failed", "succeeded"]


class Answers(Enum):
    """Who can tell whether an interval is published.

    PARTITIONS
        The catalog, or the folders of partition projection: every combination of keys is at most one interval long.
    RUNS
        The runs alone, because the keys are coarser than the interval, or name no time.
    """

    PARTITIONS = "partitions"
    RUNS = "runs"


class ShownPartition(NamedTuple):  # created several times as fast as a frozen dataclass: a table may have 100,000
    """A partition that readers see, and the time that its keys name, in UTC.

    Attributes
    ----------
    run_id
        The run that wrote it, if it is known.
    rolled_back
        Whether a rollback registered it.
    objects, bytes, rows
        Its size, according to its stamp; None if it is unknown, such as the rows unless every file was counted.
    """

    start: datetime
    end: datetime
    run_id: str | None = None
    rolled_back: bool = False
    objects: int | None = None
    bytes: int | None = None
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """An execution, and the time that its input names, in UTC.

    Attributes
    ----------
    reason
        Why it failed.
    """

    start: datetime
    end: datetime
    run_id: str
    started_at: datetime
    status: Status
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class TableEvidence:
    """What is known from a table.

    Attributes
    ----------
    marks_publishing
        Whether runs leave a mark or a receipt when they publish. They do not under ``registration: msck`` or ``projection``, whose successful
        executions take the place of marks.
    partitions
        If they can tell: at least those of the intervals in question.
    marks
        Interval marks, and what receipts without a mark tell.
    dropped
        The time that the keys of partitions dropped on purpose name.
    withdrawn
        By run id: why readers no longer see what the run published, if the partitions cannot tell.
    """

    table: str
    answers: Answers
    marks_publishing: bool = True
    partitions: Sequence[ShownPartition] = ()
    marks: Sequence[IntervalMark] = ()
    dropped: Sequence[tuple[datetime, datetime]] = ()
    withdrawn: Mapping[str, Literal["dropped", "rolled back"]] = field(default_factory=dict)
