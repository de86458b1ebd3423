"""The deployed schedule of a pipeline: since when it exists, and since when it is paused."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.intervals.instants import parse_instant

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from partitioned_pipelines.cli.target.target import Cloud

_SINCE = re.compile(r"paused\b.*?([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(?:Z|[+-][0-9]{2}:[0-9]{2}))")


@dataclass(frozen=True, slots=True)
class ScheduleState:
    """A deployed schedule.

    Attributes
    ----------
    created
        When it was created; None if there is none.
    paused_since
        When it was disabled; None if it fires.
    """

    created: datetime | None = None
    paused_since: datetime | None = None


def read_schedule_state(cloud: Cloud, outputs: Mapping[str, str]) -> ScheduleState:
    """Read the schedule that a stack's outputs name; without one, nothing is known."""
    if "ScheduleName" not in outputs:
        return ScheduleState()
    found = cloud.scheduler.get_schedule(GroupName=outputs["ScheduleGroupName"], Name=outputs["ScheduleName"])
    if found.get("State") != "DISABLED":
        return ScheduleState(found["CreationDate"])
    return ScheduleState(found["CreationDate"], _since(found.get("Description", "")) or found["LastModificationDate"])


def _since(description: str) -> datetime | None:
    """Return the time that the description of a paused schedule names."""
    match = _SINCE.match(description)
    try:
        return parse_instant(match[1]) if match else None
    except ValueError:
        return None
