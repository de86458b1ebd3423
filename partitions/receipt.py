"""The receipt of a run: what it published, so that the catalog is not the only record of what is live."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from partitions.interval import format_instant
from partitions.key_layout import receipt_key

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from mypy_boto3_s3 import S3Client

    from partitions.discovery import FoundPartition
    from partitions.requests import RegistrationRequest

FORMAT_VERSION = 1


def build_receipt(
    request: RegistrationRequest,
    live: Sequence[FoundPartition],
    kept_newer: Sequence[FoundPartition],
    registered_at: datetime,
) -> dict[str, Any]:
    """Build a receipt.

    It says what is, never what this attempt did: a retry that finds everything in place writes the same again.

    Parameters
    ----------
    live
        The partitions that show the run's files now.
    kept_newer
        Those that stayed with a later run: the run wrote them, and they are not live.
    """
    run = request.run
    return {
        "format_version": FORMAT_VERSION,
        "table": request.table.full_name,
        "layout": request.table.layout,
        "root": request.root.uri,
        "run": {
            "pipeline": run.pipeline,
            "run_id": run.run_id,
            "started_at": run.started_at_text,
            "execution_arn": run.execution_arn,
            "process_start": run.process_start,
            "process_end": run.process_end,
            "script_hash": run.script_hash,
            "image_uri": run.image_uri,
        },
        "registered_at": format_instant(registered_at),
        "objects": sum(partition.objects for partition in live),
        "bytes": sum(partition.bytes for partition in live),
        "partitions": [_entry(partition) for partition in live],
        "kept_newer": [_entry(partition) for partition in kept_newer],
    }


def write_receipt(s3: S3Client, request: RegistrationRequest, receipt: dict[str, Any]) -> str:
    """Put the receipt beside the table's data and return its URI; that of an earlier attempt is replaced."""
    table = request.table
    key = receipt_key(table.database_name, table.table_name, request.run.run_id)
    body = json.dumps(receipt, ensure_ascii=False, separators=(",", ":")).encode()
    s3.put_object(Bucket=table.location.bucket, Key=key, Body=body, ContentType="application/json")
    return f"s3://{table.location.bucket}/{key}"


def _entry(partition: FoundPartition) -> dict[str, Any]:
    """Describe a partition; its location is the receipt's root and the folder."""
    return {
        "values": list(partition.path.values),
        "folder": partition.path.folder,
        "objects": partition.objects,
        "bytes": partition.bytes,
    }
