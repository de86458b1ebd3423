"""Calls whose failure leaves out a part of a notice, and never the notice."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from partitioned_pipelines.runtime.decision_log import tell

if TYPE_CHECKING:
    from collections.abc import Callable

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Reading:
    """A guard of calls that only read.

    Attributes
    ----------
    errors
        The exceptions of the AWS clients: refused calls, and calls without an answer.
    """

    errors: tuple[type[Exception], ...]

    def get(self, what: str, call: Callable[[], Answer]) -> Answer | None:
        """Return the answer of a call; None, and one line in the log, if the call fails."""
        try:
            return call()
        except self.errors as error:
            tell("unread", logging.WARNING, what=what, code=type(error).__name__, reason=str(error))
            return None
