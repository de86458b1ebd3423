"""What was read of a pipeline's tables a short while ago, kept on this machine, so that an unchanged table is not read again.

A table's partitions are changed by runs, and by rollbacks and drops, which leave a receipt. If the pipeline's executions are the same, none of
them is open, and there is no newer receipt, what was read still holds. Changes by hand are seen after a quarter of an hour.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from partitioned_pipelines.cli.lake.kept_file import KeptEntries
from partitioned_pipelines.lake.intervals.instants import compact_instant
from partitioned_pipelines.lake.runs.interval_mark import IntervalMark
from partitioned_pipelines.runtime.intervals.evidence import Answers, ShownPartition, TableEvidence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_s3 import S3Client

    from partitioned_pipelines.runtime.history.table_address import TableAddress

    Span = tuple[datetime, datetime] | None

_TRUSTED: Final = timedelta(minutes=15)
_CLOCKS_DIFFER: Final = timedelta(minutes=5)  # this machine's and S3's
_INSTANTS: Final = 4096  # tables often have partitions of the same times
_WRITTEN_WITHIN: Final = timedelta(hours=1)  # a receipt of a rollback or a drop, after its id was made


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was read of a table.

    Attributes
    ----------
    span
        The time that was asked for; None for the whole table.
    runs
        Identifies the executions that were listed then.
    explained
        Whether it contains what explains missing intervals.
    """

    evidence: TableEvidence
    span: Span
    runs: str
    explained: bool
    read_at: datetime

    def covers(self, span: Span, runs: str, now: datetime) -> bool:
        """Return whether it holds what is asked for, and the executions are the same."""
        same = self.span is None or (span is not None and self.span[0] <= span[0] and self.span[1] >= span[1])
        return same and runs == self.runs and timedelta() <= now - self.read_at <= _TRUSTED


class TableSnapshots(KeptEntries):
    """The snapshots of a pipeline's tables."""

    version = 2
    name = "tables"

    def find(self, s3: S3Client, address: TableAddress, span: Span, runs: str, now: datetime) -> Snapshot | None:
        """Return the snapshot of a table if it still holds; this lists the newest receipts."""
        with suppress(ValueError, KeyError, TypeError, IndexError):
            snapshot = _parse(address.full_name, self._entries[address.full_name])
            if snapshot.covers(span, runs, now) and not _written_since(s3, address, snapshot.read_at):
                return snapshot
        return None

    def keep(self, snapshot: Snapshot) -> None:
        """Keep a snapshot of a table, in place of an earlier one."""
        self._keep(snapshot.evidence.table, _document(snapshot))

    def forget(self, table: str) -> None:
        """Forget the snapshot of a table."""
        self._changed |= self._entries.pop(table, None) is not None


def _written_since(s3: S3Client, address: TableAddress, moment: datetime) -> bool:
    """Return whether a run, a rollback or a drop has left a receipt; the names of receipts begin with a time."""
    begin = f"{address.receipts.prefix}{compact_instant(moment - _WRITTEN_WITHIN)}"
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=address.bucket, Prefix=address.receipts.prefix, Delimiter="/", StartAfter=begin
    )
    return any(item["LastModified"] >= moment - _CLOCKS_DIFFER for page in pages for item in page.get("Contents", []))


def _document(snapshot: Snapshot) -> dict[str, Any]:
    evidence = snapshot.evidence
    runs: dict[str | None, int] = {}
    partitions = [
        [
            _seconds(each.start),
            _seconds(each.end),
            runs.setdefault(each.run_id, len(runs)),
            int(each.rolled_back),
            each.objects,
            each.bytes,
            each.rows,
        ]
        for each in evidence.partitions
    ]
    return {
        "span": [_seconds(end) for end in snapshot.span] if snapshot.span else None,
        "runs": snapshot.runs,
        "explained": snapshot.explained,
        "read_at": snapshot.read_at.timestamp(),
        "answers": evidence.answers.value,
        "marks_publishing": evidence.marks_publishing,
        "run_ids": list(runs),
        "partitions": partitions,
        "marks": [[_seconds(each.start), _seconds(each.end), each.outcome, each.run_id] for each in evidence.marks],
        "dropped": [[_seconds(start), _seconds(end)] for start, end in evidence.dropped],
        "withdrawn": dict(evidence.withdrawn),
    }


def _parse(table: str, entry: Mapping[str, Any]) -> Snapshot:
    run_ids = entry["run_ids"]
    evidence = TableEvidence(
        table,
        Answers(entry["answers"]),
        marks_publishing=entry["marks_publishing"],
        partitions=[
            ShownPartition(_instant(start), _instant(end), run_ids[run], bool(rolled_back), *size)
            for start, end, run, rolled_back, *size in entry["partitions"]
        ],
        marks=[IntervalMark(_instant(start), _instant(end), *named) for start, end, *named in entry["marks"]],
        dropped=[(_instant(start), _instant(end)) for start, end in entry["dropped"]],
        withdrawn=entry["withdrawn"],
    )
    span = tuple(map(_instant, entry["span"])) if entry["span"] else None
    read_at = datetime.fromtimestamp(entry["read_at"], UTC)
    return Snapshot(evidence, span, entry["runs"], entry["explained"], read_at)  # type: ignore[arg-type]  # two instants


def _seconds(instant: datetime) -> int:
    return int(instant.timestamp())


@lru_cache(_INSTANTS)
def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
