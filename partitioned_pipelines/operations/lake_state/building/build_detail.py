"""A part of a table's intervals with what each holds, built from what readers have found."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from partitioned_pipelines.operations.lake_state.building.gathered_facts import Holding
from partitioned_pipelines.operations.lake_state.documents.detail import LONGEST, Detail, Reason
from partitioned_pipelines.operations.lake_state.documents.lake import Span
from partitioned_pipelines.operations.lake_state.interval_letters import letter_of
from partitioned_pipelines.operations.lake_state.run_length import encode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from partitioned_pipelines.operations.lake_state.building.gathered_facts import TableFacts
    from partitioned_pipelines.operations.lake_state.documents.detail import Column, Partition
    from partitioned_pipelines.operations.lake_state.documents.lake import Problem
    from partitioned_pipelines.runtime.intervals.interval_state import State


def build_detail(
    facts: TableFacts,
    columns: Sequence[Column],
    keys: Sequence[Column],
    *,
    first: int = 0,
    after: int | None = None,
    newest_keys: Mapping[str, str] | None = None,
    shown: Sequence[Partition] = (),
    older: bool = False,
    problem: Problem | None = None,
) -> Detail:
    """Return the document of the last intervals of a table, 400 at most.

    Parameters
    ----------
    first
        The index of the first interval.
    after
        The index of the interval after the last one; default: the number of intervals.
    newest_keys
        The values of the newest partition, by key.
    shown
        The partitions in these intervals, the newest first.
    older
        Whether the table may have intervals before the first one of the facts.
    problem
        Why the partitions could not be read.
    """
    end = len(facts.intervals) if after is None else after
    begin = max(first, end - LONGEST)
    intervals, states = facts.intervals[begin:end], facts.states[begin:end]
    holdings = facts.holdings[begin:end] if facts.holdings is not None else [Holding()] * len(intervals)
    named = [_run_of(state) for state in states]
    run_ids = tuple(dict.fromkeys(run_id for run_id in named if run_id))
    index_of = {run_id: index for index, run_id in enumerate(run_ids)}
    rows = tuple(each.rows for each in holdings)
    return Detail(
        table=facts.id,
        span=Span(intervals[0].start_text, intervals[-1].end_text) if intervals else None,
        columns=tuple(columns),
        keys=tuple(keys),
        states=encode(letter_of(state) for state in states),
        starts=tuple(interval.start_text for interval in intervals),
        partitions=tuple(each.partitions for each in holdings),
        objects=tuple(each.objects for each in holdings),
        bytes=tuple(each.bytes for each in holdings),
        rows=rows if any(count is not None for count in rows) else None,
        run_ids=run_ids,
        runs=tuple(index_of[run_id] if run_id else None for run_id in named),
        reasons=_reasons(states),
        newest_keys=newest_keys,
        shown=tuple(shown[:LONGEST]),
        older=older or begin > 0,
        problem=problem,
    )


def _run_of(state: State | None) -> str | None:
    if state is None:
        return None
    return state.failed_since.run_id if state.failed_since else state.run_id


def _reason_of(state: State | None) -> str | None:
    if state is None:
        return None
    return state.failed_since.reason if state.failed_since else state.reason


def _reasons(states: Sequence[State | None]) -> tuple[Reason, ...]:
    found = []
    first = 0
    for (_, reason), equal in groupby((letter_of(state), _reason_of(state)) for state in states):
        count = sum(1 for _ in equal)
        if reason:
            found.append(Reason(first, count, reason))
        first += count
    return tuple(found)
