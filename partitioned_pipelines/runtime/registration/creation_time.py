"""When the successful job was created, as the state machine's result gives it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from partitioned_pipelines.lake.interval import parse_instant

_EARLIEST = datetime(2017, 11, 29, tzinfo=UTC)  # SageMaker's first day: epoch seconds read as milliseconds fall before
_CLOCK_SKEW = timedelta(hours=1)


class InvalidCreationTimeError(ValueError):
    """A job's CreationTime is missing, unreadable or implausible."""


def parse_creation_time(value: object, now: datetime) -> datetime:
    """Read a job's CreationTime, floored to the second, as S3's LastModified is.

    Parameters
    ----------
    value
        Epoch milliseconds, or ISO 8601 with an offset.
    now
        The present, with a timezone: a job that is yet to be created is implausible.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise InvalidCreationTimeError(f"CreationTime is {value!r}: expected epoch milliseconds or ISO 8601")
    try:
        created = (
            parse_instant(value) if isinstance(value, str) else datetime.fromtimestamp(value / 1000, tz=UTC)
        ).replace(microsecond=0)
    except (ValueError, OverflowError, OSError) as error:
        raise InvalidCreationTimeError(f"CreationTime is {value!r}: expected epoch milliseconds or ISO 8601") from error
    if not _EARLIEST <= created <= now + _CLOCK_SKEW:
        raise InvalidCreationTimeError(
            f"CreationTime is {value!r}, which is {created.isoformat()}: implausible for a job that has just succeeded"
        )
    return created
