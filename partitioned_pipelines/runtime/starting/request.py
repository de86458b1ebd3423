"""The parsed and validated payload of StartRun."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal, cast

from partitioned_pipelines.lake.function_events.requests import InvalidRequestError
from partitioned_pipelines.lake.intervals.execution_input import IntervalRule, parse_scheduled_time
from partitioned_pipelines.lake.placeholders import Template
from partitioned_pipelines.lake.runs.published_event import published_span
from partitioned_pipelines.lake.schedule.awaited import awaited_of
from partitioned_pipelines.lake.schedule.deadline import deadlines
from partitioned_pipelines.lake.schedule.interval_rule import schedule_rule

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from partitioned_pipelines.lake.function_events.payloads import StartPayload
    from partitioned_pipelines.lake.intervals.calendar import Calendar
    from partitioned_pipelines.lake.intervals.interval import Interval
    from partitioned_pipelines.lake.schedule.awaited import Awaited


@dataclass(frozen=True, slots=True)
class Published:
    """A table has published a time."""

    table: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Arrived:
    """An object has arrived in the lake's bucket."""

    key: str


@dataclass(frozen=True, slots=True)
class Deadline:
    """The wait of a run about an interval has ended."""

    interval: Interval


@dataclass(frozen=True, slots=True)
class StartRequest:
    """The request to StartRun.

    Attributes
    ----------
    calendar
        The intervals of the pipeline.
    wait
        How long after the end of its interval a run waits.
    schedule
        The name of the schedule of the deadlines, and of its group.
    own_tables
        Database and name of each table that the pipeline writes.
    event
        What StartRun is called for.
    event_id
        The same in each delivery of the event.
    """

    pipeline: str
    lake_bucket: str
    calendar: Calendar
    wait: timedelta
    then: Literal["fail", "run", "skip"]
    awaited: tuple[Awaited, ...]
    arrival: Template | None
    schedule: str
    own_tables: tuple[tuple[str, str], ...]
    event: Published | Arrived | Deadline
    event_id: str

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> StartRequest:
        """Parse StartRun's payload. Raises InvalidRequestError if it is invalid."""
        payload = cast("StartPayload", event)
        try:
            spec = payload["spec"]
            # JSON has one kind of number: what carries the payload may write 6 as 6.0.
            wait = timedelta(hours=int(spec["wait_hours"]))
            return cls(
                pipeline=spec["pipeline"],
                lake_bucket=spec["lake_bucket"],
                calendar=IntervalRule.from_spec(spec).calendar,
                wait=wait,
                then=spec["then"],
                awaited=awaited_of(spec.get("awaits", [])),
                arrival=Template.parse(spec["arrival"]) if "arrival" in spec else None,
                schedule=spec["schedule"],
                own_tables=tuple((table["database_name"], table["table_name"]) for table in spec["tables"]),
                event=_event(payload, wait),
                event_id=payload["id"],
            )
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidRequestError(f"StartRun's payload is invalid: {error!r}") from error


def _event(payload: StartPayload, wait: timedelta) -> Published | Arrived | Deadline:
    if "published" in payload:
        return Published(payload["published"]["table"], *published_span(payload["published"]))
    if "arrived" in payload:
        return Arrived(payload["arrived"]["key"])
    spec = payload["spec"]
    timetable = deadlines(spec["interval"], spec["timezone"], wait)
    return Deadline(schedule_rule(timetable).newest_at(parse_scheduled_time(payload["deadline"])))
