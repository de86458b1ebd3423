"""The wall clock of a time zone: what it shows at an instant, and when it shows a time.

Two datetimes with the same ``ZoneInfo`` are compared and subtracted by their wall times: the two 01:00 of a night on which the clocks go
back are equal. All instants are therefore in UTC, and local times have no timezone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import tzinfo

_SECOND, _DAY = timedelta(seconds=1), timedelta(days=1)


class UnknownTimezoneError(ValueError):
    """A timezone is missing from the time zone database, or this machine has no such database."""


@cache
def timezone_of(name: str) -> tzinfo:
    """Return a timezone by its IANA name; UTC works without a database."""
    if name == "UTC":
        return UTC
    import zoneinfo  # imported here: not every function needs it, and each import delays a cold start

    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        if not zoneinfo.available_timezones():
            raise UnknownTimezoneError(
                f"timezone {name!r}: this Python has no time zone database; "
                "include the 'tzdata' package with the code, or use UTC"
            ) from error
        raise UnknownTimezoneError(
            f"timezone {name!r} is not in the time zone database: use a name such as Asia/Tokyo"
        ) from error


@dataclass(frozen=True, slots=True)
class Clock:
    """The wall clock of a timezone.

    Attributes
    ----------
    timezone
        IANA name.
    """

    timezone: str

    @property
    def zone(self) -> tzinfo:
        """The timezone. Raises UnknownTimezoneError."""
        return timezone_of(self.timezone)

    def local(self, instant: datetime) -> datetime:
        """Return an instant as a local time with its offset, for display only."""
        return instant.astimezone(self.zone)

    def wall(self, instant: datetime) -> datetime:
        """Return what the clock shows at an instant, without an offset."""
        return instant.astimezone(self.zone).replace(tzinfo=None, fold=0)

    def offset(self, instant: datetime) -> timedelta:
        """Return the offset from UTC at an instant."""
        offset = instant.astimezone(self.zone).utcoffset()
        assert offset is not None  # the datetime has a timezone  # noqa: S101
        return offset

    def readings(self, wall: datetime) -> tuple[datetime, ...]:
        """Return the instants at which the clock shows a local time: none if the clocks go forward over it, two if they go back.

        https://peps.python.org/pep-0495/
        """
        first, second = self._both_readings(wall)
        if first > second:
            return ()
        return (first,) if first == second else (first, second)

    def boundary(self, label: datetime) -> datetime:
        """Return the first instant from which the clock never again shows less than a local time.

        One rule for a midnight that is skipped (the day begins later), for one that is shown twice (the first), and for clocks that go
        back over it (the second). Two days have the same boundary if the earlier one does not exist.
        """
        return _boundary(self, label)

    def change(self, low: datetime, high: datetime) -> datetime:
        """Return the instant after ``low`` at which the offset becomes that of ``high``."""
        target = self.offset(high)
        while high - low > _SECOND:
            middle = (low + (high - low) // 2).replace(microsecond=0)
            if middle in (low, high):
                break
            if self.offset(middle) == target:
                high = middle
            else:
                low = middle
        return high

    def day_start(self, day: date) -> datetime | None:
        """Return the first instant of a day; None if the day does not exist (Apia, 30 December 2011)."""
        start = self.boundary(datetime.combine(day, time()))
        return None if start == self.day_end(day) else start

    def day_end(self, day: date) -> datetime:
        """Return the first instant after a day."""
        return self.boundary(datetime.combine(day, time()) + _DAY)

    def day_from(self, instant: datetime) -> date:
        """Return the day that begins at an instant. Raises ValueError if no day does."""
        day = self.wall(instant).date()
        for days in (0, 1, -1):
            candidate = day + days * _DAY
            if self.day_start(candidate) == instant:
                return candidate
        raise ValueError(f"no day begins at {self.local(instant).isoformat()} in {self.timezone}")

    def _both_readings(self, wall: datetime) -> tuple[datetime, datetime]:
        first, second = (wall.replace(tzinfo=self.zone, fold=fold).astimezone(UTC) for fold in (0, 1))
        return first, second


@lru_cache(maxsize=65_536)
def _boundary(clock: Clock, label: datetime) -> datetime:
    first, second = clock._both_readings(label)  # noqa: SLF001 - a part of the class, outside it for the cache
    if first == second:
        return first
    if first > second:  # skipped
        return clock.change(second - _SECOND, first)
    change = clock.change(first, second)  # shown twice
    return first if clock.wall(change) == label else second
