"""What happens under the table's lease: the partitions, in order and in waves; the sweep; the receipt."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from partitions.batches import batches_of
from partitions.interval import parse_instant
from partitions.publication import FIRST_WAVE, WAVE, Publication
from partitions.receipt import write_receipt
from partitions.sweep import sweep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Executor

    from mypy_boto3_glue.type_defs import TableTypeDef
    from mypy_boto3_s3 import S3Client

    from partitions.catalog import TablePartitions
    from partitions.discovery import Discovery, FoundPartition
    from partitions.lease import Lease
    from partitions.requests import RegistrationRequest
    from partitions.time_budget import TimeBudget


@dataclass(frozen=True, slots=True)
class Registering:
    """One call's part of a registration; what it gets done is noted in the request's continuation as it goes."""

    s3: S3Client
    catalog: TablePartitions
    table: TableTypeDef
    request: RegistrationRequest
    found: Discovery
    pool: Executor
    lease: Lease
    budget: TimeBudget
    sleep: Callable[[float], None]

    def run(self) -> str:
        """Register, sweep, and write the receipt, whose URI is returned.

        Raises
        ------
        OutOfTimeError
            Where it is to be carried on in another call.
        """
        progress = self.request.continuation
        publication = Publication(
            self.catalog,
            self.table,
            self.request.run,
            registered_at=parse_instant(progress.registered_at),
            ordered=not self.request.table.in_place,
            pool=self.pool,
            check=self.lease.check,
        )
        partitions = self.found.partitions
        start = bisect_right(partitions, progress.after, key=lambda partition: partition.path.values)
        # An earlier call has told how many there were, not which: a list could outgrow the state.
        kept = publication.find_newer(partitions[:start]) if progress.kept_newer else []
        for wave in _waves(partitions[start:]):
            self.budget.require()
            publication.publish(wave)
            progress.after = wave[-1].path.values
            progress.created += publication.created
            progress.repointed += publication.repointed
            progress.unchanged += publication.unchanged
            progress.kept_newer += len(publication.kept_newer)
            kept += publication.kept_newer
            publication.created = publication.repointed = publication.unchanged = 0
            publication.kept_newer = []
        for swept in sweep(self.s3, self.found, self._before_sweeping):
            progress.swept += swept
        self.lease.check()
        return write_receipt(self.s3, self.request, partitions, kept)

    def _before_sweeping(self) -> None:
        self.budget.require()
        self.lease.check()


def _waves(partitions: Sequence[FoundPartition]) -> Iterator[Sequence[FoundPartition]]:
    yield from batches_of(FIRST_WAVE, partitions[:FIRST_WAVE])
    yield from batches_of(WAVE, partitions[FIRST_WAVE:])
