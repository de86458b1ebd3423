"""Batched calls for many items, run concurrently or one ahead of their processing."""

from __future__ import annotations

from concurrent.futures import CancelledError, ThreadPoolExecutor, wait
from threading import Event
from typing import TYPE_CHECKING, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from concurrent.futures import Executor

Item = TypeVar("Item")
Result = TypeVar("Result")


def batches_of(size: int, items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """Split a sequence into slices of at most ``size`` items, in order."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def map_at_once(pool: Executor, function: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """Call a function for each item, in the pool, and return the results in the order of the items.

    The first failure is raised. After a failure, waiting calls are cancelled and running calls are awaited, so that no write happens while the
    caller handles the failure.
    """
    failed = Event()

    def call(item: Item) -> Result:
        if failed.is_set():
            raise CancelledError
        try:
            return function(item)
        except BaseException:
            failed.set()
            raise

    futures = [pool.submit(call, item) for item in items]
    wait(futures)
    errors = [error for future in futures if (error := future.exception())]
    for error in errors:
        if not isinstance(error, CancelledError):
            raise error
    return [future.result() for future in futures]


def read_ahead(items: Iterable[Item]) -> Iterator[Item]:
    """Yield the items of a slow source, fetching the next item while the caller processes the current one."""
    source = iter(items)
    end = object()
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, source, end)
        while (item := coming.result()) is not end:
            coming = pool.submit(next, source, end)
            yield cast("Item", item)
