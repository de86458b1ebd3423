"""Runs whose data readers no longer see on purpose, if the partition keys cannot tell which interval a partition is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from partitioned_pipelines.runtime.history.receipts import Receipt
    from partitioned_pipelines.runtime.history.table_history import TableHistory

Withdrawal = Literal["dropped", "rolled back"]


def find_withdrawn(history: TableHistory) -> dict[str, Withdrawal]:
    """Return the runs of which no partition counts any more, by id.

    A partition of a run counts until it is dropped, or rolled back to an earlier run, after the run has registered it. That a later run
    replaced it changes nothing: that run is about another interval, and published it in addition.
    """
    found: dict[str, Withdrawal] = {}
    for run in history.runs.values():
        if run.receipt and run.receipt.written:
            fates = {_fate(run.receipt, entry.values, history) for entry in run.receipt.written}
            if None not in fates:
                found[run.run_id] = "dropped" if "dropped" in fates else "rolled back"
    return found


def _fate(run: Receipt, values: tuple[str, ...], history: TableHistory) -> Withdrawal | None:
    dropped = history.dropped.get(values)
    if dropped and dropped >= run.registered_at:
        return "dropped"
    for rollback in reversed(history.rollbacks):
        if rollback.registered_at < run.registered_at:
            return None
        for entry in rollback.partitions:
            if entry.values == values:
                target = history.runs.get(entry.run_id)
                earlier = target is not None and target.started_at is not None and target.started_at < run.started_at
                return "rolled back" if earlier else None
    return None
