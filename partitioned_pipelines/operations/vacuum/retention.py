"""The retention of runs: the runs that may be removed, and the reasons to keep the others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.intervals.instants import format_instant
from partitioned_pipelines.operations.operation import OperationRefusedError
from partitioned_pipelines.operations.remedy import Remedy, of_table
from partitioned_pipelines.runtime.history.run_folders import measure_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from mypy_boto3_s3 import S3Client

    from partitioned_pipelines.operations.history.executions import Executions
    from partitioned_pipelines.runtime.history.receipts import Receipt
    from partitioned_pipelines.runtime.history.table_history import Run, TableHistory

# A failed execution can be redriven for 14 days, and then publishes files that were written before the failure.
# https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
REDRIVE_PERIOD = timedelta(days=14)
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Retention:
    """The retention of runs that no partition points to.

    Attributes
    ----------
    keep
        Minimum age, counted from the time at which a run ceased to be live.
    """

    s3: S3Client
    executions: Executions
    keep: timedelta
    now: Callable[[], datetime]

    def reason_to_keep(self, run: Run, history: TableHistory) -> str | None:
        """Return the reason to keep a run; None if it may be removed."""
        if run.live:
            partitions = "a partition points" if len(run.live) == 1 else f"{len(run.live):,} partitions point"
            return f"{partitions} to it"
        if run.receipt is None:
            return self._reason_without_receipt(run, history)
        if run.ceased_at is None:
            return "it is unknown since when nothing points to it"
        return self._too_young(run.ceased_at, self.keep, "nothing has pointed to it since")

    def reason_to_keep_rollback(self, rollback: Receipt, history: TableHistory) -> str | None:
        """Return the reason to keep a rollback's receipt; None if later receipts have replaced all of its entries."""
        ends = []
        for entry in rollback.partitions:
            claims = history.claims[entry.values]
            position = next(index for index, claim in enumerate(claims) if claim.receipt is rollback)
            if position == len(claims) - 1:
                return "it says what is live"
            ends.append(claims[position + 1].receipt.registered_at)
        return self._too_young(max(ends, default=rollback.registered_at), self.keep, "it was replaced at")

    def _reason_without_receipt(self, run: Run, history: TableHistory) -> str | None:
        keep = max(self.keep, REDRIVE_PERIOD)
        execution = self.executions.find(run.run_id)
        if execution is not None:
            if execution.closed_at is None:
                return f"it has no receipt, and its execution is {execution.status}"
            return self._too_young(execution.closed_at, keep, "it has no receipt, and its execution ended at")
        # Step Functions knows no running execution of this run: its age is taken from its own files.
        newest = measure_folder(self.s3, history.table.run_folder(run.run_id)).newest
        moments = [moment for moment in (newest, run.started_at) if moment]
        if not moments:
            return "it has no receipt and no files, and its name says no time"
        return self._too_young(max(moments), keep, "it has no receipt, and was last written to at")

    def _too_young(self, since: datetime, keep: timedelta, what: str) -> str | None:
        if self.now() - since >= keep:
            return None
        return f"{what} {format_instant(since)}"


def check_agreement(history: TableHistory) -> None:
    """Check that the catalog reliably shows which runs no partition points to.

    Raises
    ------
    OperationRefusedError
        If a receipt cannot be read, if the catalog and the receipts contradict each other, or if the catalog is empty although there
        are runs, as after a table was destroyed and deployed again.
    """
    name = history.table.full_name
    rebuild = Remedy.of(
        "restore the catalog first: ",
        of_table("doctor", "--rebuild"),
        " (or, if partitions were dropped on purpose, --accept-dropped)",
    )
    if history.table.in_place:
        raise OperationRefusedError(
            f"{name} is written in place: each run has swept what it replaced, and there are no earlier runs to remove",
            "use layout: versioned to keep runs",
        )
    if history.bad_receipts:
        bad = history.bad_receipts[0]
        raise OperationRefusedError(
            f"{name}: {bad.uri} is among the receipts, and {bad.problem} ({len(history.bad_receipts)} of this kind)",
            "restore an earlier version of the object (the bucket keeps them for 90 days), or move it elsewhere",
        )
    contradictions = history.contradictions()
    if contradictions:
        shown = "; ".join(str(each) for each in contradictions[:_SHOWN])
        more = f"; and {len(contradictions) - _SHOWN} more" if len(contradictions) > _SHOWN else ""
        raise OperationRefusedError(f"the catalog of {name} contradicts its receipts: {shown}{more}", rebuild)
    if history.runs and not history.partitions and not history.dropped:
        raise OperationRefusedError(
            f"the catalog of {name} has no partition, although there are {len(history.runs):,} runs", rebuild
        )
