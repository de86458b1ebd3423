"""What `pipelines validate` says about a pipeline that starts when its inputs are there: for what it waits, and until when."""

from __future__ import annotations

from datetime import UTC, datetime, time
from itertools import islice
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.intervals.interval import iso_text
from partitioned_pipelines.lake.schedule.awaited import expected_of
from partitioned_pipelines.lake.schedule.firings import AFTER_LAST_DAY, firings
from partitioned_pipelines.spec.checks.schedules.schedule_advice import clock_changes
from partitioned_pipelines.spec.derived.arrival import arrival_key
from partitioned_pipelines.spec.derived.awaited_tables import awaited_by

if TYPE_CHECKING:
    from collections.abc import Iterator

    from partitioned_pipelines.spec.files.problems import Location
    from partitioned_pipelines.spec.model.pipeline import Pipeline

_SHOWN = 3
_LOOKED_AT = 400
_THEN = {"fail": "else it fails", "run": "else it runs with what is there", "skip": "else it is skipped"}


def next_starts(pipeline: Pipeline, now: datetime) -> list[str]:
    """Return for the next three intervals what their runs wait for, and until when; none for a pipeline that does not wait."""
    schedule = pipeline.schedule
    if schedule is None or schedule.when is None or schedule.timetable is None:
        return []
    awaited, clock_then = awaited_by(pipeline), _THEN[schedule.then or "fail"]
    names = sorted({one.full_name for one in awaited})
    what = (
        f"{', '.join(names)} {'has' if len(names) == 1 else 'have'} published"
        if names
        else f"{arrival_key(schedule)} arrives"
    )
    upcoming = firings(schedule.timetable, now, datetime.combine(AFTER_LAST_DAY, time(), UTC))
    expected = (one for one in islice(upcoming, _LOOKED_AT) if expected_of([one.interval], awaited))
    return [
        f"{firing.interval} starts when {what}, by {iso_text(firing.interval.clock.local(firing.instant))}; {clock_then}"
        for firing in islice(expected, _SHOWN)
    ]


def advise_start(pipeline: Pipeline, now: datetime) -> Iterator[tuple[Location, str]]:
    """Yield the fields that deserve a warning: deadlines that the clocks skip, and tables that are published before they are complete."""
    schedule = pipeline.schedule
    if schedule is None or schedule.when is None or schedule.timetable is None:
        return
    for message in clock_changes(schedule.timetable, now.astimezone(UTC).date()):
        yield ("schedule", "wait"), f"is {schedule.wait!r}, and the cron of the deadlines {message}"
    early = {
        awaited.table.qualified_name: awaited.schedule.offset
        if awaited.schedule.interval
        else awaited.schedule.date_offset_days
        for awaited in pipeline.awaits
        if awaited.schedule.cron is not None
    }
    for name, offset in early.items():
        if (offset or 0) >= 0:
            yield (
                ("schedule", "when"),
                f"is 'inputs', and runs that write {name} are about an interval that has not ended (offset {offset}): the first of them "
                "starts this pipeline",
            )
