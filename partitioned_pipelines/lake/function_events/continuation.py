"""The state passed from one call of RegisterPartitions to the next if its time was not enough: a position and counts, never a list."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.lake.runs.usage import RequestCounts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from partitioned_pipelines.lake.runs.usage import CallUsage


@dataclass(slots=True)
class Continuation:
    """The progress of a registration.

    Attributes
    ----------
    root
        The run's root; a continuation of another root is ignored.
    registered_at
        Time at which the first call began to register, in ISO format; all stamps of a run carry this time.
    audited
        True if the audit of the files has passed.
    after
        The values of the last registered partition, in sort order; all partitions before it are registered too. Empty at first.
    kept_newer, created, repointed, unchanged, swept
        Counts of completed work.
    calls, milliseconds, requests
        The usage of the calls that ended.
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
    calls: int = 0
    milliseconds: int = 0
    requests: RequestCounts = field(default_factory=RequestCounts)

    @classmethod
    def from_payload(cls, registrations: Mapping[str, Any], full_name: str, root: str) -> Continuation:
        """Find the table's continuation among the execution's registrations; return a new one if this is the first call."""
        for result in registrations.values():
            stored = result.get("continuation") or {}
            if result.get("table") == full_name and stored.get("root") == root:
                requests = RequestCounts(**stored.get("requests", {}))
                return cls(**{**stored, "after": tuple(stored["after"]), "requests": requests})
        return cls(root)

    def document(self) -> dict[str, Any]:
        """Return the continuation as a JSON document of the execution's state."""
        return {**asdict(self), "after": list(self.after)}

    def add_call(self, call: CallUsage) -> None:
        """Add the usage of a call that ends."""
        self.calls += call.function.calls
        self.milliseconds += call.function.milliseconds
        self.requests += call.requests

    @property
    def published(self) -> int:
        """The number of partitions that are known to show the run's files."""
        return self.created + self.repointed + self.unchanged

    @property
    def position(self) -> tuple[object, ...]:
        """The fields that change whenever a call makes progress."""
        return self.audited, self.after, self.swept
