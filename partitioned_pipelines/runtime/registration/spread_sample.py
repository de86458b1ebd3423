"""A bounded sample, spread evenly over a sequence whose length nobody knows beforehand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class SpreadSample(Generic[T]):
    """Keeps every item at first; whenever there are too many, every second of them, and from then on as seldom.

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
        """What was kept, in order."""
        return list(self._kept)
