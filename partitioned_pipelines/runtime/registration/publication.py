"""The publication of a run's partitions: creates, repoints and stamps them with as few calls as Glue allows, several concurrently."""

from __future__ import annotations

import threading
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from partitioned_pipelines.runtime.batches import batches_of, map_at_once
from partitioned_pipelines.runtime.catalog import CREATE_BATCH, GET_BATCH, UPDATE_BATCH, RegistrationError
from partitioned_pipelines.runtime.registration.partition_input import Comparison

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Executor

    from mypy_boto3_glue.type_defs import PartitionInputTypeDef, PartitionTypeDef

    from partitioned_pipelines.lake.function_events.continuation import Continuation
    from partitioned_pipelines.runtime.catalog import TablePartitions
    from partitioned_pipelines.runtime.registration.discovery import FoundPartition
    from partitioned_pipelines.runtime.registration.partition_input import RunPartitions

    Pending = dict[tuple[str, ...], FoundPartition]

Outcome = Literal["created", "repointed", "unchanged"]

# The number of partitions processed at a time, so that memory does not grow with the run: 10 calls to read, 100 calls to create or update.
WAVE = 10 * GET_BATCH
# The first wave is small, and shows whether to create or to read the following ones first.
FIRST_WAVE = GET_BATCH
_ROUNDS = 3  # of creating and reading, if another process deletes partitions in between


@dataclass(frozen=True, slots=True)
class KeptPartition:
    """A partition of the run that still shows the files of another run, which started later."""

    partition: FoundPartition
    kept_by: str


def find_kept_before(
    partitions: Sequence[FoundPartition], progress: Continuation, catalog: TablePartitions, wanted: RunPartitions
) -> list[KeptPartition]:
    """Find the partitions that an earlier call left to a later run, without changing anything.

    That call passed on only their number, because a list could exceed the size limit of the state.
    """
    if not progress.kept_newer:
        return []
    kept = []
    for batch in batches_of(GET_BATCH, partitions[: _published_before(partitions, progress)]):
        found = catalog.get([partition.path.values for partition in batch])
        for partition in batch:
            existing = found.get(partition.path.values)
            if existing and wanted.compare(existing, wanted.build(partition)) is Comparison.NEWER:
                kept.append(_kept(partition, existing))
    return kept


def publish(
    partitions: Sequence[FoundPartition],
    progress: Continuation,
    catalog: TablePartitions,
    wanted: RunPartitions,
    pool: Executor,
    *,
    before_wave: Callable[[], None],
    before_write: Callable[[], None],
) -> list[KeptPartition]:
    """Make the catalog show a run's files; each partition changes atomically from the old files to the new ones.

    Parameters
    ----------
    partitions
        All of the run's partitions, in order; those that an earlier call has published are skipped.
    progress
        Updated after each answer from Glue.
    before_wave, before_write
        Called before each wave of partitions, and before each batch of writes; an exception from them ends the publication.

    Returns
    -------
    list
        The partitions that still show a later run.
    """
    writes = _Writes(catalog, wanted, progress, pool, before_write)
    for wave in _waves(partitions[_published_before(partitions, progress) :]):
        before_wave()
        writes.publish(wave)
        progress.after = wave[-1].path.values
    return writes.kept_newer


@dataclass(slots=True)
class _Writes:
    """The writes of a publication, counted by Glue's answers.

    A failed call counts only the items that Glue reported as accepted; a call without an answer counts none.
    """

    catalog: TablePartitions
    wanted: RunPartitions
    progress: Continuation
    pool: Executor
    before_write: Callable[[], None]
    kept_newer: list[KeptPartition] = field(default_factory=list)
    _mostly_there: bool = False  # most partitions of the last batch existed, which makes it likely for the next ones
    _counting: threading.Lock = field(default_factory=threading.Lock)

    def publish(self, partitions: Sequence[FoundPartition]) -> None:
        """Publish a wave.

        Partitions are created first, and only those that already exist are read, so that the number of calls depends on the run and not on
        the table's history. If most of the last partitions existed, reading comes first, because one call reads ten times as many
        partitions.
        """
        pending = {partition.path.values: partition for partition in partitions}
        if self._mostly_there:
            pending = self._update(pending)
        self._mostly_there = self._mostly_there and len(pending) * 2 < len(partitions)
        for _ in range(_ROUNDS):
            if not pending:
                return
            existing = self._create(list(pending.values()))
            self._mostly_there = self._mostly_there or len(existing) * 2 > len(partitions)
            pending = self._update({values: pending[values] for values in existing})
        if not pending:
            return
        raise RegistrationError(
            f"{self.catalog.full_name}: {list(next(iter(pending)))!r} existed when it was created, and did not "
            f"when it was read, {_ROUNDS} times: another process deletes partitions"
        )

    def _create(self, partitions: Sequence[FoundPartition]) -> list[tuple[str, ...]]:
        """Create partitions, and return the values of those that already exist."""

        def create(batch: Sequence[FoundPartition]) -> list[tuple[str, ...]]:
            inputs = [self.wanted.build(partition) for partition in batch]
            self.before_write()
            try:
                existing = self.catalog.create(inputs)
            except RegistrationError as error:
                self._count("created", error.done)
                raise
            self._count("created", len(batch) - len(existing))
            return existing

        taken = map_at_once(self.pool, create, batches_of(CREATE_BATCH, partitions))
        return [values for batch in taken for values in batch]

    def _update(self, existing: Pending) -> Pending:
        """Read existing partitions, update those that differ, and return those that no longer exist."""
        gone: Pending = {}
        repointed: list[PartitionInputTypeDef] = []
        stamped: list[PartitionInputTypeDef] = []
        same = 0
        batches = list(batches_of(GET_BATCH, list(existing)))
        for batch, found in zip(batches, map_at_once(self.pool, self.catalog.get, batches), strict=True):
            for values in batch:
                partition = existing[values]
                if values not in found:
                    gone[values] = partition
                    continue
                wanted = self.wanted.build(partition)
                match self.wanted.compare(found[values], wanted):
                    case Comparison.NEWER:
                        self.kept_newer.append(_kept(partition, found[values]))
                        self.progress.kept_newer += 1
                    case Comparison.SAME:
                        same += 1
                    case Comparison.STAMP_DIFFERS:
                        stamped.append(wanted)
                    case Comparison.DIFFERS:
                        repointed.append(wanted)
        self._count("unchanged", same)

        def update(kind_and_batch: tuple[Outcome, Sequence[PartitionInputTypeDef]]) -> None:
            outcome, batch = kind_and_batch
            self.before_write()
            try:
                self.catalog.update(batch)
            except RegistrationError as error:
                self._count(outcome, error.done)
                raise
            self._count(outcome, len(batch))

        each: list[tuple[Outcome, Sequence[PartitionInputTypeDef]]] = [
            *(("repointed", batch) for batch in batches_of(UPDATE_BATCH, repointed)),
            *(("unchanged", batch) for batch in batches_of(UPDATE_BATCH, stamped)),
        ]
        map_at_once(self.pool, update, each)
        return gone

    def _count(self, outcome: Outcome, number: int) -> None:
        with self._counting:
            setattr(self.progress, outcome, getattr(self.progress, outcome) + number)


def _kept(partition: FoundPartition, existing: PartitionTypeDef) -> KeptPartition:
    return KeptPartition(partition, existing.get("Parameters", {}).get("run_id", ""))


def _published_before(partitions: Sequence[FoundPartition], progress: Continuation) -> int:
    return bisect_right(partitions, progress.after, key=lambda partition: partition.path.values)


def _waves(partitions: Sequence[FoundPartition]) -> Iterator[Sequence[FoundPartition]]:
    yield from batches_of(FIRST_WAVE, partitions[:FIRST_WAVE])
    yield from batches_of(WAVE, partitions[FIRST_WAVE:])
