"""Vacuum: what it removes is decided twice, the second time with the table's lease held."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from partitions.catalog import TablePartitions
from partitions.history.reader import HistoryReader
from partitions.history.run_folders import measure_folder
from partitions.history.table_address import TableAddress, comparable_location
from partitions.vacuum.removal import Removed, archive_receipt, refuse_foreign_location, remove_folder
from partitions.vacuum.retention import Retention, check_agreement

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_glue import GlueClient
    from mypy_boto3_s3 import S3Client

    from partitions.history.executions import Executions
    from partitions.history.held_lease import HeldLease, HoldLease
    from partitions.history.receipts import Receipt
    from partitions.history.table_history import Run, TableHistory


@dataclass(frozen=True, slots=True)
class RemovedRun:
    """A run that was removed, or would be."""

    run_id: str
    objects: int
    bytes: int
    ceased_at: datetime | None


@dataclass(frozen=True, slots=True)
class KeptRun:
    """A run that stays, and why."""

    run_id: str
    reason: str


@dataclass(slots=True)
class VacuumReport:
    """What a vacuum did, or would do.

    Attributes
    ----------
    receipts
        Of rollbacks that later registrations have replaced: moved to ``removed/``, too.
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
        For how long a run stays after the last partition was pointed elsewhere.
    hold_lease
        Gives the table's lease for as long as the block lasts.
    """

    s3: S3Client
    glue: GlueClient
    table: TableAddress
    executions: Executions
    keep: timedelta
    hold_lease: HoldLease
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def plan(self) -> VacuumReport:
        """Say what would be removed; nothing is touched.

        Raises
        ------
        RegistrationError
            Where the table is not in the Data Catalog.
        OperationRefusedError
            Where the catalog and the receipts do not agree.
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
        """Remove what may be removed, one run after the other.

        The lease is taken for each run anew, so that registrations need not wait for all of them. With it in hand the receipts
        and the whole catalog are read again, and the run is removed only if it may still be.

        Raises
        ------
        RegistrationError
            Where the table is not in the Data Catalog.
        OperationRefusedError
            Where the catalog and the receipts do not agree, also where that comes up between two runs.
        RemovalError
            Where S3 did not delete an object.
        """
        reader = HistoryReader(self.s3, self.glue, self.table)
        history = self._read(reader)
        report = VacuumReport()
        for run_id, run in history.runs.items():
            reason = self._retention.reason_to_keep(run, history)
            if reason is None:
                with self.hold_lease() as lease:
                    reason = self._remove(run_id, self._read(reader), lease, report)
                if reason is None:
                    on_removed(report.removed[-1])
            if reason is not None:
                report.kept.append(KeptRun(run_id, reason))
        if self._replaced_rollbacks(history):
            with self.hold_lease() as lease:
                for receipt in self._replaced_rollbacks(self._read(reader)):
                    lease.check()
                    archive_receipt(self.s3, self.table, receipt, Removed(), self.now())
                    report.receipts.append(receipt.receipt_id)
        return report

    def _remove(self, run_id: str, history: TableHistory, lease: HeldLease, report: VacuumReport) -> str | None:
        """Remove a run, unless something has come to stand against it."""
        run: Run | None = history.runs.get(run_id)
        if run is None:
            return "it is gone already"
        if reason := self._retention.reason_to_keep(run, history):
            return reason
        removed = remove_folder(self.s3, self.table.run_folder(run_id), lease.check)
        if run.receipt:
            lease.check()
            archive_receipt(self.s3, self.table, run.receipt, removed, self.now())
        report.removed.append(RemovedRun(run_id, removed.objects, removed.bytes, run.ceased_at))
        return None

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
