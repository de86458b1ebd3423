"""Python's garbage collection in the cloud's process, whose modules hold over a million objects that are never garbage.

By default, the collections search all of them again and again, for a third of the time of the start, and half of that of many requests.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# New objects until a collection of the youngest ones, the default is 700: one answer may have as many.
_NEW_OBJECTS = 50_000


@contextmanager
def what_is_made_here_stays() -> Iterator[None]:
    """Pause collections, and exclude what exists at the end from all later ones: https://docs.python.org/3/library/gc.html#gc.freeze."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(_NEW_OBJECTS)
        gc.enable()
