"""Whether the inputs of a run are there: the intervals that tables have published, by their marks, and the object that arrives last."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

from partitioned_pipelines.runtime.history.table_address import TableAddress
from partitioned_pipelines.runtime.intervals.mark_reader import list_marks
from partitioned_pipelines.runtime.planning.run_plan import RunPlan

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from mypy_boto3_s3 import S3Client

    from partitioned_pipelines.lake.intervals.interval import Interval
    from partitioned_pipelines.lake.placeholders import Template
    from partitioned_pipelines.lake.runs.interval_mark import IntervalMark
    from partitioned_pipelines.lake.schedule.awaited import Awaited

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Readiness:
    """What a pipeline's runs wait for.

    Attributes
    ----------
    tables
        The tables that it reads.
    arrival
        The template of the key of the object that arrives last, in the lake's bucket; None if it waits for no object.
    """

    s3: S3Client
    lake_bucket: str
    tables: tuple[Awaited, ...]
    arrival: Template | None = None

    def late(self, interval: Interval) -> list[str]:
        """Return what a run about an interval lacks, in words; empty if all of its inputs are there."""
        found = [text for table in self.tables if (text := self._late_in(table, interval))]
        if self.arrival is not None and not self._arrived(key := self.arrived_key(interval)):
            found.append(f"s3://{self.lake_bucket}/{key} has not arrived")
        return list(dict.fromkeys(found))

    def arrived_key(self, interval: Interval) -> str:
        """Return the key of the object that arrives last for an interval."""
        assert self.arrival is not None  # callers know that the pipeline waits for an object  # noqa: S101
        return RunPlan(interval, self.lake_bucket).resolve(self.arrival, "the prefix of the schedule")

    def _late_in(self, table: Awaited, interval: Interval) -> str | None:
        needed = table.needed(interval)
        missing = missing_intervals(self.s3, self.lake_bucket, (table.database_name, table.table_name), needed)
        if not missing:
            return None
        shown = ", ".join(map(str, missing[:_SHOWN]))
        more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
        return f"{table.full_name} has not published {shown}{more}"

    def _arrived(self, key: str) -> bool:
        first = self.s3.list_objects_v2(Bucket=self.lake_bucket, Prefix=key, MaxKeys=1).get("Contents", [])
        return any(item["Key"] == key for item in first)


def missing_intervals(
    s3: S3Client, bucket: str, table: tuple[str, str], needed: Sequence[Interval], *, skipped: bool = False
) -> list[Interval]:
    """Return the intervals that no run of a table has ended well about, given those in question in order.

    An interval is there once a run about it, or about more, has published data or succeeded without any. A rollback or a drop later on
    changes nothing: that the data was there is what others waited for.

    Parameters
    ----------
    skipped
        Whether a run that was skipped for want of input counts as well.
    """
    if not needed:
        return []
    address = TableAddress(bucket, *table, "versioned")  # the marks do not depend on the layout
    counted = {"published", "empty", *(["skipped"] if skipped else [])}
    first = needed[0].start
    marks = [mark for mark in list_marks(s3, address, (first, needed[-1].end)) if mark.outcome in counted]
    missing = _uncovered(needed, marks)
    if missing:
        # A run about several intervals has one mark, which sorts by their first.
        earlier = takewhile(lambda mark: mark.start < first, list_marks(s3, address))
        marks += [mark for mark in earlier if mark.outcome in counted and mark.end > first]
        missing = _uncovered(missing, marks)
    return missing


def _uncovered(needed: Sequence[Interval], marks: Iterable[IntervalMark]) -> list[Interval]:
    spans: list[tuple[datetime, datetime]] = []
    for start, end in sorted((mark.start, mark.end) for mark in marks):
        if spans and start <= spans[-1][1]:
            spans[-1] = spans[-1][0], max(end, spans[-1][1])
        else:
            spans.append((start, end))
    return [one for one in needed if not any(start <= one.start and one.end <= end for start, end in spans)]
