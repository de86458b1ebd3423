"""Which root cause explains an interval that failed or is missing, and what waits for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from partitioned_pipelines.operations.lake_state.lake import Lake, Need, Span


@dataclass(frozen=True)
class RootCauses:
    """The root causes of a lake, by table and interval."""

    lake: Lake

    def of(self, table: str, start: str) -> Need | None:
        """Return the root cause that an interval of a table belongs to, itself or waiting; None if it needs nobody."""
        for need, spans in self._by_table.get(table, ()):
            if any(begins_in(start, span) for span in spans):
                return need
        return None

    @cached_property
    def _by_table(self) -> dict[str, list[tuple[Need, Sequence[Span]]]]:
        found: dict[str, list[tuple[Need, Sequence[Span]]]] = {}
        for need in self.lake.needs:
            for table in need.tables:
                found.setdefault(table, []).append((need, need.intervals))
            for waiting in need.waiting:
                found.setdefault(waiting.table, []).append((need, waiting.intervals))
        return found


def begins_in(start: str, span: Span) -> bool:
    """Return whether an interval with this start lies in a span of the same table."""
    return _order(span.start) <= _order(start) < _order(span.end)


def _order(text: str) -> float:
    """Return a number by which the starts of a table's intervals are ordered: all are dates, or all have an offset."""
    return datetime.fromisoformat(text).timestamp() if "T" in text else float(date.fromisoformat(text).toordinal())
