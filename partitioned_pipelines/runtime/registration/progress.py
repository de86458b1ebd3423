"""The progress and the time budget of a registration: a call ends cleanly before its timeout, and the next one continues."""

from __future__ import annotations

import math
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from partitioned_pipelines.runtime.catalog import RegistrationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from partitioned_pipelines.lake.function_events.requests import RegistrationRequest

RESERVE_SECONDS = 90.0  # for the batches in progress, with their retries, and for releasing the lease


class OutOfTimeError(Exception):
    """Not enough time is left for another step; completed work is kept."""


@dataclass(frozen=True, slots=True)
class TimeBudget:
    """The remaining time of a call.

    Attributes
    ----------
    seconds_left
        Called for the current value each time; infinite if the call has no timeout.
    """

    seconds_left: Callable[[], float] = lambda: math.inf

    def require(self) -> None:
        """Raise OutOfTimeError if the rest of the time is needed to end cleanly."""
        if self.spare() <= 0:
            raise OutOfTimeError

    def spare(self) -> float:
        """Return the seconds until the call must stop."""
        return self.seconds_left() - RESERVE_SECONDS


def require_progress(request: RegistrationRequest, before: tuple[object, ...]) -> None:
    """Raise RegistrationError if a call made no progress, because the following calls would repeat it endlessly."""
    if request.continuation.position == before:
        raise RegistrationError(
            f"{request.table.full_name}: one call was not enough to list the run and register one batch of its partitions: "
            "raise the timeout of RegisterPartitions, or write fewer files in a run"
        )


@contextmanager
def reporting_progress(request: RegistrationRequest, partitions: int) -> Iterator[None]:
    """Add to any error the number of the run's partitions that are known to be published, and the possible next steps."""
    try:
        yield
    except OutOfTimeError:
        raise
    except Exception as error:
        # Keep the error's type: the state machine retries by its name.
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
