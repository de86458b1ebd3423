"""The receipts of a table: each is validated when it is read."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

from partitioned_pipelines.lake.intervals.instants import parse_instant
from partitioned_pipelines.lake.runs.document_values import count_value, string_value
from partitioned_pipelines.lake.runs.inputs import RunInputs
from partitioned_pipelines.lake.runs.usage import RunUsage
from partitioned_pipelines.lake.s3_uri import InvalidS3UriError, S3Folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from mypy_boto3_s3 import S3Client

    from partitioned_pipelines.runtime.history.table_address import TableAddress

READ_VERSIONS = (1, 2)
"""The versions of receipts that can be read. Version 1 lacks the rows, the usage and the region of a run."""
Kind = Literal["run", "rollback", "drop"]


class InvalidReceiptError(ValueError):
    """An object among the receipts is not a valid receipt."""


@dataclass(frozen=True, slots=True)
class ReceiptEntry:
    """The entry of a partition in a receipt.

    Attributes
    ----------
    run_id
        The run that wrote the files; a rollback's receipt names earlier runs.
    location
        ``s3://…/``.
    kept_by
        The later run that the partition still shows; empty if it shows this one.
    rows
        The number of rows; None if it is unknown.
    """

    run_id: str
    values: tuple[str, ...]
    location: str
    objects: int
    bytes: int
    kept_by: str = ""
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """The output that a run wrote but did not publish; receipts of earlier versions lack it.

    Attributes
    ----------
    bad_paths
        ``s3://…: problem`` for the first bad paths; ``bad_path_count`` counts all.
    skipped_partitions
        The first partitions that contain a bad path; ``skipped_partition_count`` counts all.
    ignored
        The number of objects that are never data, by reason.
    """

    bad_path_count: int = 0
    bad_paths: tuple[str, ...] = ()
    skipped_partition_count: int = 0
    skipped_partitions: tuple[ReceiptEntry, ...] = ()
    ignored: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Receipt:
    """A record of the partitions that a run or a rollback published, or that were dropped on purpose.

    Attributes
    ----------
    receipt_id
        The run's id, or the separate id of a rollback or a drop.
    started_at
        The time by which runs are ordered; for a rollback, the time of the rollback.
    partitions
        The partitions that showed these files after the registration.
    kept_newer
        The partitions that the run wrote but that still showed a later run.
    dropped
        The values of partitions that were dropped on purpose.
    rows
        The number of rows of the partitions; None if it is unknown.
    region, usage
        The region of the execution, and what the run used; None if the receipt does not say it.
    """

    key: str
    kind: Kind
    receipt_id: str
    pipeline: str
    started_at: datetime
    registered_at: datetime
    execution_arn: str
    process_start: str
    process_end: str
    script_hash: str
    image_uri: str
    root: S3Folder
    partitions: tuple[ReceiptEntry, ...]
    kept_newer: tuple[ReceiptEntry, ...]
    dropped: tuple[tuple[str, ...], ...] = ()
    left_out: LeftOut = field(default_factory=LeftOut)
    inputs: RunInputs | None = None
    rows: int | None = None
    region: str | None = None
    usage: RunUsage | None = None

    @property
    def written(self) -> tuple[ReceiptEntry, ...]:
        """All partitions that the run wrote."""
        return (*self.partitions, *self.kept_newer)


@dataclass(frozen=True, slots=True)
class BadReceipt:
    """An invalid object among the receipts."""

    uri: str
    problem: str


@dataclass(frozen=True, slots=True)
class StoredReceipt:
    """An object among the receipts, as returned by a listing."""

    key: str
    etag: str


def list_receipts(s3: S3Client, folder: S3Folder, *, after: str = "") -> Iterator[StoredReceipt]:
    """List the receipts in a folder, page by page: a table's receipts, or those of its removed runs.

    Parameters
    ----------
    after
        Only receipts whose ids sort after this one: the ids of runs begin with their time.
    """
    begin: dict[str, Any] = {"StartAfter": f"{folder.prefix}{after}"} if after else {}
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=folder.bucket, Prefix=folder.prefix, Delimiter="/", **begin
    )
    for page in pages:
        for item in page.get("Contents", []):
            if item["Key"].endswith(".json"):
                yield StoredReceipt(item["Key"], item["ETag"])


def read_receipt(s3: S3Client, table: TableAddress, key: str) -> Receipt | BadReceipt | None:
    """Read one receipt; return BadReceipt if it is invalid, None if it was deleted."""
    try:
        body = s3.get_object(Bucket=table.bucket, Key=key)["Body"].read()
    except s3.exceptions.NoSuchKey:
        return None
    try:
        return parse_receipt(key, body, table)
    except InvalidReceiptError as error:
        return BadReceipt(f"s3://{table.bucket}/{key}", str(error))


def parse_receipt(key: str, body: bytes, table: TableAddress) -> Receipt:
    """Parse a receipt from its content.

    Raises
    ------
    InvalidReceiptError
        If it is not JSON, is incomplete, belongs to another table, or refers to a root outside the table's folder.
    """
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InvalidReceiptError(f"it is not JSON ({error})") from error
    if not isinstance(document, dict):
        raise InvalidReceiptError(f"it is a {type(document).__name__}, not an object")
    if document.get("format_version") not in READ_VERSIONS:
        known = " and ".join(map(str, READ_VERSIONS))
        raise InvalidReceiptError(
            f"its format_version is {document.get('format_version')!r}: this program reads {known}"
        )
    if document.get("table") != table.full_name:
        raise InvalidReceiptError(f"it is of the table {document.get('table')!r}, not of {table.full_name}")
    try:
        receipt = _build(key, document, S3Folder.parse(document["root"]))
    except (KeyError, TypeError, AttributeError, InvalidS3UriError, ValueError) as error:
        raise InvalidReceiptError(f"it is incomplete or invalid: {error!r}") from error
    if receipt.receipt_id != key.rpartition("/")[2].removesuffix(".json"):
        raise InvalidReceiptError(f"it is the receipt of {receipt.receipt_id!r}, under another's name")
    if not table.data.contains(receipt.root):
        raise InvalidReceiptError(f"its root {receipt.root.uri} lies outside {table.data.uri}")
    return receipt


def _build(key: str, document: Mapping[str, Any], root: S3Folder) -> Receipt:
    run = document["run"]
    kind = document.get("kind", "run")
    if kind not in get_args(Kind):
        raise ValueError(f"its kind {kind!r} is not one of {get_args(Kind)!r}")
    return Receipt(
        key=key,
        kind=kind,
        receipt_id=string_value(run["run_id"]),
        pipeline=string_value(run["pipeline"]),
        started_at=parse_instant(run["started_at"]),
        registered_at=parse_instant(document["registered_at"]),
        execution_arn=string_value(run["execution_arn"]),
        process_start=string_value(run["process_start"]),
        process_end=string_value(run["process_end"]),
        script_hash=string_value(run["script_hash"]),
        image_uri=string_value(run["image_uri"]),
        root=root,
        partitions=tuple(_entry(entry, root, run["run_id"]) for entry in document["partitions"]),
        kept_newer=tuple(_entry(entry, root, run["run_id"]) for entry in document["kept_newer"]),
        dropped=tuple(_values(each) for each in document.get("dropped", [])),
        left_out=_left_out(document, root, run["run_id"]),
        inputs=RunInputs.parse(document["inputs"]) if "inputs" in document else None,
        rows=_known(document.get("rows")),
        region=None if document.get("region") is None else string_value(document["region"]),
        usage=RunUsage.parse(document["usage"]) if document.get("usage") is not None else None,
    )


def _left_out(document: Mapping[str, Any], root: S3Folder, run_id: str) -> LeftOut:
    return LeftOut(
        bad_path_count=count_value(document.get("bad_path_count", 0)),
        bad_paths=tuple(string_value(path) for path in document.get("bad_paths", [])),
        skipped_partition_count=count_value(document.get("skipped_partition_count", 0)),
        skipped_partitions=tuple(_entry(entry, root, run_id) for entry in document.get("skipped_partitions", [])),
        ignored={string_value(reason): count_value(count) for reason, count in document.get("ignored", {}).items()},
    )


def _entry(entry: Mapping[str, Any], root: S3Folder, run_id: str) -> ReceiptEntry:
    folder = string_value(entry["folder"])
    if not folder.endswith("/") or folder.startswith("/"):
        raise ValueError(f"the folder {folder!r} is not below the root")
    return ReceiptEntry(
        run_id=string_value(entry.get("run_id", run_id)),
        values=_values(entry["values"]),
        location=f"{root.uri}{folder}",
        objects=count_value(entry["objects"]),
        bytes=count_value(entry["bytes"]),
        kept_by=string_value(entry.get("kept_by", "")),
        rows=_known(entry.get("rows")),
    )


def _values(values: object) -> tuple[str, ...]:
    if not isinstance(values, list) or not values:
        raise ValueError(f"the values {values!r} are no partition's")
    return tuple(string_value(value) for value in values)


def _known(value: object) -> int | None:
    return None if value is None else count_value(value)
