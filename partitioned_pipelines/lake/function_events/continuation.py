"""What one call of RegisterPartitions hands to the next where its time was not enough: a place and counts, never a list."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(slots=True)
class Continuation:
    """How far a registration has come.

    Attributes
    ----------
    root
        Of the run: a continuation of another root is none.
    registered_at
        When the first call began to register, ISO; the stamps of a run agree.
    audited
        Whether the files were found right.
    after
        The values of the last partition, in order, that is registered with all before it; empty at first.
    kept_newer, created, repointed, unchanged, swept
        Counts of what is done.
    """

    root: str
    registered_at: str = ""
    audited: bool = False
    after: tuple[str, ...] = ()
    created: int = 0
    repointed: int = 0
    unchanged: int = 0
    kept_newer: int = 0
    swept: int = 0

    @classmethod
    def from_payload(cls, registrations: Mapping[str, Any], full_name: str, root: str) -> Continuation:
        """Find the table's continuation among the execution's registrations; a new one where there is none."""
        for result in registrations.values():
            stored = result.get("continuation") or {}
            if result.get("table") == full_name and stored.get("root") == root:
                return cls(**{**stored, "after": tuple(stored["after"])})
        return cls(root)

    def document(self) -> dict[str, Any]:
        """Give it as it travels through the execution's state."""
        return {**asdict(self), "after": list(self.after)}

    @property
    def published(self) -> int:
        """How many partitions are known to show the run's files."""
        return self.created + self.repointed + self.unchanged

    @property
    def position(self) -> tuple[object, ...]:
        """What changes when a call gets anything done."""
        return self.audited, self.after, self.swept
