"""EventBridge Scheduler: the checks of schedules, and schedules that are fired at a given time or by the clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_cloud.scheduler.schedule_check import check_schedules

if TYPE_CHECKING:
    from local_cloud.settings import Settings


def install(settings: Settings) -> None:
    """Add the checks of schedules."""
    check_schedules()
