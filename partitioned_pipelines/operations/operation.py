"""What operations have in common: the table's lease, which they hold while they write, and their refusal before anything is touched."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from partitioned_pipelines.operations.remedy import Remedy


class HeldLease(Protocol):
    """A lease that is held for as long as a block lasts."""

    def check(self) -> None:
        """Raise where the lease has been lost, or is about to be; called before each batch of writes."""


HoldLease = Callable[[], AbstractContextManager[HeldLease]]


class OperationRefusedError(RuntimeError):
    """Something stands against an operation; nothing has been changed.

    Parameters
    ----------
    message
        What stands against it; it names the thing.
    remedy
        What to do about it.
    """

    def __init__(self, message: str, remedy: str | Remedy) -> None:
        super().__init__(message)
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.args[0]}: {self.remedy}"

    @property
    def message(self) -> str:
        """What stands against it, without the remedy."""
        return str(self.args[0])
