"""The intervals that a backfill runs, and those that it leaves out, each with the reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from partitioned_pipelines.runtime.intervals.interval_state import MISSING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from partitioned_pipelines.lake.intervals.interval import Interval

Mode = Literal["missing", "failed", "outdated", "all"]

NEVER_SCHEDULED = "never scheduled"
IN_THE_FUTURE = "in the future"
NOT_DUE = "not due yet"
OUTDATED, UP_TO_DATE = "outdated", "up to date"
# What a mode runs, by the names of its judgements.
_TAKEN: dict[Mode, frozenset[str]] = {
    "missing": frozenset(MISSING),
    "failed": frozenset({"failed"}),
    "outdated": frozenset({OUTDATED}),
}


@dataclass(frozen=True, slots=True)
class Selection:
    """The chosen intervals, in the order of time, and the others by the reason why they are left out."""

    chosen: tuple[Interval, ...]
    left_out: Mapping[str, tuple[Interval, ...]]


def select_intervals(
    intervals: Iterable[Interval],
    mode: Mode,
    *,
    scheduled: Collection[Interval],
    busy: Mapping[Interval, str],
    judged: Mapping[Interval, str],
) -> Selection:
    """Choose the intervals of a backfill.

    Parameters
    ----------
    intervals
        All intervals of the time that is asked for.
    scheduled
        Those that the schedule names.
    busy
        Those that cannot be run now, with the reason: an open run or a running backfill processes them, or their time has not come.
    judged
        For each of the others, the name of its state or, for the mode outdated, whether it is; not needed for all.
    """
    chosen: list[Interval] = []
    left_out: dict[str, list[Interval]] = {}
    for interval in intervals:
        reason = _reason_against(interval, mode, scheduled, busy, judged)
        if reason is None:
            chosen.append(interval)
        else:
            left_out.setdefault(reason, []).append(interval)
    return Selection(tuple(chosen), {reason: tuple(found) for reason, found in left_out.items()})


def _reason_against(
    interval: Interval,
    mode: Mode,
    scheduled: Collection[Interval],
    busy: Mapping[Interval, str],
    judged: Mapping[Interval, str],
) -> str | None:
    if interval in busy:
        return busy[interval]
    if interval not in scheduled:
        return NEVER_SCHEDULED
    if mode == "all":
        return None
    name = judged[interval]
    return None if name in _TAKEN[mode] else name.replace("_", " ")
