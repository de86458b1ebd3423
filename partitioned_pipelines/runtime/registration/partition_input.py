"""The catalog entry of a partition, and its comparison with the existing entry."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.lake.intervals.instants import format_instant, parse_instant
from partitioned_pipelines.lake.tables.storage_format import without_defaults

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from mypy_boto3_glue.type_defs import (
        PartitionInputTypeDef,
        PartitionTypeDef,
        TableTypeDef,
    )

    from partitioned_pipelines.lake.function_events.requests import RegistrationRequest, RunStamp
    from partitioned_pipelines.runtime.registration.discovery import FoundPartition

_TIME_OF_REGISTRATION = "registered_at"


def build_stamp(
    *,
    run_id: str,
    started_at: datetime,
    pipeline: str,
    script_hash: str,
    image_uri: str,
    registered_at: datetime,
    rollback_id: str = "",
) -> dict[str, str]:
    """Build the parameters that record the run whose files a partition shows; empty values are left out.

    Parameters
    ----------
    started_at
        The time by which the partition is ordered among runs: the run's start, or the time of a rollback.
    """
    stamp = {
        "run_id": run_id,
        "run_started_at": format_instant(started_at, "milliseconds"),
        "rollback_id": rollback_id,
        "pipeline": pipeline,
        "script_hash": script_hash,
        "image_uri": image_uri,
        _TIME_OF_REGISTRATION: format_instant(registered_at),
    }
    return {name: value for name, value in stamp.items() if value}


def build_partition_input(
    values: Sequence[str],
    location: str,
    table_descriptor: Mapping[str, Any],
    stamp: Mapping[str, str],
    objects: int,
    size: int,
    rows: int | None,
) -> PartitionInputTypeDef:
    """Build a partition: its table's storage descriptor with the partition's location, and a stamp with the run and the data's size.

    Nothing of an earlier stamp is kept, because statistics of other files would be wrong.
    """
    return {
        "Values": list(values),
        "StorageDescriptor": {**table_descriptor, "Location": location},  # type: ignore[typeddict-item]  # the table's
        "Parameters": {
            **stamp,
            "objects": str(objects),
            "bytes": str(size),
            **({} if rows is None else {"rows": str(rows)}),
        },
    }


class Comparison(Enum):
    """The difference between a partition in the catalog and the one that a run wrote."""

    SAME = auto()
    STAMP_DIFFERS = auto()  # the same files and storage descriptor, published by another run
    DIFFERS = auto()  # another location or storage descriptor
    NEWER = auto()  # published by a run that started later


@dataclass(frozen=True, slots=True)
class RunPartitions:
    """The partitions of one run: builds their catalog entries and compares them with existing ones.

    Attributes
    ----------
    ordered
        True if a run that started earlier must not replace the partitions of a later one. False for tables in place, whose files the run
        has already overwritten.
    """

    run: RunStamp
    ordered: bool
    table_descriptor: Mapping[str, Any]
    stamp: Mapping[str, str]

    @classmethod
    def of(cls, request: RegistrationRequest, table: TableTypeDef) -> RunPartitions:
        """Build the values that all partitions share, once."""
        run = request.run
        stamp = build_stamp(
            run_id=run.run_id,
            started_at=run.started_at,
            pipeline=run.pipeline,
            script_hash=run.script_hash,
            image_uri=run.image_uri,
            registered_at=parse_instant(request.continuation.registered_at),
        )
        return cls(run, not request.table.in_place, table.get("StorageDescriptor", {}), stamp)

    def build(self, found: FoundPartition) -> PartitionInputTypeDef:
        """Build the catalog entry of a partition that the run wrote."""
        return build_partition_input(
            found.path.values, found.location, self.table_descriptor, self.stamp, found.objects, found.bytes, found.rows
        )

    def compare(self, existing: PartitionTypeDef, wanted: PartitionInputTypeDef) -> Comparison:
        """Compare a partition in the catalog with the one that should replace it."""
        stamp = existing.get("Parameters", {})
        if self.ordered and self._is_newer(stamp):
            return Comparison.NEWER
        there: Any = existing.get("StorageDescriptor", {})  # as an answer, and as a request: two types
        here: Any = wanted.get("StorageDescriptor", {})
        # Compare the raw values first, because they are usually equal and the comparison is cheap.
        if there != here and without_defaults(there) != without_defaults(here):
            return Comparison.DIFFERS
        wanted_stamp = wanted.get("Parameters", {})
        if all(stamp.get(name) == value for name, value in wanted_stamp.items() if name != _TIME_OF_REGISTRATION):
            return Comparison.SAME
        return Comparison.STAMP_DIFFERS

    def _is_newer(self, stamp: Mapping[str, str]) -> bool:
        run_id, started_at = stamp.get("run_id"), stamp.get("run_started_at")
        if not run_id or not started_at:
            return False
        try:
            return (parse_instant(started_at), run_id) > self.run.order
        except ValueError:
            return False  # not written by this project (a crawler, or a manual edit)
