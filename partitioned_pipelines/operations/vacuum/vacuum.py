"""The vacuum of a table: decides twice which runs to remove, the second time while holding the table's lease."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from partitioned_pipelines.operations.vacuum.removal import (
    Removed,
    archive_receipt,
    refuse_foreign_location,
    remove_folder,
)
from partitioned_pipelines.operations.vacuum.retention import Retention, check_agreement
from partitioned_pipelines.runtime.catalog import TablePartitions
from partitioned_pipelines.runtime.history.reader import HistoryReader
from partitioned_pipelines.runtime.history.run_folders import measure_folder
from partitioned_pipelines.runtime.history.table_address import TableAddress, comparable_location

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_glue import GlueClient
    from mypy_boto3_s3 import S3Client

    from partitioned_pipelines.operations.history.executions import Executions
    from partitioned_pipelines.operations.operation import HeldLease, HoldLease
    from partitioned_pipelines.runtime.history.receipts import Receipt
    from partitioned_pipelines.runtime.history.table_history import TableHistory

# Another writer checks every two seconds whether the lease is free, and gives up after some minutes.
_TENURE = timedelta(seconds=30)
_PAUSE_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class RemovedRun:
    """A run that was removed, or would be."""

    run_id: str
    objects: int
    bytes: int
    ceased_at: datetime | None


@dataclass(frozen=True, slots=True)
class KeptRun:
    """A run that is kept, and the reason."""

    run_id: str
    reason: str


@dataclass(slots=True)
class VacuumReport:
    """The result of a vacuum, or its plan.

    Attributes
    ----------
    receipts
        The receipts of rollbacks that later registrations have replaced; they are moved to ``removed/`` too.
    """

    removed: list[RemovedRun] = field(default_factory=list)
    kept: list[KeptRun] = field(default_factory=list)
    receipts: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Vacuum:
    """A vacuum of one table.

    Attributes
    ----------
    keep
        Time for which a run is kept after its last partition was pointed to another run.
    hold_lease
        Returns a context manager that holds the table's lease.
    """

    s3: S3Client
    glue: GlueClient
    table: TableAddress
    executions: Executions
    keep: timedelta
    hold_lease: HoldLease
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], None] = time.sleep

    def plan(self) -> VacuumReport:
        """Return the planned removals without changing anything.

        Raises
        ------
        RegistrationError
            If the table is not in the Data Catalog.
        OperationRefusedError
            If the catalog and the receipts contradict each other.
        """
        history = self._read(HistoryReader(self.s3, self.glue, self.table))
        report = VacuumReport()
        for run in history.runs.values():
            if reason := self._retention.reason_to_keep(run, history):
                report.kept.append(KeptRun(run.run_id, reason))
            else:
                content = measure_folder(self.s3, self.table.run_folder(run.run_id))
                report.removed.append(RemovedRun(run.run_id, content.objects, content.bytes, run.ceased_at))
        report.receipts = [receipt.receipt_id for receipt in self._replaced_rollbacks(history)]
        return report

    def run(self, on_removed: Callable[[RemovedRun], None] = lambda _removed: None) -> VacuumReport:
        """Remove the runs that may be removed, one after the other.

        Before each run, while the lease is held, the receipts and the whole catalog are read again, and the run is removed only if that is
        still allowed. The lease is released regularly, so that registrations do not wait for the whole vacuum.

        Raises
        ------
        RegistrationError
            If the table is not in the Data Catalog.
        OperationRefusedError
            If the catalog and the receipts contradict each other, also if that happens between two runs.
        RemovalError
            If S3 did not delete an object.
        LeaseError
            If another writer keeps the table's lease, or has taken it over.
        """
        reader = HistoryReader(self.s3, self.glue, self.table)
        history = self._read(reader)
        report = VacuumReport()
        pending: dict[str, Removed] = {}
        for run in history.runs.values():
            if reason := self._retention.reason_to_keep(run, history):
                report.kept.append(KeptRun(run.run_id, reason))
            else:
                pending[run.run_id] = Removed()
        while pending:
            with self.hold_lease() as lease:
                self._remove_for_a_while(pending, reader, lease, report, on_removed)
            if pending:
                self.sleep(_PAUSE_SECONDS)
        if self._replaced_rollbacks(history):
            with self.hold_lease() as lease:
                for receipt in self._replaced_rollbacks(self._read(reader)):
                    lease.check()
                    archive_receipt(self.s3, self.table, receipt, Removed(), self.now())
                    report.receipts.append(receipt.receipt_id)
        return report

    def _remove_for_a_while(
        self,
        pending: dict[str, Removed],
        reader: HistoryReader,
        lease: HeldLease,
        report: VacuumReport,
        on_removed: Callable[[RemovedRun], None],
    ) -> None:
        """Remove runs, and delete them from ``pending``, until the lease should be released or no run is left."""
        until = self.now() + _TENURE

        def has_time() -> bool:
            return self.now() < until

        while pending:
            run_id, removed = next(iter(pending.items()))
            history = self._read(reader)
            run = history.runs.get(run_id)
            reason = self._retention.reason_to_keep(run, history) if run else None
            if run is None or reason:
                report.kept.append(KeptRun(run_id, reason or "it was already removed"))
                del pending[run_id]
                continue
            folder = self.table.run_folder(run_id)
            if not remove_folder(self.s3, folder, removed, before_batch=lease.check, has_time=has_time):
                return
            if run.receipt:
                lease.check()
                archive_receipt(self.s3, self.table, run.receipt, removed, self.now())
            del pending[run_id]
            report.removed.append(RemovedRun(run_id, removed.objects, removed.bytes, run.ceased_at))
            on_removed(report.removed[-1])
            if not has_time():
                return

    def _read(self, reader: HistoryReader) -> TableHistory:
        catalog = TablePartitions(self.glue, self.table.database_name, self.table.table_name)
        location = catalog.get_table().get("StorageDescriptor", {}).get("Location", "")
        refuse_foreign_location(self.table, comparable_location(location))
        history = reader.read()
        check_agreement(history)
        return history

    @property
    def _retention(self) -> Retention:
        return Retention(self.s3, self.executions, self.keep, self.now)

    def _replaced_rollbacks(self, history: TableHistory) -> list[Receipt]:
        return [
            rollback
            for rollback in history.rollbacks
            if self._retention.reason_to_keep_rollback(rollback, history) is None
        ]
