"""Creating, repointing and stamping the partitions of a run, in as few calls as Glue allows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from partitions.batches import batches_of
from partitions.catalog import CREATE_BATCH, GET_BATCH, UPDATE_BATCH, RegistrationError
from partitions.partition_input import Comparison, build_partition_input, compare

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from mypy_boto3_glue.type_defs import PartitionInputTypeDef, PartitionTypeDef, TableTypeDef

    from partitions.catalog import TablePartitions
    from partitions.discovery import FoundPartition
    from partitions.requests import RunStamp

    Pending = dict[tuple[str, ...], FoundPartition]

_ROUNDS = 3  # of create and read, where something else deletes partitions in between


@dataclass(slots=True)
class Publication:
    """The publishing of one run in one table, and what came of it so far.

    Attributes
    ----------
    ordered
        Whether an earlier run yields to a later one (``versioned``).
    repointed
        Given another location, or a storage descriptor that is the table's again.
    kept_newer
        Partitions of the run that stay with a run that started later.
    """

    catalog: TablePartitions
    run: RunStamp
    registered_at: datetime
    ordered: bool
    created: int = 0
    repointed: int = 0
    unchanged: int = 0
    kept_newer: list[FoundPartition] = field(default_factory=list)

    def publish(self, partitions: Sequence[FoundPartition], table: TableTypeDef) -> None:
        """Make the catalog show the run's files; each partition changes at once, from the old ones to the new.

        Creating comes first, and only those that exist already are read: the number of calls depends on the run, and
        not on the history of the table.
        """
        pending = {partition.path.values: partition for partition in partitions}
        for _ in range(_ROUNDS):
            existing = self._create(pending, table)
            gone = self._update({values: pending[values] for values in existing}, table)
            if not gone:
                return
            pending = gone
        raise RegistrationError(
            f"{self.catalog.full_name}: {list(next(iter(pending)))!r} was there when it was to be created, and gone "
            f"when it was read, {_ROUNDS} times: something else deletes partitions"
        )

    def _create(self, pending: Pending, table: TableTypeDef) -> list[tuple[str, ...]]:
        existing: list[tuple[str, ...]] = []
        for batch in batches_of(CREATE_BATCH, list(pending.values())):
            taken = self.catalog.create([self._build(partition, table) for partition in batch])
            existing.extend(taken)
            self.created += len(batch) - len(taken)
        return existing

    def _update(self, existing: Pending, table: TableTypeDef) -> Pending:
        """Read what exists and update what differs, batch by batch, so that memory does not grow; give what is gone."""
        gone: Pending = {}
        updates: list[PartitionInputTypeDef] = []
        for batch in batches_of(GET_BATCH, list(existing)):
            found = self.catalog.get(batch)
            for values in batch:
                partition = existing[values]
                if values not in found:
                    gone[values] = partition
                elif wanted := self._wanted(found[values], partition, table):
                    updates.append(wanted)
            while len(updates) >= UPDATE_BATCH:
                self.catalog.update(updates[:UPDATE_BATCH])
                del updates[:UPDATE_BATCH]
        if updates:
            self.catalog.update(updates)
        return gone

    def _wanted(
        self, existing: PartitionTypeDef, partition: FoundPartition, table: TableTypeDef
    ) -> PartitionInputTypeDef | None:
        """Compare, count, and give what the catalog should hold instead, if anything."""
        wanted = self._build(partition, table)
        match compare(existing, wanted, self.run, ordered=self.ordered):
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

    def _build(self, partition: FoundPartition, table: TableTypeDef) -> PartitionInputTypeDef:
        return build_partition_input(partition, table, self.run, self.registered_at)
