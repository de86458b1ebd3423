"""The deployed schedule of a pipeline: since when it exists, and since when it is off, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.schedule.pause import is_paused, paused_since

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from partitioned_pipelines.cli.target.target import Cloud


@dataclass(frozen=True, slots=True)
class ScheduleState:
    """A deployed schedule.

    Attributes
    ----------
    created
        When it was created; None if there is none.
    off_since
        Since when it is paused or, if its description does not tell, when it was last changed; None if it fires.
    paused
        Whether it was switched off by ``pipelines pause``, not by hand.
    """

    created: datetime | None = None
    off_since: datetime | None = None
    paused: bool = False

    @property
    def why_off(self) -> str | None:
        """Why it starts no run; None if it fires, or there is none."""
        if self.off_since is None:
            return None
        at = f"{self.off_since:%Y-%m-%d %H:%M} UTC"
        return f"paused since {at}" if self.paused else f"the schedule was switched off by hand; last changed {at}"


def read_schedule_state(cloud: Cloud, outputs: Mapping[str, str]) -> ScheduleState:
    """Read the schedule that a stack's outputs name; without one, nothing is known."""
    if "ScheduleName" not in outputs:
        return ScheduleState()
    found = cloud.scheduler.get_schedule(GroupName=outputs["ScheduleGroupName"], Name=outputs["ScheduleName"])
    if found.get("State") != "DISABLED":
        return ScheduleState(found["CreationDate"])
    description = found.get("Description", "")
    off_since = paused_since(description) or found["LastModificationDate"]
    return ScheduleState(found["CreationDate"], off_since, is_paused(description))
