"""Facts about timezones, from the offsets of the time zone database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise

from partitioned_pipelines.lake.intervals.clock import Clock

# The database of 2026 has rules until 2037; later years repeat the last.
_AFTER_LAST_YEAR = datetime(2038, 1, 1, tzinfo=UTC)
_PRESENT, _UNIX_EPOCH = datetime(2022, 1, 1, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC)
_HOUR = timedelta(hours=1)


def hour_fractions(timezone: str) -> tuple[timedelta, ...]:
    """Return by how much the hours of a timezone begin earlier than UTC's, 0 to 59 minutes; several if that changes from 2022 to 2037."""
    return tuple(dict.fromkeys(offset % _HOUR for offset in _offsets(timezone, _PRESENT)))


def most_ahead_of_utc(timezone: str) -> timedelta:
    """Return the largest offset of a timezone from 2022 to 2037."""
    return max(_offsets(timezone, _PRESENT))


def repeats_hours(timezone: str) -> bool:
    """Return whether the clocks of a timezone have gone back since 1970, or will until 2037: some hours have the same name."""
    return any(later < earlier for earlier, later in pairwise(_offsets(timezone, _UNIX_EPOCH)))


@cache
def _offsets(timezone: str, begin: datetime) -> tuple[timedelta, ...]:
    """Return the offsets of every week, without those that equal the one before."""
    clock, moment, found = Clock(timezone), begin, [Clock(timezone).offset(begin)]
    while moment < _AFTER_LAST_YEAR:
        moment += timedelta(weeks=1)
        if (offset := clock.offset(moment)) != found[-1]:
            found.append(offset)
    return tuple(found)
