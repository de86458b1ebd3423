"""Pauses of a schedule: a schedule that is switched off on purpose says so in its description, and is told apart from one that is not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.intervals.instants import format_instant, parse_instant

if TYPE_CHECKING:
    from datetime import datetime

# https://docs.aws.amazon.com/scheduler/latest/APIReference/API_UpdateSchedule.html#scheduler-UpdateSchedule-request-Description
_LONGEST_DESCRIPTION = 512
_PAUSED = re.compile(r"paused(?: since (?P<since>\S+?))?(?:: (?P<before>.*))?", re.DOTALL)
_RESUMED = re.compile(r"(?P<before>.*) \(resumed at (?P<at>[^()\s]+)\)", re.DOTALL)


def is_paused(description: str) -> bool:
    """Return whether a schedule's description says that it is switched off on purpose."""
    return description.startswith("paused")


def paused_since(description: str) -> datetime | None:
    """Return the time since which a schedule is paused; None if its description does not tell."""
    match = _PAUSED.fullmatch(description)
    return _instant(match["since"]) if match else None


def resumed_at(description: str) -> datetime | None:
    """Return the time at which a schedule was last resumed; None if it never was, or has been deployed anew since."""
    match = _RESUMED.fullmatch(description)
    return _instant(match["at"]) if match else None


def paused_description(description: str, now: datetime) -> str:
    """Return the description of a schedule that is being paused."""
    return f"paused since {format_instant(now)}: {_plain(description)}"[:_LONGEST_DESCRIPTION]


def resumed_description(description: str, now: datetime) -> str:
    """Return the description of a schedule that is being resumed: the one from before, with the time from which its runs count again."""
    suffix = f" (resumed at {format_instant(now)})"
    return f"{_plain(description)[: _LONGEST_DESCRIPTION - len(suffix)]}{suffix}"


def _plain(description: str) -> str:
    if is_paused(description):
        match = _PAUSED.fullmatch(description)
        description = (match["before"] or "") if match else ""
    match = _RESUMED.fullmatch(description)
    return match["before"] if match else description


def _instant(text: str | None) -> datetime | None:
    try:
        return parse_instant(text) if text else None
    except ValueError:
        return None  # written by hand
