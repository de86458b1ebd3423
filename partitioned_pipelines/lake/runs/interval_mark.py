"""Interval marks: objects beside a table's receipts whose keys record what became of an interval.

A listing of their keys answers which intervals were published, without reading a receipt, also if the partition keys cannot tell.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from partitioned_pipelines.lake.intervals.instants import COMPACT_PATTERN, compact_instant, parse_compact
from partitioned_pipelines.lake.runs.run_facts import RUN_ID_PATTERN

if TYPE_CHECKING:
    from datetime import datetime

MarkedOutcome = Literal["published", "empty", "skipped"]
"""``published``: the run registered partitions; ``empty``: it succeeded without data; ``skipped``: it had no input, and did nothing."""

_OUTCOMES = "|".join(get_args(MarkedOutcome))
_NAME = re.compile(
    rf"(?P<start>{COMPACT_PATTERN})-(?P<end>{COMPACT_PATTERN})\.(?P<outcome>{_OUTCOMES})\.(?P<run_id>{RUN_ID_PATTERN})"
)
SKIPPED_NAMES = "*.skipped.*"
"""The pattern of the names of marks of skipped runs, for a policy."""


@dataclass(frozen=True, slots=True)
class IntervalMark:
    """What one run did about the time from ``start`` (inclusive) to ``end`` (exclusive), in UTC."""

    start: datetime
    end: datetime
    outcome: MarkedOutcome
    run_id: str

    @property
    def name(self) -> str:
        """The last part of the mark's key; names sort by the start of the interval."""
        return f"{span_text(self.start, self.end)}.{self.outcome}.{self.run_id}"

    @classmethod
    def of_span(cls, span: str, outcome: MarkedOutcome, run_id: str) -> IntervalMark:
        """Return the mark of a run, whose interval is a string from ``span_text``. Raises ValueError if it has another form."""
        mark = cls.parse(f"{span}.{outcome}.{run_id}")
        if mark is None:
            raise ValueError(f"{span!r} and {run_id!r} are not an interval and a run id")
        return mark

    @classmethod
    def parse(cls, name: str) -> IntervalMark | None:
        """Parse the last part of a key; None if it is not that of a mark."""
        match = _NAME.fullmatch(name)
        if match is None:
            return None
        try:
            start, end = parse_compact(match["start"]), parse_compact(match["end"])
        except ValueError:
            return None
        return cls(start, end, match["outcome"], match["run_id"]) if start < end else None  # type: ignore[arg-type]  # the pattern's


def span_text(start: datetime, end: datetime) -> str:
    """Return an interval in UTC as part of a name: ``20261101T050000Z-20261101T060000Z``."""
    return f"{compact_instant(start)}-{compact_instant(end)}"
