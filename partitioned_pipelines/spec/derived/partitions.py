"""The partitions that a step reads of a table, as the functions get them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.spec.model.inputs import PartitionWindow

if TYPE_CHECKING:
    from partitioned_pipelines.lake.function_events.payloads import PartitionsSpec, WindowSpec
    from partitioned_pipelines.spec.model.inputs import Partitions


def partitions_spec(partitions: Partitions) -> PartitionsSpec:
    """Return the ``partitions`` of a table input as PlanRun gets it."""
    if not isinstance(partitions, PartitionWindow):
        return partitions
    window: WindowSpec = {}
    if partitions.offset is not None:
        window["offset"] = partitions.offset
    if partitions.last is not None:
        window["last"] = str(partitions.last)
    return window
