"""The due times of cron expressions in EventBridge Scheduler.

Local times that are skipped by daylight saving time are not due. Those that occur twice are due at the first occurrence; the documentation
only says "once".
https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#daylist-savings-time
"""

from __future__ import annotations

import calendar
import datetime as dt
import zoneinfo
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local_cloud.scheduler.expressions import CRON_FIELDS, cron_fields

if TYPE_CHECKING:
    from collections.abc import Iterator

_MINUTE, _HOUR, _DAY_OF_MONTH, _MONTH, _DAY_OF_WEEK, _YEAR = range(6)
_SEARCHED = dt.timedelta(days=366 * 8)  # leap days are at most eight years apart


@dataclass(frozen=True, slots=True)
class DueTimes:
    """The due times of a cron expression.

    Attributes
    ----------
    fields
        The six fields of the expression.
    """

    fields: tuple[str, ...]
    zone: zoneinfo.ZoneInfo

    @classmethod
    def of(cls, expression: str, timezone: str) -> DueTimes | None:
        """Return the due times of a schedule, or None for ``rate(…)`` and ``at(…)``."""
        fields = cron_fields(expression)
        return cls(tuple(fields), zoneinfo.ZoneInfo(timezone)) if fields else None

    def has(self, instant: dt.datetime) -> bool:
        """Return whether the schedule is due in a minute."""
        minute = instant.astimezone(dt.UTC).replace(second=0, microsecond=0)
        return minute in self._of_day(minute.astimezone(self.zone).date())

    def names(self, wall: dt.datetime) -> bool:
        """Return whether the expression matches a local time, which daylight saving time may skip."""
        return wall.replace(second=0, microsecond=0, tzinfo=None) in self._walls(wall.date())

    def before(self, instant: dt.datetime) -> dt.datetime | None:
        """Return the last due time before an instant."""
        return self._nearest(instant, -1)

    def after(self, instant: dt.datetime) -> dt.datetime | None:
        """Return the first due time after an instant."""
        return self._nearest(instant, 1)

    def between(self, after: dt.datetime, until: dt.datetime) -> Iterator[dt.datetime]:
        """Yield the due times after one instant, and not after another, in order."""
        first, last = (instant.astimezone(self.zone).date() for instant in (after, until))
        for distance in range((last - first).days + 1):
            yield from (each for each in self._of_day(first + dt.timedelta(days=distance)) if after < each <= until)

    def _nearest(self, instant: dt.datetime, direction: int) -> dt.datetime | None:
        day = instant.astimezone(self.zone).date()
        for distance in range(_SEARCHED.days):
            try:
                times = self._of_day(day + dt.timedelta(days=distance * direction))
            except OverflowError:
                return None
            beyond = [each for each in times if (each - instant) * direction > dt.timedelta()]
            if beyond:
                return beyond[0] if direction > 0 else beyond[-1]
        return None

    def _of_day(self, day: dt.date) -> list[dt.datetime]:
        """Return the due times of a day, without skipped local times."""
        walls = list(self._walls(day))
        named = set(walls)
        instants = (wall.replace(tzinfo=self.zone).astimezone(dt.UTC) for wall in walls)
        return [each for each in instants if each.astimezone(self.zone).replace(tzinfo=None) in named]

    def _walls(self, day: dt.date) -> Iterator[dt.datetime]:
        if not self._has_day(day):
            return
        hour_field, minute_field = CRON_FIELDS[_HOUR], CRON_FIELDS[_MINUTE]
        minutes = [minute for minute in range(60) if minute_field.holds(minute, self.fields[_MINUTE])]
        for hour in range(24):
            if hour_field.holds(hour, self.fields[_HOUR]):
                yield from (dt.datetime.combine(day, dt.time(hour, minute)) for minute in minutes)

    def _has_day(self, day: dt.date) -> bool:
        if not CRON_FIELDS[_YEAR].holds(day.year, self.fields[_YEAR]):
            return False
        if not CRON_FIELDS[_MONTH].holds(day.month, self.fields[_MONTH]):
            return False
        if self.fields[_DAY_OF_WEEK] == "?":
            return _is_day_of_month(day, self.fields[_DAY_OF_MONTH])
        return _is_day_of_week(day, self.fields[_DAY_OF_WEEK].upper())


def _is_day_of_month(day: dt.date, text: str) -> bool:
    last = day.replace(day=calendar.monthrange(day.year, day.month)[1])
    if text.startswith("L-"):
        return day == last - dt.timedelta(days=int(text[2:])) and day.month == last.month
    if text == "L":
        return day == last
    if not text.endswith("W"):
        return CRON_FIELDS[_DAY_OF_MONTH].holds(day.day, text)
    wanted = last.day if text == "LW" else int(text[:-1])
    if wanted > last.day or day.isoweekday() > 5:
        return False
    # The nearest weekday of the month; Sundays have Monday as the nearest.
    weekdays = [other for other in range(1, last.day + 1) if day.replace(day=other).isoweekday() <= 5]
    return day.day == min(weekdays, key=lambda other: abs(other - wanted))


def _is_day_of_week(day: dt.date, text: str) -> bool:
    field, number = CRON_FIELDS[_DAY_OF_WEEK], day.isoweekday() % 7 + 1
    if text == "L":
        return number == 7
    if text.endswith("L"):
        return field.holds(number, text[:-1]) and (day + dt.timedelta(days=7)).month != day.month
    weekday, hash_sign, ordinal = text.partition("#")
    return field.holds(number, weekday) and (not hash_sign or (day.day - 1) // 7 + 1 == int(ordinal))
