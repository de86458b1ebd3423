"""The clock of a local cloud: it fires schedules on the minute, as EventBridge Scheduler does on AWS."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from partitioned_pipelines.cli.target.local_endpoint import fire_due_schedules

if TYPE_CHECKING:
    from collections.abc import Callable

    from partitioned_pipelines.cli.target.local_endpoint import DueSchedule, LocalEndpoint


def _utc_now() -> datetime:
    return datetime.now(UTC)


class ScheduleClock:
    """Fires the schedules that have become due since the last minute.

    Parameters
    ----------
    now
        Returns the present time, with a timezone. Schedules fire from the first full minute after the first call.
    """

    def __init__(self, endpoint: LocalEndpoint, now: Callable[[], datetime] = _utc_now) -> None:
        self._endpoint = endpoint
        self._now = now
        self._done = self._minute()

    def tick(self) -> list[DueSchedule]:
        """Fire what has become due if a minute has begun, and return it. A clock that is set back fires nothing twice."""
        minute = self._minute()
        if minute <= self._done:
            return []
        before, self._done = self._done, minute  # first: what fails is not repeated
        return fire_due_schedules(self._endpoint, before, minute)

    def _minute(self) -> datetime:
        return self._now().astimezone(UTC).replace(second=0, microsecond=0)
