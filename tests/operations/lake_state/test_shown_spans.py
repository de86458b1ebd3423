"""Tests that spans are shown with their last day, not with their exclusive end."""

from __future__ import annotations

import pytest

from partitioned_pipelines.operations.lake_state.documents.lake import Span
from partitioned_pipelines.operations.lake_state.shown_spans import span, spans


@pytest.mark.parametrize(
    ("start", "end", "shown"),
    [
        ("2026-08-21", "2026-08-24", "2026-08-21 to 2026-08-23"),
        ("2026-08-31", "2026-09-01", "2026-08-31"),
        ("2026-10-01", "2026-11-01", "2026-10-01 to 2026-10-31"),
        ("2026-11-28T21:00:00+09:00", "2026-11-28T22:00:00+09:00", "2026-11-28 21:00 to 22:00"),
        ("2026-11-28T23:00:00+09:00", "2026-11-29T00:00:00+09:00", "2026-11-28 23:00 to 2026-11-29 00:00"),
    ],
)
def test_a_span(start: str, end: str, shown: str) -> None:
    assert span(start, end) == shown


def test_the_newest_spans() -> None:
    found = [Span(f"2026-01-{day:02}", f"2026-01-{day + 2:02}") for day in (1, 5, 9, 13)]
    newest = "1 earlier, 2026-01-05 to 2026-01-06, 2026-01-09 to 2026-01-10, "
    assert spans(found) == newest + "2026-01-13 to 2026-01-14"
    assert spans(found, lasting=True) == newest + "since 2026-01-13"
