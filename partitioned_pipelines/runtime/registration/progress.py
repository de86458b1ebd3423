"""How far a registration has come, and whether it may go on: a call ends cleanly before it is stopped, and the next one carries on."""

from __future__ import annotations

import math
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from partitioned_pipelines.runtime.catalog import RegistrationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from partitioned_pipelines.lake.function_events.requests import RegistrationRequest

RESERVE_SECONDS = 90.0  # for the batches under way, with their retries, and for releasing the lease


class OutOfTimeError(Exception):
    """Not enough time is left to begin something more; what is done stays done."""


@dataclass(frozen=True, slots=True)
class TimeBudget:
    """The time that is left.

    Attributes
    ----------
    seconds_left
        Asked anew each time; infinite if nothing ends the call.
    """

    seconds_left: Callable[[], float] = lambda: math.inf

    def require(self) -> None:
        """Raise OutOfTimeError if what is left is needed for ending cleanly."""
        if self.spare() <= 0:
            raise OutOfTimeError

    def spare(self) -> float:
        """Return the seconds until it is time to stop."""
        return self.seconds_left() - RESERVE_SECONDS


def require_progress(request: RegistrationRequest, before: tuple[object, ...]) -> None:
    """Raise RegistrationError if a call got nothing done: it would be followed by one like it, without an end."""
    if request.continuation.position == before:
        raise RegistrationError(
            f"{request.table.full_name}: a whole call was not enough to list the run and register one batch of its partitions: "
            "give RegisterPartitions more time, or write fewer files in a run"
        )


@contextmanager
def reporting_progress(request: RegistrationRequest, partitions: int) -> Iterator[None]:
    """Add to any error how many of the run's partitions are known to be published, and what can be done."""
    try:
        yield
    except OutOfTimeError:
        raise
    except Exception as error:
        # The type stays: the state machine retries by its name.
        error.args = (f"{error}; {_state(request, partitions)}", *error.args[1:])
        raise


def _state(request: RegistrationRequest, partitions: int) -> str:
    done, run = request.continuation.published, request.run
    known = (
        f"{done:,} of {partitions:,} partitions of the run are"
        if done
        else f"none of the run's {partitions:,} partitions is"
    )
    back = "" if request.table.in_place else f"; or go back: pipelines rollback {run.pipeline}"
    return (
        f"{known} known to be published in {request.table.full_name}. Complete it: redrive or retry the execution, or "
        f"pipelines run {run.pipeline} --from {run.process_start} --to {run.process_end}{back}"
    )
