"""The schedule of a pipeline file: what starts runs, and which intervals they are about."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, JsonValue

from partitioned_pipelines.lake.schedule.deadline import deadlines, parse_wait
from partitioned_pipelines.lake.schedule.timetable import Timetable
from partitioned_pipelines.spec.model.fields import (
    ArrivalName,
    ArrivalPrefix,
    Cron,
    FileModel,
    IntervalName,
    Timezone,
    Wait,
)
from partitioned_pipelines.spec.model.limits import LARGEST_OFFSET

_CLOCK = ("cron", "offset", "date_offset_days", "lookback")
_EVENT = ("when", "wait", "then", "prefix", "of")


def _schedule_form(required: list[str], others: tuple[str, ...], when: str | None = None) -> dict[str, JsonValue]:
    form: dict[str, JsonValue] = {
        "required": [*required],
        "not": {"anyOf": [{"required": [name]} for name in others if name not in required]},
    }
    return {**form, "properties": {"when": {"const": when}}} if when else form


# An offset says which interval a scheduled run is about: neither the present one nor the last is a safe default.
_SCHEDULES: list[JsonValue] = [
    _schedule_form(["cron"], ("interval", "offset", *_EVENT)),
    _schedule_form(["cron", "interval", "offset"], ("date_offset_days", *_EVENT)),
    _schedule_form(["interval"], (*_CLOCK, *_EVENT)),
    _schedule_form(["when", "interval", "wait"], (*_CLOCK, "prefix", "of"), "inputs"),
    _schedule_form(["when", "interval", "wait", "prefix", "of"], _CLOCK, "arrival"),
]


class Schedule(FileModel):
    """When the pipeline runs, and which interval a run processes."""

    model_config = ConfigDict(json_schema_extra={"anyOf": _SCHEDULES})

    cron: Cron | None = None
    """EventBridge cron expression with six fields: minutes, hours, day of month, month, day of week, year; one of the two days is `?`.

    Without it and without `when`, runs are only started manually.
    """
    when: Literal["inputs", "arrival"] | None = None
    """Instead of cron. inputs: when the tables that the steps read have published the interval. arrival: when an object arrives."""
    timezone: Timezone = "UTC"
    """IANA name of the timezone of the cron expression and of the intervals."""
    interval: IntervalName | None = None
    """Length of the intervals that divide time into runs; default: days, with date_offset_days."""
    offset: Annotated[int, Field(ge=-LARGEST_OFFSET, le=LARGEST_OFFSET)] | None = None
    """Interval that a scheduled run processes, relative to the one in which it runs: -1 is the last that has ended."""
    date_offset_days: Annotated[int, Field(ge=-LARGEST_OFFSET, le=LARGEST_OFFSET)] = 0
    """Without interval: day that a scheduled run processes, relative to the day on which it runs: -1 is the day before."""
    lookback: Annotated[int, Field(ge=1, le=LARGEST_OFFSET)] | None = None
    """Number of intervals before it that a scheduled run processes as well, for data that comes late."""
    wait: Wait | None = None
    """With when: how long after the end of its interval a run waits, in hours or days, such as 6h or 2d."""
    then: Literal["fail", "run", "skip"] | None = None
    """With when: what happens if something is missing then. fail (default): the run fails, and names it. run: it reads what is there. skip."""
    prefix: ArrivalPrefix | None = None
    """With when: arrival, the folder of an interval in the lake's bucket, such as raw/NAME/{process_date:%Y/%m/%d}/."""
    of: ArrivalName | None = None
    """With when: arrival, the name of the object in that folder that arrives last, such as _SUCCESS."""

    @property
    def timetable(self) -> Timetable | None:
        """What a clock does: it starts runs, or watches the deadlines of a valid schedule with ``when``; None if there is no clock."""
        if self.when is None:
            return self if self.cron is not None else None
        return deadlines(self.interval or "day", self.timezone, parse_wait(self.wait or ""))
