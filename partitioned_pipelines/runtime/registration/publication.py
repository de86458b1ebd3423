"""Creating, repointing and stamping the partitions of a run, in as few calls as Glue allows, several of them at once."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from partitioned_pipelines.runtime.batches import batches_of
from partitioned_pipelines.runtime.catalog import CREATE_BATCH, GET_BATCH, UPDATE_BATCH, RegistrationError
from partitioned_pipelines.runtime.parallel import map_at_once
from partitioned_pipelines.runtime.registration.partition_input import (
    Comparison,
    PartitionTemplate,
    compare,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Executor
    from datetime import datetime

    from mypy_boto3_glue.type_defs import PartitionInputTypeDef, PartitionTypeDef, TableTypeDef

    from partitioned_pipelines.lake.function_events.requests import RunStamp
    from partitioned_pipelines.runtime.catalog import TablePartitions
    from partitioned_pipelines.runtime.registration.discovery import FoundPartition

    Pending = dict[tuple[str, ...], FoundPartition]

Outcome = Literal["created", "repointed", "unchanged"]

# What is in hand at a time, so that memory does not grow with the run: ten calls that read, a hundred that create or update.
WAVE = 10 * GET_BATCH
# A small one comes first, and tells whether the others are to be created or read.
FIRST_WAVE = GET_BATCH
_ROUNDS = 3  # of create and read, where something else deletes partitions in between


@dataclass(frozen=True, slots=True)
class KeptPartition:
    """A partition of the run that stays with another run, which started later."""

    partition: FoundPartition
    kept_by: str


@dataclass(slots=True)
class Publication:
    """The publishing of one run in one table, and what came of it so far, counted answer by answer.

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
    created, repointed, unchanged
        By Glue's answers: a call that failed, or whose answer was lost, counts nothing but the items that Glue says it took.
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
    kept_newer: list[KeptPartition] = field(default_factory=list)
    _template: PartitionTemplate = field(init=False)
    _mostly_there: bool = False  # most of the last ones existed: most of the next may, too
    _counting: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._template = PartitionTemplate.of(self.table, self.run, self.registered_at)

    def publish(self, partitions: Sequence[FoundPartition]) -> None:
        """Create the catalog show the run's files; each partition changes at once, from the old ones to the new.

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

    def find_newer(self, partitions: Sequence[FoundPartition]) -> list[KeptPartition]:
        """Read which of a run's partitions are a later run's; nothing is changed."""
        newer = []
        for batch in batches_of(GET_BATCH, partitions):
            found = self.catalog.get([partition.path.values for partition in batch])
            for partition in batch:
                existing = found.get(partition.path.values)
                if existing and self._compare(existing, self._template.build(partition)) is Comparison.NEWER:
                    newer.append(_kept(partition, existing))
        return newer

    def confirm(self, partitions: Sequence[FoundPartition]) -> None:
        """Read partitions of the run again, and raise RegistrationError unless the catalog shows the run's files.

        What is counted rests on answers without errors. This rests on what the catalog holds.
        """
        found = self.catalog.get([partition.path.values for partition in partitions])
        wrong = [partition for partition in partitions if not self._shows(found.get(partition.path.values), partition)]
        if wrong:
            raise RegistrationError(
                f"{self.catalog.full_name}: {len(wrong)} of {len(partitions)} partitions that were read again do not show this run although "
                f"the Data Catalog had accepted them, {list(wrong[0].path.values)!r} among them: something else writes to the table, or the "
                "calls did not arrive as they were made"
            )

    def _shows(self, existing: PartitionTypeDef | None, partition: FoundPartition) -> bool:
        if existing is None:
            return False
        location, stamp = existing.get("StorageDescriptor", {}).get("Location"), existing.get("Parameters", {})
        return location == partition.location and stamp.get("run_id") == self.run.run_id

    def _create(self, partitions: Sequence[FoundPartition]) -> list[tuple[str, ...]]:
        def create(batch: Sequence[FoundPartition]) -> list[tuple[str, ...]]:
            inputs = [self._template.build(partition) for partition in batch]
            self.check()
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
        """Read what exists, update what differs, and return what is gone."""
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
                wanted = self._template.build(partition)
                match self._compare(found[values], wanted):
                    case Comparison.NEWER:
                        self.kept_newer.append(_kept(partition, found[values]))
                    case Comparison.SAME:
                        same += 1
                    case Comparison.STAMP_DIFFERS:
                        stamped.append(wanted)
                    case Comparison.DIFFERS:
                        repointed.append(wanted)
        self._count("unchanged", same)

        def update(kind_and_batch: tuple[Outcome, Sequence[PartitionInputTypeDef]]) -> None:
            outcome, batch = kind_and_batch
            self.check()
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
            setattr(self, outcome, getattr(self, outcome) + number)

    def _compare(self, existing: PartitionTypeDef, wanted: PartitionInputTypeDef) -> Comparison:
        return compare(existing, wanted, self.run, ordered=self.ordered)


def _kept(partition: FoundPartition, existing: PartitionTypeDef) -> KeptPartition:
    return KeptPartition(partition, existing.get("Parameters", {}).get("run_id", ""))
