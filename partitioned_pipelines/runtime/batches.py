"""Batches of what an API takes in one call."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

T = TypeVar("T")


def batches_of(size: int, items: Sequence[T]) -> Iterator[Sequence[T]]:
    """Cut a sequence into slices of at most ``size`` items, in order."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
