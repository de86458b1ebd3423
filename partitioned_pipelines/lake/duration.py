"""Durations as text, such as ``7d``."""

from __future__ import annotations

import re
from datetime import timedelta

_UNITS = {"h": "hours", "d": "days", "w": "weeks"}
DURATION_PATTERN = r"([0-9]{1,6})([hdw])"
"""The form of a duration: ``12h``, ``7d``, ``2w``."""
_LONGEST = timedelta(days=36_500)


class InvalidDurationError(ValueError):
    """A string is not a duration."""


def parse_duration(text: str) -> timedelta:
    """Return the duration of ``12h``, ``7d`` or ``2w``, at most a hundred years.

    Raises
    ------
    InvalidDurationError
        If the string has another form, or the duration is longer.
    """
    match = re.fullmatch(DURATION_PATTERN, text)
    duration = timedelta(**{_UNITS[match[2]]: int(match[1])}) if match else None
    if duration is None or duration > _LONGEST:
        raise InvalidDurationError(f"invalid duration {text!r}")
    return duration
