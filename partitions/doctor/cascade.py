"""Cascading the table's schema to partitions that kept an older one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitions.batches import batches_of
from partitions.catalog import UPDATE_BATCH, TablePartitions
from partitions.doctor.descriptor import descriptor_difference
from partitions.history.catalog_partition import list_partitions

if TYPE_CHECKING:
    from mypy_boto3_glue import GlueClient
    from mypy_boto3_glue.type_defs import PartitionInputTypeDef

    from partitions.history.held_lease import HoldLease
    from partitions.history.table_address import TableAddress


def cascade_schema(glue: GlueClient, table: TableAddress, hold_lease: HoldLease) -> int:
    """Give each partition the table's storage descriptor, at the location where it is, with the stamp that it has.

    The partitions are read with the lease held, so that no run is undone that registers meanwhile.

    Returns
    -------
    int
        How many were updated.
    """
    catalog = TablePartitions(glue, table.database_name, table.table_name)
    updated = 0
    with hold_lease() as lease:
        descriptor = catalog.get_table().get("StorageDescriptor", {})
        wanted: list[PartitionInputTypeDef] = []
        for partition in list_partitions(glue, table, with_schema=True):
            found = partition.get("StorageDescriptor", {})
            if descriptor_difference(found, descriptor) is None:
                continue
            wanted.append(
                {
                    "Values": partition.get("Values", []),
                    "StorageDescriptor": {**descriptor, "Location": found.get("Location", "")},
                    "Parameters": partition.get("Parameters", {}),
                }
            )
        for batch in batches_of(UPDATE_BATCH, wanted):
            lease.check()
            catalog.update(batch)
            updated += len(batch)
    return updated
