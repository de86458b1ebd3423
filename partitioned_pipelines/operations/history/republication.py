"""Showing again what a run published earlier: by a rollback, or from the receipts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.runtime.registration.partition_input import build_partition_input, build_stamp

if TYPE_CHECKING:
    from datetime import datetime

    from mypy_boto3_glue.type_defs import PartitionInputTypeDef, TableTypeDef

    from partitioned_pipelines.operations.history.receipts import Receipt, ReceiptEntry


def build_republished_input(
    entry: ReceiptEntry,
    run: Receipt,
    table: TableTypeDef,
    *,
    started_at: datetime,
    registered_at: datetime,
    rollback_id: str | None,
) -> PartitionInputTypeDef:
    """Build a partition as registering builds it, stamped with the run whose files it shows.

    Parameters
    ----------
    run
        Whose script and image the stamp names.
    started_at
        By which the partition is ordered among runs: the run's own start, or the time of the rollback.
    """
    stamp = build_stamp(
        run_id=entry.run_id,
        started_at=started_at,
        pipeline=run.pipeline,
        script_hash=run.script_hash,
        image_uri=run.image_uri,
        registered_at=registered_at,
        rollback_id=rollback_id or "",
    )
    descriptor = table.get("StorageDescriptor", {})
    return build_partition_input(entry.values, entry.location, descriptor, stamp, entry.objects, entry.bytes)
