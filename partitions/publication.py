"""Creating, repointing and stamping the partitions of a run, in as few calls as Glue allows, several of them at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from partitions.batches import batches_of
from partitions.catalog import CREATE_BATCH, GET_BATCH, UPDATE_BATCH, RegistrationError
from partitions.parallel import map_at_once
from partitions.partition_input import Comparison, PartitionTemplate, compare

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Executor
    from datetime import datetime

    from mypy_boto3_glue.type_defs import PartitionInputTypeDef, PartitionTypeDef, TableTypeDef

    from partitions.catalog import TablePartitions
    from partitions.discovery import FoundPartition
    from partitions.requests import RunStamp

    Pending = dict[tuple[str, ...], FoundPartition]

# What is in hand at a time, so that memory does not grow with the run: ten calls that read, a hundred that create or update.
WAVE = 10 * GET_BATCH
# A small one comes first, and tells whether the others are to be created or read.
FIRST_WAVE = GET_BATCH
_ROUNDS = 3  # of create and read, where something else deletes partitions in between


@dataclass(slots=True)
class Publication:
    """The publishing of one run in one table, and what came of it so far.

    Attributes
    ----------
    ordered
        Whether an earlier run yields to a later one (``versioned``).
    check
        Called before each batch of writes: the lease's.
    repointed
        Given another location, or a storage descriptor that is the table's again.
    kept_newer
        Partitions of the run that stay with a run that started later.
    """

    catalog: TablePartitions
    table: TableTypeDef
    run: RunStamp
    registered_at: datetime
    ordered: bool
    pool: Executor
    check: Callable[[], None]
    created: int = 0
    repointed: int = 0
    unchanged: int = 0
    kept_newer: list[FoundPartition] = field(default_factory=list)
    _template: PartitionTemplate = field(init=False)
    _mostly_there: bool = False  # most of the last ones existed: most of the next may, too

    def __post_init__(self) -> None:
        self._template = PartitionTemplate.of(self.table, self.run, self.registered_at)

    def publish(self, partitions: Sequence[FoundPartition]) -> None:
        """Make the catalog show the run's files; each partition changes at once, from the old ones to the new.

        Creating comes first, and only those that exist already are read: the number of calls depends on the run, and
        not on the history of the table. Where most of the last ones existed, reading comes first, which takes ten times
        as many in a call.
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
            f"{self.catalog.full_name}: {list(next(iter(pending)))!r} was there when it was to be created, and gone "
            f"when it was read, {_ROUNDS} times: something else deletes partitions"
        )

    def find_newer(self, partitions: Sequence[FoundPartition]) -> list[FoundPartition]:
        """Read which of a run's partitions are a later run's; nothing is changed."""
        newer = []
        for batch in batches_of(GET_BATCH, partitions):
            found = self.catalog.get([partition.path.values for partition in batch])
            for partition in batch:
                existing = found.get(partition.path.values)
                if existing and self._compare(existing, self._template.build(partition)) is Comparison.NEWER:
                    newer.append(partition)
        return newer

    def _create(self, partitions: Sequence[FoundPartition]) -> list[tuple[str, ...]]:
        def create(batch: Sequence[FoundPartition]) -> list[tuple[str, ...]]:
            inputs = [self._template.build(partition) for partition in batch]
            self.check()
            return self.catalog.create(inputs)

        taken = map_at_once(self.pool, create, batches_of(CREATE_BATCH, partitions))
        existing = [values for batch in taken for values in batch]
        self.created += len(partitions) - len(existing)
        return existing

    def _update(self, existing: Pending) -> Pending:
        """Read what exists and update what differs; give what is gone."""
        gone: Pending = {}
        updates: list[PartitionInputTypeDef] = []
        batches = list(batches_of(GET_BATCH, list(existing)))
        for batch, found in zip(batches, map_at_once(self.pool, self.catalog.get, batches), strict=True):
            for values in batch:
                partition = existing[values]
                if values not in found:
                    gone[values] = partition
                elif wanted := self._wanted(found[values], partition):
                    updates.append(wanted)

        def update(batch: Sequence[PartitionInputTypeDef]) -> None:
            self.check()
            self.catalog.update(batch)

        map_at_once(self.pool, update, batches_of(UPDATE_BATCH, updates))
        return gone

    def _wanted(self, existing: PartitionTypeDef, partition: FoundPartition) -> PartitionInputTypeDef | None:
        """Compare, count, and give what the catalog should hold instead, if anything."""
        wanted = self._template.build(partition)
        match self._compare(existing, wanted):
            case Comparison.NEWER:
                self.kept_newer.append(partition)
                return None
            case Comparison.SAME:
                self.unchanged += 1
                return None
            case Comparison.STAMP_DIFFERS:
                self.unchanged += 1
            case Comparison.DIFFERS:
                self.repointed += 1
        return wanted

    def _compare(self, existing: PartitionTypeDef, wanted: PartitionInputTypeDef) -> Comparison:
        return compare(existing, wanted, self.run, ordered=self.ordered)
