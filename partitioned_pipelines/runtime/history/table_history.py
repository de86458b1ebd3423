"""The history of a table: everything published in it, and what readers see now."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.runs.run_facts import started_at_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from partitioned_pipelines.runtime.history.catalog_partition import CatalogPartition
    from partitioned_pipelines.runtime.history.receipts import BadReceipt, Receipt, ReceiptEntry
    from partitioned_pipelines.runtime.history.table_address import TableAddress

    Values = tuple[str, ...]

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Claim:
    """A receipt's entry for a partition: the files that the partition shows from the receipt's registration on."""

    receipt: Receipt
    entry: ReceiptEntry

    @property
    def order(self) -> tuple[datetime, str]:
        """The sort key of claims: a later run has precedence."""
        return self.receipt.started_at, self.receipt.receipt_id


@dataclass(slots=True)
class Run:
    """A run: its receipt, its folder, and the partitions that point to it.

    Attributes
    ----------
    receipt
        None if the registration was never completed, or the receipt was deleted.
    live
        The values of the catalog's partitions that point to the run.
    ceased_at
        Time at which the last partition was pointed to another run; None while partitions point to the run, or if the time is unknown.
    """

    run_id: str
    receipt: Receipt | None = None
    has_folder: bool = False
    live: list[Values] = field(default_factory=list)
    ceased_at: datetime | None = None

    @property
    def started_at(self) -> datetime | None:
        """The start time from the receipt or, without a receipt, from the run id."""
        return self.receipt.started_at if self.receipt else started_at_of(self.run_id)


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A partition whose unexplained location in the catalog differs from its receipts."""

    values: Values
    claim: Claim
    found: CatalogPartition | None

    def __str__(self) -> str:
        expected = f"{'/'.join(self.values)} is to be at {self.claim.entry.location}"
        if self.found is None:
            return f"{expected}, and is not in the catalog"
        return f"{expected}, and the catalog has it at {self.found.location}"


@dataclass(slots=True)
class TableHistory:
    """The receipts, the partitions and the run folders of a table at one time.

    Attributes
    ----------
    runs
        The runs by id, the oldest first.
    claims
        The claims of the receipts for each partition, in the order of publication.
    dropped
        Time at which each partition was last dropped on purpose; it may have been registered again since.
    """

    table: TableAddress
    runs: dict[str, Run]
    rollbacks: list[Receipt]
    partitions: dict[Values, CatalogPartition]
    claims: dict[Values, list[Claim]]
    bad_receipts: list[BadReceipt]
    dropped: dict[Values, datetime]

    def contradictions(self) -> list[Contradiction]:
        """Find the partitions whose location is neither the newest receipt's nor one registered by a later run.

        A run that failed between its registration and its receipt is not a contradiction, because its stamp is later than the receipt.
        """
        found = []
        for values, claims in self.claims.items():
            partition, claim = self.partitions.get(values), claims[-1]
            if partition is None and self.dropped.get(values, _NEVER) >= claim.receipt.registered_at:
                continue
            if partition is None or (partition.location != claim.entry.location and not _is_later(partition, claim)):
                found.append(Contradiction(values, claim, partition))
        return found

    def unreceipted(self) -> list[CatalogPartition]:
        """Find the partitions registered by a run or a rollback without a receipt."""
        rollbacks = {receipt.receipt_id for receipt in self.rollbacks}
        return [
            partition
            for partition in self.partitions.values()
            if (partition.rollback_id and partition.rollback_id not in rollbacks)
            or (partition.run_id and not self._has_receipt(partition.run_id))
        ]

    def _has_receipt(self, run_id: str) -> bool:
        run = self.runs.get(run_id)
        return run is not None and run.receipt is not None


def build_history(
    table: TableAddress,
    receipts: Iterable[Receipt],
    bad_receipts: list[BadReceipt],
    partitions: Mapping[Values, CatalogPartition],
    folders: Iterable[str],
) -> TableHistory:
    """Combine receipts, partitions and folders into a history."""
    runs = {run_id: Run(run_id, has_folder=True) for run_id in folders}
    claims: dict[Values, list[Claim]] = {}
    rollbacks = []
    drops: dict[Values, list[datetime]] = {}
    for receipt in receipts:
        if receipt.kind == "rollback":
            rollbacks.append(receipt)
        elif receipt.kind == "run":
            runs.setdefault(receipt.receipt_id, Run(receipt.receipt_id)).receipt = receipt
        for entry in receipt.partitions:
            claims.setdefault(entry.values, []).append(Claim(receipt, entry))
        for values in receipt.dropped:
            drops.setdefault(values, []).append(receipt.registered_at)
    for values, of_partition in claims.items():
        _sort(of_partition, drops.get(values, []), ordered=not table.in_place)
    dropped = {values: max(moments) for values, moments in drops.items()}
    _point(table, runs, partitions.values())
    _date(runs, claims, partitions, dropped)
    ordered = sorted(runs.values(), key=lambda run: (run.started_at.timestamp() if run.started_at else 0, run.run_id))
    rollbacks.sort(key=lambda receipt: (receipt.started_at, receipt.receipt_id))
    return TableHistory(
        table, {run.run_id: run for run in ordered}, rollbacks, dict(partitions), claims, bad_receipts, dropped
    )


def _sort(claims: list[Claim], drops: list[datetime], *, ordered: bool) -> None:
    """Sort the claims of a partition in the order of publication.

    A run replaces only partitions of earlier runs, so that the claims follow the order of the runs. The times in the receipts do not show
    this order: a run takes its time before it gets the lease, and another run may register while it waits. Only after a partition was
    dropped may an earlier run follow a later one; in place, the runs have no order.
    """
    if ordered:
        claims.sort(key=lambda claim: (sum(drop < claim.receipt.registered_at for drop in drops), claim.order))
    else:
        claims.sort(key=lambda claim: (claim.receipt.registered_at, claim.order))


def _point(table: TableAddress, runs: dict[str, Run], partitions: Iterable[CatalogPartition]) -> None:
    """Record the partitions that point to each run: by their location or, in place, where all share one location, by their stamp."""
    for partition in partitions:
        if table.in_place:
            pointed = [partition.run_id] if partition.run_id else []
        elif run_id := table.run_of(partition.location):
            pointed = [run_id]
        elif table.data.uri.startswith(partition.location):
            pointed = list(runs)  # a partition of the whole folder was created manually: it reads every run
        else:
            pointed = []
        for run_id in pointed:
            runs.setdefault(run_id, Run(run_id)).live.append(partition.values)


def _date(
    runs: dict[str, Run],
    claims: Mapping[Values, list[Claim]],
    partitions: Mapping[Values, CatalogPartition],
    dropped: Mapping[Values, datetime],
) -> None:
    """Set the time at which each run ceased to be live: the last time at which one of its partitions was pointed to another run."""
    ends: dict[str, list[datetime | None]] = {}
    for values, of_partition in claims.items():
        for claim, following in zip(of_partition, [*of_partition[1:], None], strict=True):
            if following is not None:
                end: datetime | None = following.receipt.registered_at
            else:
                partition = partitions.get(values)
                end = partition.registered_at if partition else dropped.get(values)
            ends.setdefault(claim.entry.run_id, []).append(end)
    for run in runs.values():
        if run.live:
            continue
        own = [run.receipt.registered_at] if run.receipt else []
        moments = [moment for moment in (*own, *ends.get(run.run_id, [])) if moment is not None]
        if len(moments) == len(own) + len(ends.get(run.run_id, [])):
            run.ceased_at = max(moments, default=None)


def _is_later(partition: CatalogPartition, claim: Claim) -> bool:
    if partition.started_at is None or partition.run_id is None:
        return False
    return (partition.started_at, partition.run_id) > claim.order
