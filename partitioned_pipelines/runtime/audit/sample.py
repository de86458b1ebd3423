"""Which files of a run are audited before it is registered: some, spread evenly over the run, and the smallest."""

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
    """A bounded sample of a sequence whose length nobody knows beforehand.

    It keeps every item at first; whenever there are too many, every second of them, and from then on as seldom.

    Parameters
    ----------
    limit
        At most so many are kept; of a longer sequence more than half as many.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._stride = 1
        self._offered = 0
        self._kept: list[T] = []

    def offer(self, item: T) -> None:
        """Take the next item of the sequence, or pass it over."""
        if self._offered % self._stride == 0:
            if len(self._kept) == self._limit:
                self._kept = self._kept[::2]
                self._stride *= 2
            if self._offered % self._stride == 0:
                self._kept.append(item)
        self._offered += 1

    def keep(self, wanted: Callable[[T], bool]) -> None:
        """Drop the items that are not wanted after all."""
        self._kept = [item for item in self._kept if wanted(item)]

    @property
    def items(self) -> list[T]:
        """The items that were kept, in order."""
        return list(self._kept)


@dataclass(frozen=True, slots=True)
class FoundObject:
    """A data object of a run."""

    key: str
    size: int


class SampledObjects:
    """The objects of a run that are audited: a spread sample, and the smallest ones, which may hold no rows."""

    def __init__(self) -> None:
        self._spread: SpreadSample[FoundObject] = SpreadSample(SAMPLED_FILES)
        self._smallest: list[tuple[int, str]] = []  # a heap: negative sizes, and keys

    def offer(self, found: FoundObject) -> None:
        """Take the next object of the listing, or pass it over."""
        self._spread.offer(found)
        heapq.heappush(self._smallest, (-found.size, found.key))
        if len(self._smallest) > _SMALLEST_FILES:
            heapq.heappop(self._smallest)

    def keep(self, wanted: Callable[[str], bool]) -> None:
        """Drop the objects whose keys are not wanted after all."""
        self._spread.keep(lambda item: wanted(item.key))
        self._smallest = [(size, key) for size, key in self._smallest if wanted(key)]
        heapq.heapify(self._smallest)

    @property
    def items(self) -> list[FoundObject]:
        """The objects to audit, each once."""
        smallest = [FoundObject(key, -size) for size, key in self._smallest]
        return list(dict.fromkeys([*self._spread.items, *smallest]))
