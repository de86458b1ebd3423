"""The cron expression that is deployed: pipelines with hourly or finer intervals fire in UTC.

EventBridge Scheduler fires once at a local time that occurs twice, so that the run about the first of two hours with the same name would
never come: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#daylist-savings-time
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.intervals.cadence import Cadence
from partitioned_pipelines.lake.schedule.cron import Cron
from partitioned_pipelines.lake.schedule.zone_facts import hour_fractions

if TYPE_CHECKING:
    from partitioned_pipelines.lake.schedule.timetable import Timetable

_MINUTE = timedelta(minutes=1)


class ShiftingMinutesError(ValueError):
    """The minutes of a timezone's hours move against those of UTC, so that no cron expression in UTC fires at given local minutes."""


@dataclass(frozen=True, slots=True)
class DeployedCron:
    """A cron expression, and the timezone in which EventBridge Scheduler evaluates it."""

    expression: str
    timezone: str


def deployed_cron(schedule: Timetable) -> DeployedCron:
    """Return the expression that is deployed for a valid schedule with a cron expression.

    One that fires in every hour of every day, for intervals of an hour or less, is written in UTC: the same moments, and the one that a local
    expression would lose.

    Raises
    ------
    ShiftingMinutesError
        If the timezone's clocks change by a part of an hour (Lord Howe), which moves the local minutes against UTC's.
    """
    expression = schedule.cron or ""
    local = DeployedCron(expression, schedule.timezone)
    if schedule.interval is None or schedule.timezone == "UTC":
        return local
    cron = Cron.parse(expression)
    if not Cadence.parse(schedule.interval).fine or not cron.every_hour:
        return local
    minutes, *others = expression.split()
    fractions = hour_fractions(schedule.timezone)
    if fractions != (timedelta(0),):
        local_minutes = {minute for _, minute in cron.times}
        translated = {
            frozenset((minute - fraction // _MINUTE) % 60 for minute in local_minutes) for fraction in fractions
        }
        if len(translated) > 1:
            raise ShiftingMinutesError(
                f"the clocks of {schedule.timezone} change by a part of an hour, and the hours there begin at changing minutes of UTC's: use "
                "interval: 30 minutes with minutes such as 5/30, or timezone: UTC"
            )
        minutes = ",".join(map(str, sorted(translated.pop())))
    return DeployedCron(" ".join([minutes, *others]), "UTC")
