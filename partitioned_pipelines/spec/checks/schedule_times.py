"""The times at which a schedule fires in its timezone: those that never occur, are skipped, or occur twice.

EventBridge Scheduler skips a time that does not exist, and fires once at a time that occurs twice.
https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#daylist-savings-time
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from partitioned_pipelines.spec.checks.cron import Cron

if TYPE_CHECKING:
    from collections.abc import Iterator

    from partitioned_pipelines.spec.model.pipeline import Schedule

_FIRST_DAY, _AFTER_LAST_DAY = date(1970, 1, 1), date(2200, 1, 1)  # the years that a cron expression can name
_TWO_YEARS = 731  # days, including a leap day
_LISTED = 8


class WallTime(Enum):
    """The number of times that a local time occurs on a day in a timezone."""

    SKIPPED = 0
    SHOWN_ONCE = 1
    SHOWN_TWICE = 2

    @classmethod
    def of(cls, wall: datetime, zone: ZoneInfo) -> WallTime:
        """Return how often a local time (without an offset) occurs.

        PEP 495: both readings of a skipped time convert back to other times, and the two readings of a repeated time differ.
        """
        readings = {wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
        shown = [one for one in readings if one.astimezone(zone).replace(tzinfo=None, fold=0) == wall]
        return cls(len(shown))


@dataclass(frozen=True, slots=True)
class ScheduleTimes:
    """The firings of a cron expression in a timezone."""

    cron: Cron
    zone: ZoneInfo

    @classmethod
    def of(cls, schedule: Schedule) -> ScheduleTimes:
        """Return the firings of a pipeline's valid schedule."""
        return cls(Cron.parse(schedule.cron), ZoneInfo(schedule.timezone))

    def nominal(self, first: date, after: date) -> Iterator[datetime]:
        """Yield the times that the cron expression names from ``first`` up to ``after``, including those that the timezone skips."""
        for day in self.cron.days(first, after):
            for hour, minute in self.cron.times:
                yield datetime.combine(day, time(hour, minute))

    def ever_fires(self) -> bool:
        """Return whether it fires at least once in any year."""
        return any(
            WallTime.of(wall, self.zone) is not WallTime.SKIPPED for wall in self.nominal(_FIRST_DAY, _AFTER_LAST_DAY)
        )

    def fires_from(self, day: date) -> bool:
        """Return whether it fires on a day or later."""
        return any(WallTime.of(wall, self.zone) is not WallTime.SKIPPED for wall in self.nominal(day, _AFTER_LAST_DAY))

    def unusual(self, first: date, after: date) -> Iterator[tuple[datetime, WallTime]]:
        """Yield the firings that are skipped or occur twice."""
        day = first
        while day < after:
            following = day + timedelta(days=1)
            # Only days next to a clock change can have any; checking the offset first matters because a schedule may fire every minute.
            if len({self._offset(day), self._offset(following), self._offset(following + timedelta(days=1))}) > 1:
                for wall in self.nominal(day, following):
                    shown = WallTime.of(wall, self.zone)
                    if shown is not WallTime.SHOWN_ONCE:
                        yield wall, shown
            day = following

    def _offset(self, day: date) -> timedelta | None:
        return datetime.combine(day, time(), self.zone).utcoffset()


def never_fires(schedule: Schedule) -> str | None:
    """Return an error if a valid expression matches no day, else None."""
    if ScheduleTimes.of(schedule).ever_fires():
        return None
    return f"is {schedule.cron!r}, which never fires: no day from 1970 to 2199 matches it; '0 6 L * ? *' is the last day of each month"


def has_ended(schedule: Schedule, today: date) -> str | None:
    """Return an error if a schedule has fired for the last time, else None."""
    if ScheduleTimes.of(schedule).fires_from(today):
        return None
    return f"is {schedule.cron!r}, which never fires again: all of its times are before {today}; remove schedule: or change the year"


def clock_changes(schedule: Schedule, today: date) -> Iterator[str]:
    """Yield a warning for the times of the next two years that AWS skips, and one for those that occur twice but fire once."""
    times = ScheduleTimes.of(schedule)
    unusual = list(times.unusual(today, today + timedelta(days=_TWO_YEARS)))
    skipped = [wall for wall, shown in unusual if shown is WallTime.SKIPPED]
    if skipped:
        yield (
            f"is {schedule.cron!r} in {schedule.timezone}: AWS does not fire at {_listed(skipped)}, "
            "times that do not exist there because the clocks go forward; choose another hour, or a timezone without such changes"
        )
    twice = [wall for wall, shown in unusual if shown is WallTime.SHOWN_TWICE]
    if twice:
        yield (
            f"is {schedule.cron!r} in {schedule.timezone}: AWS fires only once at {_listed(twice)}, "
            "times that occur twice because the clocks go back"
        )


def _listed(walls: list[datetime]) -> str:
    """List times by day; several consecutive times of a day are shown by the first and the last."""
    by_day: dict[date, list[datetime]] = {}
    for wall in walls:
        by_day.setdefault(wall.date(), []).append(wall)
    shown = [
        f"{first:%Y-%m-%d %H:%M}" + (f" to {last:%H:%M} ({number} times)" if number > 1 else "")
        for first, last, number in ((each[0], each[-1], len(each)) for each in by_day.values())
    ]
    return ", ".join(shown[:_LISTED]) + (f" and on {len(shown) - _LISTED} more days" if len(shown) > _LISTED else "")
