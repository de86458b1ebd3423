"""EventBridge Scheduler: schedules that can be fired at a given time, and refused as AWS refuses them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_cloud.scheduler.schedule_check import check_schedules

if TYPE_CHECKING:
    from local_cloud.settings import Settings


def install(settings: Settings) -> None:
    """Check what is scheduled."""
    check_schedules()
