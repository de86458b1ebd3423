"""The sample of a run's files that is audited before registration: some files, spread evenly over the run, and the smallest ones."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

SAMPLED_FILES = 128
_SMALLEST_FILES = 16


class SpreadSample(Generic[T]):
    """A sample of limited size, taken from a sequence of unknown length.

    At first it keeps every item. Whenever it exceeds the limit, it drops every second item and from then on keeps half as many new ones.

    Parameters
    ----------
    limit
        The maximum number of items kept; from a longer sequence, more than half as many are kept.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._stride = 1
        self._offered = 0
        self._kept: list[T] = []

    def offer(self, item: T) -> None:
        """Add the next item of the sequence, or skip it."""
        if self._offered % self._stride == 0:
            if len(self._kept) == self._limit:
                self._kept = self._kept[::2]
                self._stride *= 2
            if self._offered % self._stride == 0:
                self._kept.append(item)
        self._offered += 1

    def keep(self, wanted: Callable[[T], bool]) -> None:
        """Remove the items that ``wanted`` rejects."""
        self._kept = [item for item in self._kept if wanted(item)]

    @property
    def items(self) -> list[T]:
        """The sampled items, in order."""
        return list(self._kept)


@dataclass(frozen=True, slots=True)
class FoundObject:
    """A data object of a run."""

    key: str
    size: int


class SampledObjects:
    """The run's objects to audit: a spread sample, and the smallest objects, which may have no rows."""

    def __init__(self) -> None:
        self._spread: SpreadSample[FoundObject] = SpreadSample(SAMPLED_FILES)
        self._smallest: list[tuple[int, str]] = []  # a heap of negative sizes with keys

    def offer(self, found: FoundObject) -> None:
        """Add the next object of the listing, or skip it."""
        self._spread.offer(found)
        heapq.heappush(self._smallest, (-found.size, found.key))
        if len(self._smallest) > _SMALLEST_FILES:
            heapq.heappop(self._smallest)

    def keep(self, wanted: Callable[[str], bool]) -> None:
        """Remove the objects whose keys ``wanted`` rejects."""
        self._spread.keep(lambda item: wanted(item.key))
        self._smallest = [(size, key) for size, key in self._smallest if wanted(key)]
        heapq.heapify(self._smallest)

    @property
    def items(self) -> list[FoundObject]:
        """The objects to audit, without duplicates."""
        smallest = [FoundObject(key, -size) for size, key in self._smallest]
        return list(dict.fromkeys([*self._spread.items, *smallest]))
