"""The letters that stand for states of intervals: one a table and interval, derived from the states of ``runtime.intervals``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Mapping

    from partitioned_pipelines.runtime.intervals.interval_state import State, StateName

Letter = Literal["t", "b", "o", "r", "f", "s", "m", "."]
LETTERS: Final[tuple[Letter, ...]] = get_args(Letter)

LETTER_OF: Final[Mapping[StateName, Letter]] = {
    "published": "t",
    "running": "r",
    "failed": "f",
    "empty": "s",
    "skipped": "s",
    "dropped": "s",
    "lost": "m",
    "never_started": "m",
}
"""The letter of a state, but for refinements of ``letter_of``.

Dropped, empty and skipped intervals have no data, and nothing is to be done about them. Lost ones are due and not there, as are those of which
no run is known.
"""

SHOWN: Final[frozenset[Letter]] = frozenset({"t", "b", "o"})
"""The letters of intervals whose data readers see."""
OPEN: Final[frozenset[Letter]] = frozenset({"f", "m"})
"""The letters of intervals that are due, and that somebody has to see to."""
NOT_DUE: Final[Letter] = "."
"""The letter of intervals that are not due yet, or that the schedule leaves out."""

NAME_OF: Final[Mapping[Letter, str]] = {
    "t": "there",
    "b": "rolled back",
    "o": "there, a newer run failed",
    "r": "running",
    "f": "failed",
    "s": "nothing to do",
    "m": "missing",
    ".": "not due yet",
}
"""What a letter means, for people."""


def letter_of(state: State | None) -> Letter:
    """Return the letter of a state; None is the state of an interval that is not due."""
    if state is None:
        return NOT_DUE
    seen = state.meanwhile or state
    if seen.name != "published":
        return LETTER_OF[state.name]
    if seen.rolled_back:
        return "b"
    return "o" if seen.failed_since else "t"
