"""Python's garbage collection in the cloud's process, whose modules hold some 400,000 objects that are never garbage.

By default, the collections search all of them again and again, for a third of the time of the start, and half of that of the first requests.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# New objects until a collection of the youngest ones; the default is 700, and one answer may have as many.
_NEW_OBJECTS = 50_000


@contextmanager
def what_is_made_here_stays() -> Iterator[None]:
    """Pause collections, and keep what exists at the end out of later ones."""
    gc.disable()
    try:
        yield
    finally:
        keep_what_exists()
        gc.enable()


def keep_what_exists() -> None:
    """Keep all present objects out of collections, which become rarer: https://docs.python.org/3/library/gc.html#gc.freeze."""
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS)
