"""What the Data Catalog is to hold of a partition, and how that compares with what it holds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.lake.interval import format_instant, parse_instant

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from mypy_boto3_glue.type_defs import (
        PartitionInputTypeDef,
        PartitionTypeDef,
        TableTypeDef,
    )

    from partitioned_pipelines.lake.function_events.requests import RunStamp
    from partitioned_pipelines.runtime.registration.discovery import FoundPartition

_TIME_OF_REGISTRATION = "registered_at"


class Comparison(Enum):
    """How a partition that is in the catalog differs from the one that a run wrote."""

    SAME = auto()
    STAMP_DIFFERS = auto()  # the same files read in the same way, published by another run
    DIFFERS = auto()  # another location, or another storage descriptor
    NEWER = auto()  # it is of a run that started later


@dataclass(frozen=True, slots=True)
class PartitionTemplate:
    """What the partitions of a run in a table have in common, put together once for all of them."""

    storage_descriptor: Mapping[str, Any]
    stamp: Mapping[str, str]

    @classmethod
    def of(cls, table: TableTypeDef, run: RunStamp, registered_at: datetime) -> PartitionTemplate:
        """Take the table's own storage descriptor, and the run's stamp."""
        # Nothing of an earlier stamp is kept: statistics of other files would give wrong answers.
        stamp = {
            "run_id": run.run_id,
            "run_started_at": run.started_at_text,
            "pipeline": run.pipeline,
            **({"script_hash": run.script_hash} if run.script_hash else {}),
            **({"image_uri": run.image_uri} if run.image_uri else {}),
            _TIME_OF_REGISTRATION: format_instant(registered_at),
        }
        return cls(table.get("StorageDescriptor", {}), stamp)

    def build(self, found: FoundPartition) -> PartitionInputTypeDef:
        """Build a partition: the storage descriptor at its location, stamped with the run and with what it holds."""
        return {
            "Values": list(found.path.values),
            "StorageDescriptor": {**self.storage_descriptor, "Location": found.location},  # type: ignore[typeddict-item]  # the table's
            "Parameters": {**self.stamp, "objects": str(found.objects), "bytes": str(found.bytes)},
        }


def compare(existing: PartitionTypeDef, wanted: PartitionInputTypeDef, run: RunStamp, *, ordered: bool) -> Comparison:
    """Compare a partition of the catalog with the one that is wanted there.

    Parameters
    ----------
    ordered
        Whether a run that started earlier yields to one that started later; in place, where the files themselves have
        been overwritten, it cannot.
    """
    stamp = existing.get("Parameters", {})
    if ordered and _is_newer(stamp, run):
        return Comparison.NEWER
    there: Any = existing.get("StorageDescriptor", {})  # as an answer, and as a request: two types
    here: Any = wanted.get("StorageDescriptor", {})
    # Mostly they are equal as they stand, which is seen at once.
    if there != here and _meaningful(there) != _meaningful(here):
        return Comparison.DIFFERS
    wanted_stamp = wanted.get("Parameters", {})
    if all(stamp.get(name) == value for name, value in wanted_stamp.items() if name != _TIME_OF_REGISTRATION):
        return Comparison.SAME
    return Comparison.STAMP_DIFFERS


def _is_newer(stamp: Mapping[str, str], run: RunStamp) -> bool:
    run_id, started_at = stamp.get("run_id"), stamp.get("run_started_at")
    if not run_id or not started_at:
        return False
    try:
        return (parse_instant(started_at), run_id) > run.order
    except ValueError:
        return False  # not our stamp: a crawler's, or a hand's


def _meaningful(value: Any) -> Any:  # any JSON
    """Drop what says nothing: Glue gives back defaults that nobody set, as ``NumberOfBuckets: 0``."""
    if isinstance(value, dict):
        return {name: kept for name, item in value.items() if (kept := _meaningful(item))}
    if isinstance(value, list | tuple):
        return [_meaningful(item) for item in value]
    return value
