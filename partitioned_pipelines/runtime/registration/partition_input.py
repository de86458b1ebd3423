"""What the Data Catalog is to hold of a partition, and how that compares with what it holds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.lake.interval import format_instant, parse_instant
from partitioned_pipelines.lake.storage_format import without_defaults

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
    """Build what a partition says of the run whose files it shows; what is empty is left out.

    Parameters
    ----------
    started_at
        By which the partition is ordered among runs: the run's start, or the time of a rollback.
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
) -> PartitionInputTypeDef:
    """Build a partition: its table's storage descriptor at its own location, stamped with the run and with what it holds.

    Nothing of an earlier stamp is kept: statistics of other files would give wrong answers.
    """
    return {
        "Values": list(values),
        "StorageDescriptor": {**table_descriptor, "Location": location},  # type: ignore[typeddict-item]  # the table's
        "Parameters": {**stamp, "objects": str(objects), "bytes": str(size)},
    }


class Comparison(Enum):
    """How a partition that is in the catalog differs from the one that a run wrote."""

    SAME = auto()
    STAMP_DIFFERS = auto()  # the same files read in the same way, published by another run
    DIFFERS = auto()  # another location, or another storage descriptor
    NEWER = auto()  # it is of a run that started later


@dataclass(frozen=True, slots=True)
class RunPartitions:
    """The partitions of a run as its table is to have them.

    Attributes
    ----------
    ordered
        Whether a run that started earlier yields to one that started later; in place, where the files themselves have
        been overwritten, it cannot.
    """

    run: RunStamp
    ordered: bool
    table_descriptor: Mapping[str, Any]
    stamp: Mapping[str, str]

    @classmethod
    def of(cls, request: RegistrationRequest, table: TableTypeDef) -> RunPartitions:
        """Build what the partitions have in common, once for all of them."""
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
        """Build a partition that the run wrote."""
        return build_partition_input(
            found.path.values, found.location, self.table_descriptor, self.stamp, found.objects, found.bytes
        )

    def compare(self, existing: PartitionTypeDef, wanted: PartitionInputTypeDef) -> Comparison:
        """Compare a partition of the catalog with the one that is wanted there."""
        stamp = existing.get("Parameters", {})
        if self.ordered and self._is_newer(stamp):
            return Comparison.NEWER
        there: Any = existing.get("StorageDescriptor", {})  # as an answer, and as a request: two types
        here: Any = wanted.get("StorageDescriptor", {})
        # Mostly they are equal as they stand, which is seen at once.
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
            return False  # not written by this project: by a crawler, or by hand
