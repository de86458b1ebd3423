"""How many runs have failed in a row, counted from the executions that the service lists: no state is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.lake.runs.backfill_names import BACKFILL_PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from partitioned_pipelines.runtime.notices.ended_run import Ended


def failures_before(
    run: Ended, past: Iterable[Ended], own: Sequence[datetime], did_nothing: Callable[[Ended], bool]
) -> int:
    """Return the number of runs that failed directly before a run.

    Parameters
    ----------
    past
        Other runs that have ended, in any order. Runs of a backfill do not count: the backfill is summarized at its end.
    own
        The times at which the run itself had failed before it was retried.
    did_nothing
        Checks whether a run that succeeded ran none of its steps: such a run does not end a row of failures.
    """
    if run.place is None:
        return 0
    others = [
        (one.place, one)
        for one in past
        if one.arn != run.arn
        and not one.name.startswith(BACKFILL_PREFIX)
        and one.place is not None
        and one.place < run.place
    ]
    before: list[tuple[datetime, Ended | None]] = [*others, *((at, None) for at in own)]
    count = 0
    for _, one in sorted(before, key=lambda each: each[0], reverse=True):
        if one is None or one.failed:
            count += 1
        elif not did_nothing(one):
            break
    return count


def is_told(number: int) -> bool:
    """Check whether the n-th failure in a row is reported: the 1st, 2nd, 4th, 8th and so on."""
    return number & (number - 1) == 0
