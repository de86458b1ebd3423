"""The receipt of a run: what it published, so that the catalog is not the only record of what is live."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

from partitions.key_layout import receipt_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mypy_boto3_s3 import S3Client

    from partitions.discovery import FoundPartition
    from partitions.requests import RegistrationRequest

FORMAT_VERSION = 1


def write_receipt(
    s3: S3Client,
    request: RegistrationRequest,
    partitions: Sequence[FoundPartition],
    kept_newer: Sequence[FoundPartition],
) -> str:
    """Put the receipt beside the table's data and return its URI; that of an earlier attempt is replaced.

    It says what is, never what this attempt did: a retry that finds everything in place writes the same again.

    Parameters
    ----------
    partitions
        All of the run's.
    kept_newer
        Those of them that stayed with a later run: the run wrote them, and they are not live.
    """
    table = request.table
    key = receipt_key(table.database_name, table.table_name, request.run.run_id)
    body = io.BytesIO()  # a run may have 100,000 partitions, and a document of them is many times as large as its text
    for part in _parts(request, partitions, kept_newer):
        body.write(part.encode())
    body.seek(0)
    s3.put_object(Bucket=table.location.bucket, Key=key, Body=body, ContentType="application/json")
    return f"s3://{table.location.bucket}/{key}"


def _parts(
    request: RegistrationRequest, partitions: Sequence[FoundPartition], kept_newer: Sequence[FoundPartition]
) -> Iterator[str]:
    run = request.run
    kept = {partition.path.values for partition in kept_newer}
    live = [partition for partition in partitions if partition.path.values not in kept] if kept else partitions
    head = {
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
        "registered_at": request.continuation.registered_at,
        "objects": sum(partition.objects for partition in live),
        "bytes": sum(partition.bytes for partition in live),
    }
    yield _json(head).removesuffix("}")
    for name, listed in (("partitions", live), ("kept_newer", kept_newer)):
        yield f',"{name}":['
        for number, partition in enumerate(listed):
            yield f"{',' if number else ''}{_json(_entry(partition))}"
        yield "]"
    yield "}"


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def _entry(partition: FoundPartition) -> dict[str, Any]:
    """Describe a partition; its location is the receipt's root and the folder."""
    return {
        "values": list(partition.path.values),
        "folder": partition.path.folder,
        "objects": partition.objects,
        "bytes": partition.bytes,
    }
