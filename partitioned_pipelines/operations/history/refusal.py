"""An operation that is refused before it has touched anything."""

from __future__ import annotations


class OperationRefusedError(RuntimeError):
    """Something stands against an operation; nothing has been changed.

    Parameters
    ----------
    message
        What stands against it; it names the thing.
    remedy
        What to do about it.
    """

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.args[0]}: {self.remedy}"

    @property
    def message(self) -> str:
        """What stands against it, without the remedy."""
        return str(self.args[0])
