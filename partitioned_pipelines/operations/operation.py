"""The common parts of operations: the table's lease, held during writes, and the refusal before any change."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from partitioned_pipelines.operations.remedy import Remedy


class HeldLease(Protocol):
    """A lease that is held for the duration of a block."""

    def check(self) -> None:
        """Raise an error if the lease was lost or is about to expire; called before each batch of writes."""


HoldLease = Callable[[], AbstractContextManager[HeldLease]]


class OperationRefusedError(RuntimeError):
    """The operation was refused; nothing was changed.

    Parameters
    ----------
    message
        The reason for the refusal, with the object that causes it.
    remedy
        The steps that resolve it.
    """

    def __init__(self, message: str, remedy: str | Remedy) -> None:
        super().__init__(message)
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.args[0]}: {self.remedy}"

    @property
    def message(self) -> str:
        """The reason for the refusal, without the remedy."""
        return str(self.args[0])
