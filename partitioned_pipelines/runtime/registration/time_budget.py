"""How much time a call has left: it stops in order before it is stopped."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

RESERVE_SECONDS = 90.0  # for the batches under way, with their retries, and for letting the lease go


class OutOfTimeError(Exception):
    """Not enough time is left to begin something more; what is done stays done."""


@dataclass(frozen=True, slots=True)
class TimeBudget:
    """The time that is left.

    Attributes
    ----------
    seconds_left
        Asked anew each time; infinite where nothing ends the call.
    """

    seconds_left: Callable[[], float] = lambda: math.inf

    def require(self) -> None:
        """Raise OutOfTimeError where what is left is needed for ending in order."""
        if self.spare() <= 0:
            raise OutOfTimeError

    def spare(self) -> float:
        """Return the seconds until it is time to stop."""
        return self.seconds_left() - RESERVE_SECONDS
