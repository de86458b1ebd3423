"""The runs that readers see, and whose inputs have changed since."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from partitioned_pipelines.operations.outdated.input_changes import Change, InputChanges
    from partitioned_pipelines.runtime.history.receipts import Receipt
    from partitioned_pipelines.runtime.history.table_history import TableHistory


@dataclass(frozen=True, slots=True)
class OutdatedRun:
    """A run with a changed input."""

    receipt: Receipt
    changes: tuple[Change, ...]


def find_outdated(histories: Iterable[TableHistory], changes: InputChanges) -> tuple[list[OutdatedRun], int]:
    """Return a pipeline's outdated runs, the oldest first, and the number of runs whose receipts do not name their inputs.

    Only runs that a partition points to count: what they wrote is what readers see, and a run that replaces it makes up for the change.
    """
    live: dict[str, Receipt] = {}
    for history in histories:
        for run in history.runs.values():
            if run.live and run.receipt:
                live.setdefault(run.run_id, run.receipt)
    outdated = [OutdatedRun(receipt, tuple(changes.of(receipt))) for receipt in live.values() if receipt.inputs]
    found = [run for run in outdated if run.changes]
    found.sort(key=lambda run: (run.receipt.started_at, run.receipt.receipt_id))
    return found, sum(receipt.inputs is None for receipt in live.values())
