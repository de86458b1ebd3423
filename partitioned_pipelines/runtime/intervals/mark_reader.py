"""A table's interval marks, and what the receipts of runs without a mark tell: those from before there were marks."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.lake.intervals.instants import compact_instant
from partitioned_pipelines.lake.key_layout import interval_marks_prefix
from partitioned_pipelines.lake.runs.interval_mark import IntervalMark
from partitioned_pipelines.runtime.history.receipts import list_receipts
from partitioned_pipelines.runtime.intervals.mark_writer import write_mark

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from mypy_boto3_s3 import S3Client

    from partitioned_pipelines.lake.intervals.execution_input import IntervalRule
    from partitioned_pipelines.runtime.history.table_address import TableAddress

_READERS = 8  # concurrent; fewer than a client's connection pool
_HEAD_BYTES = 8192  # a receipt begins with its run, before its partitions


@dataclass(frozen=True, slots=True)
class UnmarkedReceipts:
    """The receipts without a mark.

    Attributes
    ----------
    marks
        The marks that their runs would have written.
    operations
        The keys of the receipts of rollbacks and drops, which are about no interval.
    """

    marks: tuple[IntervalMark, ...]
    operations: tuple[str, ...]


def list_marks(
    s3: S3Client, table: TableAddress, span: tuple[datetime, datetime] | None = None
) -> Iterator[IntervalMark]:
    """List a table's marks in the order of their intervals' starts.

    Parameters
    ----------
    span
        List only marks that start in this time. One of several intervals that begins earlier is not listed, although it may reach into it.
    """
    prefix = interval_marks_prefix(table.database_name, table.table_name)
    start: dict[str, str] = {"StartAfter": f"{prefix}{compact_instant(span[0])}"} if span else {}
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=table.bucket, Prefix=prefix, **start):  # type: ignore[arg-type]
        for item in page.get("Contents", []):
            if mark := IntervalMark.parse(item["Key"][len(prefix) :]):
                if span and mark.start >= span[1]:
                    return
                yield mark


def read_unmarked(s3: S3Client, table: TableAddress, marked: frozenset[str], rule: IntervalRule) -> UnmarkedReceipts:
    """Read the beginning of each receipt whose run has no mark, including those of removed runs, which had been published.

    Parameters
    ----------
    marked
        The ids of the runs that have a mark.
    rule
        The rule of the pipeline's schedule, in whose timezone receipts write days.
    """
    folders = table.receipts, table.removed_receipts
    stored = [receipt.key for folder in folders for receipt in list_receipts(s3, folder)]
    receipts = [key for key in stored if _run_id(key) not in marked]
    with ThreadPoolExecutor(_READERS) as pool:
        heads = list(pool.map(partial(_read_head, s3, table.bucket), receipts))
    marks, operations = [], []
    for key, head in zip(receipts, heads, strict=True):
        if head is None:
            continue
        if not head.process_start:
            operations.append(key)
            continue
        if span := rule.recorded_span(head.process_start, head.process_end):
            marks.append(IntervalMark(*span, "published" if head.objects else "empty", head.run_id))
    return UnmarkedReceipts(tuple(marks), tuple(operations))


def write_missing_marks(s3: S3Client, table: TableAddress, rule: IntervalRule) -> int:
    """Write the marks of runs that have a receipt and no mark, so that their receipts need not be read again; return their number."""
    marked = frozenset(mark.run_id for mark in list_marks(s3, table))
    marks = [mark for mark in read_unmarked(s3, table, marked, rule).marks if IntervalMark.parse(mark.name)]
    with ThreadPoolExecutor(_READERS) as pool:
        for _ in pool.map(partial(write_mark, s3, table.bucket, table.database_name, table.table_name), marks):
            pass
    return len(marks)


@dataclass(frozen=True, slots=True)
class _Head:
    run_id: str
    process_start: str
    process_end: str
    objects: int


def _read_head(s3: S3Client, bucket: str, key: str) -> _Head | None:
    """Read the beginning of a receipt; None if it was deleted, or is not a receipt, which ``doctor`` reports."""
    try:
        body = s3.get_object(Bucket=bucket, Key=key, Range=f"bytes=0-{_HEAD_BYTES - 1}")["Body"].read()
    except s3.exceptions.NoSuchKey:
        return None
    text = body.decode(errors="replace")  # the end of the range may cut a character
    try:
        run, objects = _field(text, "run"), _field(text, "objects")
        return _Head(run["run_id"], run["process_start"], run["process_end"], objects)
    except (KeyError, TypeError, ValueError):
        return None


def _field(text: str, name: str) -> Any:
    """Decode the first field with a name in the beginning of a document. Raises ValueError if it is missing or cut off."""
    field = f'"{name}":'
    return json.JSONDecoder().raw_decode(text, text.index(field) + len(field))[0]


def _run_id(key: str) -> str:
    return key.rpartition("/")[2].removesuffix(".json")
