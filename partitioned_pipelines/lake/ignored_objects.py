"""Objects of a run that are never data: query engines skip hidden names, and so do we; empty objects hold no rows."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

# What a name begins with that is hidden, and what a marker ends with.
_MAY_BE_IGNORED = re.compile(r"(?:^|/)[_.]|_\$folder\$$|/$")

Reason = Literal["hidden", "empty", "marker"]


def why_ignored(relative_key: str, size: int) -> Reason | None:
    """Return why an object is not data; None if it is.

    ``marker``: an object that stands for a folder, or Spark's ``_SUCCESS``. ``hidden``: a name on its path begins with ``_`` or ``.``.
    """
    if size and not _MAY_BE_IGNORED.search(relative_key):
        return None  # as nearly all are
    names = relative_key.split("/")
    # A folder whose name ends in `_$folder$` is a value that ends so.
    if names[-1].endswith("_$folder$") or names[-1] == "_SUCCESS" or (not size and not names[-1]):
        return "marker"
    if any(name.startswith(("_", ".")) for name in names):
        return "hidden"
    return None if size else "empty"


def is_data(relative_key: str, size: int) -> bool:
    """Return whether an object is data."""
    return why_ignored(relative_key, size) is None


@dataclass(slots=True)
class IgnoredObjects:
    """How many objects were ignored, by the reason."""

    counts: dict[str, int] = field(default_factory=lambda: {"hidden": 0, "empty": 0, "marker": 0})

    def add(self, reason: Reason) -> None:
        """Count an object."""
        self.counts[reason] += 1

    def __str__(self) -> str:
        return words_for_ignored(self.counts)


def words_for_ignored(counts: Mapping[str, int]) -> str:
    """Describe counts by reason: ``1 hidden, 2 empty, 1 marker``; empty if there is none."""
    return ", ".join(f"{count:,} {reason}" for reason, count in counts.items() if count)
