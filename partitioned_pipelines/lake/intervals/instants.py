"""Instants as text, in UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Literal

# date-time of RFC 3339, as EventBridge Scheduler writes it: the offset is required, fractions are optional.
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})")


def parse_instant(text: str) -> datetime:
    """Parse a timestamp such as ``2026-11-23T21:00:00Z``, with or without fractions, to a datetime in UTC.

    Raises
    ------
    ValueError
        If the string has any other form, including a timestamp without an offset.
    """
    if not _INSTANT.fullmatch(text):
        raise ValueError(f"{text!r} is not a time such as 2026-11-23T21:00:00Z")
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text!r} is not a time: {error}") from error


def format_instant(instant: datetime, timespec: Literal["seconds", "milliseconds"] = "seconds") -> str:
    """Format a timestamp in UTC, truncated to seconds or milliseconds: equal times have the same string."""
    return f"{instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec=timespec)}Z"


COMPACT_PATTERN = "[0-9]{8}T[0-9]{6}Z"
"""The form of ``compact_instant``."""


def compact_instant(instant: datetime) -> str:
    """Return an instant, to the second, as part of a name: ``20261101T050000Z``. Names sort by time."""
    return format_instant(instant).replace("-", "").replace(":", "")


def parse_compact(text: str) -> datetime:
    """Parse a string in the form of ``compact_instant``. Raises ValueError if the time does not exist."""
    return datetime.fromisoformat(text)
