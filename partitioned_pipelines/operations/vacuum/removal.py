"""The removal of one run: its files are deleted first, then its receipt is moved to an archive."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.lake.intervals.instants import format_instant
from partitioned_pipelines.operations.operation import OperationRefusedError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from mypy_boto3_s3 import S3Client

    from partitioned_pipelines.lake.s3_uri import S3Folder
    from partitioned_pipelines.runtime.history.receipts import Receipt
    from partitioned_pipelines.runtime.history.table_address import TableAddress

DELETE_BATCH = 1000
_MAX_REPORTED_ERRORS = 10


class RemovalError(RuntimeError):
    """Objects of a run to be removed could not be deleted; its receipt is kept."""


@dataclass(slots=True)
class Removed:
    """The number and the size of the objects deleted so far."""

    objects: int = 0
    bytes: int = 0


def remove_folder(
    s3: S3Client,
    folder: S3Folder,
    removed: Removed,
    *,
    before_batch: Callable[[], None],
    has_time: Callable[[], bool],
) -> bool:
    """Delete the content of a run's folder, in S3's batch sizes, with every item of every answer checked.

    Parameters
    ----------
    removed
        Counts the deleted objects.
    before_batch
        Called before each batch; an exception from it ends the removal, which can be repeated.
    has_time
        Returns True if another batch may follow.

    Returns
    -------
    bool
        True if the folder is empty.
    """
    failed: list[str] = []
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=folder.bucket, Prefix=folder.prefix, PaginationConfig={"PageSize": DELETE_BATCH}
    )
    for page in pages:
        batch = page.get("Contents", [])
        if not batch:
            continue
        before_batch()
        answer = s3.delete_objects(
            Bucket=folder.bucket, Delete={"Objects": [{"Key": item["Key"]} for item in batch], "Quiet": True}
        )
        refused = {error.get("Key", ""): error.get("Code", "no error code") for error in answer.get("Errors", [])}
        refused = {key: code for key, code in refused.items() if code != "NoSuchKey"}
        failed.extend(f"s3://{folder.bucket}/{key}: {code}" for key, code in refused.items())
        deleted = [item["Size"] for item in batch if item["Key"] not in refused]
        removed.objects += len(deleted)
        removed.bytes += sum(deleted)
        if page.get("IsTruncated") and not failed and not has_time():
            return False
    if failed:
        shown = "; ".join(failed[:_MAX_REPORTED_ERRORS])
        more = f"; and {len(failed) - _MAX_REPORTED_ERRORS} more" if len(failed) > _MAX_REPORTED_ERRORS else ""
        raise RemovalError(
            f"{len(failed)} objects of {folder.uri} were not deleted (no partition points to them; vacuum tries again): "
            f"{shown}{more}"
        )
    return True


def archive_receipt(
    s3: S3Client, table: TableAddress, receipt: Receipt, removed: Removed, removed_at: datetime
) -> None:
    """Move a receipt to ``receipts/removed/``, with the time and the size of its run's removal.

    The copy is written first: a failure in between leaves both objects, and the next vacuum moves the receipt again.
    """
    document: dict[str, Any] = json.loads(s3.get_object(Bucket=table.bucket, Key=receipt.key)["Body"].read())
    document["removed"] = {
        "at": format_instant(removed_at),
        "objects": removed.objects,
        "bytes": removed.bytes,
    }
    s3.put_object(
        Bucket=table.bucket,
        Key=f"{table.removed_receipts.prefix}{receipt.receipt_id}.json",
        Body=json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode(),
        ContentType="application/json",
    )
    s3.delete_object(Bucket=table.bucket, Key=receipt.key)


def refuse_foreign_location(table: TableAddress, location: str) -> None:
    """Raise OperationRefusedError if the catalog's table has another location than the pipeline file defines."""
    if location != table.data.uri:
        raise OperationRefusedError(
            f"{table.full_name} has the location {location!r} in the catalog, and {table.data.uri} by its pipeline file",
            "deploy the pipeline again",
        )
