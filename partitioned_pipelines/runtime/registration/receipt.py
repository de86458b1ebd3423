"""The receipt of a run: a record of what it published, in addition to the catalog."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from partitioned_pipelines.lake.key_layout import receipt_key
from partitioned_pipelines.lake.runs.inputs import InvalidRunInputsError, RunInputs
from partitioned_pipelines.lake.runs.receipt_format import FORMAT_VERSION
from partitioned_pipelines.lake.runs.usage import RunUsage, region_of
from partitioned_pipelines.lake.s3_uri import split_s3_uri
from partitioned_pipelines.runtime.batches import batches_of
from partitioned_pipelines.runtime.conditional_object import put_if_absent
from partitioned_pipelines.runtime.registration.discovery import MAX_RECORDED_PATHS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mypy_boto3_s3 import S3Client

    from partitioned_pipelines.lake.function_events.requests import RegistrationRequest, RunStamp
    from partitioned_pipelines.lake.runs.usage import CallUsage, JobUsage
    from partitioned_pipelines.runtime.registration.discovery import Discovery, FoundPartition
    from partitioned_pipelines.runtime.registration.publication import KeptPartition

Item = TypeVar("Item")


class Sized(Protocol):
    """The content of a partition; ``rows`` is None if the number is unknown."""

    @property
    def objects(self) -> int:
        """The number of objects."""

    @property
    def bytes(self) -> int:
        """Their size."""

    @property
    def rows(self) -> int | None:
        """The number of their rows."""


_BATCH = 1000
_JSON = "application/json"


def write_receipt(
    s3: S3Client,
    request: RegistrationRequest,
    found: Discovery,
    kept_newer: Sequence[KeptPartition],
    inputs: RunInputs | None = None,
    usage: RunUsage | None = None,
) -> tuple[str, bool]:
    """Write the receipt beside the table's data; return its URI, and whether it is the first of the run.

    A receipt of an earlier attempt is replaced.

    The receipt describes the result, not the work of this attempt: a retry that finds everything published writes the same receipt.

    Parameters
    ----------
    found
        All of the run's partitions, and what was left out: bad paths, partitions with a bad path in them, objects that are never data.
    kept_newer
        The partitions that the run wrote but that still show a later run.
    inputs
        What the run read, if PlanRun recorded it.
    usage
        What the run used, if it was measured.
    """
    table = request.table
    body = io.BytesIO()  # the parsed document of 100,000 partitions would take many times the memory of its text
    for part in _parts(request, found, kept_newer, inputs, usage):
        body.write(part.encode())
    key = receipt_key(table.database_name, table.table_name, request.run.run_id)
    bucket = table.location.bucket
    is_first = put_if_absent(s3, bucket, key, body, content_type=_JSON) is not None
    if not is_first:
        body.seek(0)
        s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType=_JSON)
    return f"s3://{bucket}/{key}", is_first


def receipt_head(
    full_name: str,
    layout: str,
    root: str,
    run: RunStamp,
    registered_at: str,
    partitions: Sequence[Sized],
) -> dict[str, Any]:
    """Build the common head of every receipt: a run's, a rollback's or a drop's.

    Parameters
    ----------
    partitions
        The listed partitions, whose objects, bytes and rows are added up; the number of rows is null if that of a partition is unknown.
    """
    rows = [partition.rows for partition in partitions]
    return {
        "format_version": FORMAT_VERSION,
        "table": full_name,
        "layout": layout,
        "root": root,
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
        "registered_at": registered_at,
        "objects": sum(partition.objects for partition in partitions),
        "bytes": sum(partition.bytes for partition in partitions),
        "rows": None if None in rows else sum(number for number in rows if number is not None),
    }


def receipt_entry(values: Sequence[str], folder: str, content: Sized) -> dict[str, Any]:
    """Build the entry of a partition; its location is the receipt's root plus the folder."""
    return {
        "values": list(values),
        "folder": folder,
        "objects": content.objects,
        "bytes": content.bytes,
        "rows": content.rows,
    }


def run_usage(request: RegistrationRequest, call: CallUsage | None, jobs: Sequence[JobUsage] | None) -> RunUsage | None:
    """Return the usage for a receipt: of the run before, if this is its first table, and of this table's registration.

    None if the calls are not measured.

    Parameters
    ----------
    call
        The call that writes the receipt; earlier calls are in the request's continuation.
    """
    if call is None:
        return None
    progress, planning = request.continuation, request.usage.planning
    registering = replace(
        call.function,
        calls=progress.calls + call.function.calls,
        milliseconds=progress.milliseconds + call.function.milliseconds,
    )
    requests = progress.requests + call.requests
    return RunUsage(
        None if jobs is None else tuple(jobs),
        (planning.function, registering) if planning else (registering,),
        requests + planning.requests if planning else requests,
        request.usage.athena_bytes,
    )


def read_inputs(s3: S3Client, run: RunStamp) -> RunInputs | None:
    """Read the record of what a run read; None if PlanRun wrote none.

    Raises
    ------
    InvalidRunInputsError
        If the record is missing, or is not what PlanRun wrote.
    """
    if not run.inputs_record:
        return None
    bucket, key = split_s3_uri(run.inputs_record)
    try:
        body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    except s3.exceptions.NoSuchKey as error:
        raise InvalidRunInputsError(f"{run.inputs_record}, the record of the run's inputs, was deleted") from error
    return RunInputs.from_record(run.inputs_record, body)


def _parts(
    request: RegistrationRequest,
    found: Discovery,
    kept_newer: Sequence[KeptPartition],
    inputs: RunInputs | None,
    usage: RunUsage | None,
) -> Iterator[str]:
    partitions = found.partitions
    kept = {each.partition.path.values for each in kept_newer}
    live = [partition for partition in partitions if partition.path.values not in kept] if kept else partitions
    head = {
        **receipt_head(
            request.table.full_name,
            request.table.layout,
            request.root.uri,
            request.run,
            request.continuation.registered_at,
            live,
        ),
        "region": region_of(request.run.execution_arn),
        "usage": usage.document() if usage else None,
        **({"inputs": inputs.document()} if inputs else {}),
        "ignored": found.ignored.counts,
        "bad_path_count": found.bad_path_count,
        "bad_paths": found.bad_paths,
        "skipped_partition_count": len(found.refused_partitions),
        "skipped_partitions": [_entry(partition) for partition in found.refused_partitions[:MAX_RECORDED_PATHS]],
    }
    yield _json(head).removesuffix("}")
    yield f',"partitions":[{",".join(_entries(live, _entry))}]'
    yield f',"kept_newer":[{",".join(_entries(kept_newer, _kept_entry))}]'
    yield "}"


def _entries(partitions: Sequence[Item], describe: Callable[[Item], dict[str, Any]]) -> Iterator[str]:
    """Serialize the items of a list in batches, because item by item takes longer than the rest of the receipt."""
    for batch in batches_of(_BATCH, partitions):
        yield _json([describe(partition) for partition in batch])[1:-1]


def _json(document: object) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def _entry(partition: FoundPartition) -> dict[str, Any]:
    return receipt_entry(partition.path.values, partition.path.folder, partition)


def _kept_entry(kept: KeptPartition) -> dict[str, Any]:
    return {**_entry(kept.partition), "kept_by": kept.kept_by}
