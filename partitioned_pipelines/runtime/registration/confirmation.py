"""The confirmation of a publication: reads a sample of the partitions again, because the counts rely only on Glue's answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.runtime.catalog import RegistrationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_glue.type_defs import PartitionTypeDef

    from partitioned_pipelines.runtime.catalog import TablePartitions
    from partitioned_pipelines.runtime.registration.discovery import FoundPartition
    from partitioned_pipelines.runtime.registration.publication import KeptPartition

CONFIRMED_PARTITIONS = 100  # for a run of any size


def confirm(
    partitions: Sequence[FoundPartition], kept_newer: Sequence[KeptPartition], catalog: TablePartitions, run_id: str
) -> None:
    """Read partitions again, spread over the run; raise RegistrationError if the catalog does not show the run's files."""
    left_alone = {each.partition.path.values for each in kept_newer}
    published = [each for each in partitions if each.path.values not in left_alone]
    if not published:
        return
    again = published[:: -(-len(published) // CONFIRMED_PARTITIONS)]
    found = catalog.get([partition.path.values for partition in again])
    wrong = [partition for partition in again if not _shows(found.get(partition.path.values), partition, run_id)]
    if wrong:
        raise RegistrationError(
            f"{catalog.full_name}: {len(wrong)} of {len(again)} partitions that were read again do not show this run although "
            f"the Data Catalog had accepted them, among them {list(wrong[0].path.values)!r}: something else writes to the table, or the "
            "calls did not arrive as they were made"
        )


def _shows(existing: PartitionTypeDef | None, partition: FoundPartition, run_id: str) -> bool:
    if existing is None:
        return False
    location, stamp = existing.get("StorageDescriptor", {}).get("Location"), existing.get("Parameters", {})
    return location == partition.location and stamp.get("run_id") == run_id
