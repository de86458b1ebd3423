"""When something that lasts is reported: once in the hour in which it begins, and then once a day, without a memory of what was reported.

If the watch does not run in the hour in which it begins, it is reported a day later.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_ANY_MIDNIGHT = datetime(2026, 1, 1, tzinfo=UTC)


def is_told(since: datetime | None, at: datetime) -> bool:
    """Return whether the watch of an hour reports what has lasted since an instant; if that is not known, in the first hour of a day in UTC."""
    late = at - (since or _ANY_MIDNIGHT)
    return late >= timedelta(0) and late % _DAY < _HOUR
