"""What an operation needs of the table's lease: to take it, and to ask whether it still holds."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol


class HeldLease(Protocol):
    """A lease that is held for as long as a block lasts."""

    def check(self) -> None:
        """Raise where the lease has been lost, or is about to be; called before each batch of writes."""


HoldLease = Callable[[], AbstractContextManager[HeldLease]]
