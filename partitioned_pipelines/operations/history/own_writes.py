"""The writes of operations: partitions that show an earlier run again, and the receipts of rollbacks and drops."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.lake.function_events.requests import RunStamp
from partitioned_pipelines.lake.intervals.instants import format_instant
from partitioned_pipelines.lake.key_layout import receipt_key
from partitioned_pipelines.runtime.registration.partition_input import build_partition_input, build_stamp
from partitioned_pipelines.runtime.registration.receipt import receipt_head

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from mypy_boto3_glue.type_defs import PartitionInputTypeDef, TableTypeDef
    from mypy_boto3_s3 import S3Client

    from partitioned_pipelines.runtime.history.receipts import Receipt, ReceiptEntry
    from partitioned_pipelines.runtime.history.table_address import TableAddress


def build_republished_input(
    entry: ReceiptEntry,
    run: Receipt,
    table: TableTypeDef,
    *,
    started_at: datetime,
    registered_at: datetime,
    rollback_id: str | None,
) -> PartitionInputTypeDef:
    """Build a partition as a registration does, stamped with the run whose files it shows.

    Parameters
    ----------
    run
        The receipt that provides the script and the image of the stamp.
    started_at
        The time by which the partition is ordered among runs: the run's own start, or the time of the rollback.
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
    return build_partition_input(
        entry.values, entry.location, descriptor, stamp, entry.objects, entry.bytes, entry.rows
    )


def write_own_receipt(
    s3: S3Client,
    table: TableAddress,
    content: Mapping[str, Any],
    shown: Sequence[ReceiptEntry] = (),
    *,
    receipt_id: str,
    pipeline: str,
    moment: datetime,
) -> None:
    """Write a receipt whose root is the table's folder, because its partitions may belong to several runs.

    Parameters
    ----------
    content
        ``kind``, ``partitions``, and the fields specific to the kind.
    shown
        The contents of the partitions.
    moment
        Time of the operation, by which the receipt is ordered.
    """
    # The run's fields that apply to an operation: its pipeline, its id and its time.
    stamp = RunStamp(
        pipeline=pipeline,
        run_id=receipt_id,
        started_at=moment,
        execution_arn="",
        process_start="",
        process_end="",
        script_hash="",
        image_uri="",
    )
    receipt = {
        **receipt_head(
            table.full_name,
            table.layout,
            table.data.uri,
            stamp,
            format_instant(moment),
            shown,
        ),
        "kept_newer": [],
        **content,
    }
    s3.put_object(
        Bucket=table.bucket,
        Key=receipt_key(table.database_name, table.table_name, receipt_id),
        Body=json.dumps(receipt, ensure_ascii=False, separators=(",", ":")).encode(),
        ContentType="application/json",
    )
