"""Objects of a run that are never data: hidden objects, which query engines skip too, and empty objects, which hold no rows."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

# The first characters of hidden names and the last characters of markers.
_MAY_BE_IGNORED = re.compile(r"(?:^|/)[_.]|_\$folder\$$|/$")

Reason = Literal["hidden", "empty", "marker"]


def why_ignored(relative_key: str, size: int) -> Reason | None:
    """Return the reason why an object is not data; None if it is data.

    ``marker``: an object that represents a folder, or Spark's ``_SUCCESS``. ``hidden``: a name on its path begins with ``_`` or ``.``.
    """
    if size and not _MAY_BE_IGNORED.search(relative_key):
        return None  # the common case
    names = relative_key.split("/")
    # A folder name that ends in `_$folder$` is a partition value with this ending, not a marker.
    if names[-1].endswith("_$folder$") or names[-1] == "_SUCCESS" or (not size and not names[-1]):
        return "marker"
    if any(name.startswith(("_", ".")) for name in names):
        return "hidden"
    return None if size else "empty"


def is_data(relative_key: str, size: int) -> bool:
    """Check whether an object is data."""
    return why_ignored(relative_key, size) is None


@dataclass(slots=True)
class IgnoredObjects:
    """The number of ignored objects, by reason."""

    counts: dict[str, int] = field(default_factory=lambda: {"hidden": 0, "empty": 0, "marker": 0})

    def add(self, reason: Reason) -> None:
        """Count an object."""
        self.counts[reason] += 1

    def __str__(self) -> str:
        return words_for_ignored(self.counts)


def words_for_ignored(counts: Mapping[str, int]) -> str:
    """Describe counts by reason: ``1 hidden, 2 empty, 1 marker``; empty if all counts are zero."""
    return ", ".join(f"{count:,} {reason}" for reason, count in counts.items() if count)
