"""Intervals and their spans as text for people: what `status`, `show` and the page print."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from partitioned_pipelines.operations.lake_state.documents.lake import Span

_SHOWN_SPANS: Final = 3


def label(start: str, step: str | None) -> str:
    """Return the start of an interval as its name: ``2026-11-28``, ``2026-11`` for a month, ``2026-11-28 21:00`` for an hour."""
    if step == "month":
        return start[:7]
    return start if len(start) <= len("2026-11-28") else f"{start[:10]} {start[11:16]}"


def span(start: str, end: str) -> str:
    """Return a span of time, given its exclusive end: its days with the last one, or its times without seconds."""
    if "T" in start:
        same_day = start[:10] == end[:10]
        return f"{label(start, None)} to {end[11:16] if same_day else label(end, None)}"
    last = (date.fromisoformat(end) - timedelta(days=1)).isoformat()
    return start if last == start else f"{start} to {last}"


def spans(found: Sequence[Span], *, lasting: bool = False) -> str:
    """Return the newest spans, and how many there are before them.

    Parameters
    ----------
    lasting
        Whether the last one lasts until now.
    """
    more = f"{len(found) - _SHOWN_SPANS:,} earlier, " if len(found) > _SHOWN_SPANS else ""
    words = [span(each.start, each.end) for each in found[-_SHOWN_SPANS:]]
    if lasting:
        words[-1] = f"since {label(found[-1].start, None)}"
    return more + ", ".join(words)
