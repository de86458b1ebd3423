"""Which root cause explains an interval that failed or is missing."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from partitioned_pipelines.operations.lake_state.documents.lake import Lake, Need, Span


@dataclass(frozen=True)
class RootCauses:
    """The root causes of a lake, by table and interval."""

    lake: Lake

    def of(self, table: str, start: str) -> Need | None:
        """Return the root cause that an interval of a table belongs to, itself or waiting; None if it needs nobody."""
        spans, at = self._spans(table), _order(start)
        index = bisect_right(spans, at, key=lambda span: span[0]) - 1
        return spans[index][2] if index >= 0 and at < spans[index][1] else None

    def _spans(self, table: str) -> list[tuple[float, float, Need]]:
        """Return the spans of a table with their root causes, by their start; they do not overlap."""
        if table not in self._ordered:
            found = [(each, need) for need, spans in self._by_table.get(table, []) for each in spans]
            ends = [(_order(each.start), _order(each.end), need) for each, need in found]
            self._ordered[table] = sorted(ends, key=lambda span: span[0])
        return self._ordered[table]

    @cached_property
    def _ordered(self) -> dict[str, list[tuple[float, float, Need]]]:
        return {}

    @cached_property
    def _by_table(self) -> dict[str, list[tuple[Need, Sequence[Span]]]]:
        found: dict[str, list[tuple[Need, Sequence[Span]]]] = {}
        for need in self.lake.needs:
            for table in need.tables:
                found.setdefault(table, []).append((need, need.intervals))
            for waiting in need.waiting:
                found.setdefault(waiting.table, []).append((need, waiting.intervals))
        return found


def _order(text: str) -> float:
    """Return a number by which the starts of a table's intervals are ordered: all are dates, or all have an offset."""
    return datetime.fromisoformat(text).timestamp() if "T" in text else float(date.fromisoformat(text).toordinal())
