"""What happens under the table's lease: the partitions, in order and in waves; the sweep; the receipt."""

from __future__ import annotations

import logging
from bisect import bisect_right
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.interval import parse_instant
from partitioned_pipelines.runtime.batches import batches_of
from partitioned_pipelines.runtime.parallel import map_at_once
from partitioned_pipelines.runtime.registration.discovery import MAX_RECORDED_PATHS
from partitioned_pipelines.runtime.registration.publication import FIRST_WAVE, WAVE, Publication
from partitioned_pipelines.runtime.registration.receipt import write_receipt
from partitioned_pipelines.runtime.registration.sweep import sweep
from partitioned_pipelines.runtime.registration.time_budget import OutOfTimeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Executor

    from mypy_boto3_glue.type_defs import TableTypeDef
    from mypy_boto3_s3 import S3Client

    from partitioned_pipelines.lake.function_events.requests import RegistrationRequest
    from partitioned_pipelines.runtime.catalog import TablePartitions
    from partitioned_pipelines.runtime.lease import Lease
    from partitioned_pipelines.runtime.registration.discovery import Discovery, FoundPartition
    from partitioned_pipelines.runtime.registration.publication import KeptPartition
    from partitioned_pipelines.runtime.registration.time_budget import TimeBudget

_LOG = logging.getLogger(__name__)
CONFIRMED_PARTITIONS = 100  # read again at the end, of however many


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
            If it is to be carried on in another call.
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
        # An earlier call has passed on how many there were, not which: a list could outgrow the state.
        kept = publication.find_newer(partitions[:start]) if progress.kept_newer else []
        try:
            for wave in _waves(partitions[start:]):
                self.budget.require()
                publication.publish(wave)
                progress.after = wave[-1].path.values
                kept += publication.kept_newer
                self._note(publication)
            # Both are a call: side by side they take the time of one.
            checks: list[Callable[[], None]] = [partial(self._confirm, publication, kept), self.lease.check]
            map_at_once(self.pool, _call, checks)
            if self.found.old_objects:
                for swept in sweep(self.s3, self.found, self._before_sweeping):
                    progress.swept += swept
                self.lease.check()
            for each in kept[:MAX_RECORDED_PATHS]:
                _LOG.warning(
                    "left alone: %s shows the run %s, which started later", each.partition.path.folder, each.kept_by
                )
            return write_receipt(self.s3, self.request, self.found, kept)
        except OutOfTimeError:
            raise
        except Exception as error:
            self._note(publication)
            # The type stays: the state machine retries by its name.
            error.args = (f"{error}; {self._state()}", *error.args[1:])
            raise

    def _note(self, publication: Publication) -> None:
        """Add what was counted since the last time."""
        progress = self.request.continuation
        progress.created += publication.created
        progress.repointed += publication.repointed
        progress.unchanged += publication.unchanged
        progress.kept_newer += len(publication.kept_newer)
        publication.created = publication.repointed = publication.unchanged = 0
        publication.kept_newer = []

    def _confirm(self, publication: Publication, kept: Sequence[KeptPartition]) -> None:
        """Read some of the partitions again, spread over the run."""
        left_alone = {each.partition.path.values for each in kept}
        published = [each for each in self.found.partitions if each.path.values not in left_alone]
        if published:
            publication.confirm(published[:: -(-len(published) // CONFIRMED_PARTITIONS)])

    def _state(self) -> str:
        """Describe how far the run has come, and what can be done."""
        done, run = self.request.continuation.published, self.request.run
        total = len(self.found.partitions)
        known = (
            f"{done:,} of {total:,} partitions of the run are" if done else f"none of the run's {total:,} partitions is"
        )
        back = "" if self.request.table.in_place else f"; or go back: pipelines rollback {run.pipeline}"
        return (
            f"{known} known to be published in {self.request.table.full_name}. Complete it: redrive or retry the execution, or "
            f"pipelines run {run.pipeline} --from {run.process_start} --to {run.process_end}{back}"
        )

    def _before_sweeping(self) -> None:
        self.budget.require()
        self.lease.check()


def _call(check: Callable[[], None]) -> None:
    check()


def _waves(partitions: Sequence[FoundPartition]) -> Iterator[Sequence[FoundPartition]]:
    yield from batches_of(FIRST_WAVE, partitions[:FIRST_WAVE])
    yield from batches_of(WAVE, partitions[FIRST_WAVE:])
