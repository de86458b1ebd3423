"""Cascading the table's schema to partitions that kept an older one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.catalog_rules import keys_of
from partitioned_pipelines.operations.doctor.descriptor import descriptor_difference
from partitioned_pipelines.operations.doctor.old_files import cascade_problem
from partitioned_pipelines.operations.history.catalog_partition import list_partitions
from partitioned_pipelines.runtime.batches import batches_of
from partitioned_pipelines.runtime.catalog import UPDATE_BATCH, TablePartitions

if TYPE_CHECKING:
    from mypy_boto3_glue import GlueClient
    from mypy_boto3_glue.type_defs import PartitionInputTypeDef
    from mypy_boto3_s3 import S3Client

    from partitioned_pipelines.operations.history.held_lease import HoldLease
    from partitioned_pipelines.operations.history.table_address import TableAddress

_THREADS = 8


def cascade_schema(s3: S3Client, glue: GlueClient, table: TableAddress, hold_lease: HoldLease) -> int:
    """Set each partition's storage descriptor to the table's; location and stamp stay.

    The partitions are read with the lease held, so that no run is undone that registers meanwhile. A partition whose files the
    table's schema cannot read stays as it is.

    Returns
    -------
    int
        How many were updated.
    """
    catalog = TablePartitions(glue, table.database_name, table.table_name)
    updated = 0
    with hold_lease() as lease:
        described = catalog.get_table()
        descriptor = described.get("StorageDescriptor", {})
        keys = keys_of(described)
        old = [
            partition
            for partition in list_partitions(glue, table, with_schema=True)
            if descriptor_difference(partition.get("StorageDescriptor", {}), descriptor)
            and len(partition.get("Values", [])) == len(keys)
        ]
        with ThreadPoolExecutor(_THREADS) as pool:
            problems = pool.map(lambda partition: cascade_problem(s3, partition, described), old)
            wanted: list[PartitionInputTypeDef] = [
                {
                    "Values": partition.get("Values", []),
                    "StorageDescriptor": {
                        **descriptor,
                        "Location": partition.get("StorageDescriptor", {}).get("Location", ""),
                    },
                    "Parameters": partition.get("Parameters", {}),
                }
                for partition, problem in zip(old, problems, strict=True)
                if problem is None
            ]
        for batch in batches_of(UPDATE_BATCH, wanted):
            lease.check()
            catalog.update(batch)
            updated += len(batch)
    return updated
