"""The state of a pipeline's schedule in EventBridge Scheduler."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.schedule.pause import is_paused, resumed_at

if TYPE_CHECKING:
    from datetime import datetime

    from mypy_boto3_scheduler import EventBridgeSchedulerClient


@dataclass(frozen=True, slots=True)
class ScheduleState:
    """A schedule as it is now.

    Attributes
    ----------
    exists
        False if it was deleted.
    enabled
        Whether it fires.
    paused
        Whether it was switched off by ``pipelines pause``.
    begin
        Firings before this time do not count: that of its creation, or of its last resumption. None if it does not exist.
    changed_at
        When it was last changed; None if it does not exist.
    """

    exists: bool
    enabled: bool
    paused: bool
    begin: datetime | None
    changed_at: datetime | None


_GONE = ScheduleState(exists=False, enabled=False, paused=False, begin=None, changed_at=None)


def read_schedule(scheduler: EventBridgeSchedulerClient, name: str) -> ScheduleState:
    """Read a pipeline's schedule, which is in a group of the same name."""
    try:
        found = scheduler.get_schedule(GroupName=name, Name=name)
    except scheduler.exceptions.ResourceNotFoundException:
        return _GONE
    description = found.get("Description", "")
    enabled = found["State"] == "ENABLED"
    return ScheduleState(
        exists=True,
        enabled=enabled,
        paused=not enabled and is_paused(description),
        begin=max(filter(None, [found["CreationDate"], resumed_at(description)])),
        changed_at=found["LastModificationDate"],
    )
