"""The interval of a run, from its execution's input and the rule of the pipeline's schedule."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.intervals.cadence import Cadence
from partitioned_pipelines.lake.intervals.calendar import Calendar
from partitioned_pipelines.lake.intervals.clock import Clock
from partitioned_pipelines.lake.intervals.instants import parse_instant
from partitioned_pipelines.lake.intervals.interval import Interval, InvalidIntervalError

if TYPE_CHECKING:
    from partitioned_pipelines.lake.function_events.payloads import ScheduleSpec

_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DAYS = (
    '{"scheduled_time": "2026-11-23T21:00:00Z"}, {"date": "2021-12-15"} or {"from": "2013-01-01", "to": "2014-01-01"}'
)
_TIMES = (
    '{"scheduled_time": "2026-11-23T21:00:00Z"}, {"date": "2021-12-15"} or '
    '{"from": "2026-11-01T05:00:00+09:00", "to": "2026-11-01T06:00:00+09:00"}'
)

INPUTS_REQUIRED = {"inputs": "required"}
"""What the input of an execution has besides its interval if PlanRun must fail unless all that the run waits for is there."""


@dataclass(frozen=True, slots=True)
class IntervalRule:
    """How an execution's input becomes an interval.

    Attributes
    ----------
    calendar
        The intervals of the pipeline.
    offset
        The interval that a scheduled run processes, counted in intervals from the one that contains the scheduled time.
    lookback
        The number of intervals before it that a scheduled run processes as well.
    """

    calendar: Calendar
    offset: int
    lookback: int = 0

    @classmethod
    def from_spec(cls, spec: ScheduleSpec) -> IntervalRule:
        """Parse the schedule of PlanRun's payload. Without an ``interval``, intervals are days, shifted by ``date_offset_days``."""
        interval = spec.get("interval")
        offset = spec["date_offset_days"] if interval is None else spec["offset"]
        # JSON has one kind of number: what carries the payload may write -1 as -1.0.
        calendar = Calendar(Cadence.parse(interval or "day"), Clock(spec["timezone"]))
        return cls(calendar, int(offset), int(spec.get("lookback", 0)))

    def interval_of(self, execution_input: object) -> Interval:
        """Return the interval of a run.

        Parameters
        ----------
        execution_input
            The execution's input: a scheduled time, a date, or from and to (half-open); with or without ``INPUTS_REQUIRED``.

        Raises
        ------
        InvalidIntervalError
            If the input has any other form, or its ends are not boundaries of intervals.
        UnknownTimezoneError
            If the timezone is unknown.
        """
        shapes = _DAYS if self.calendar.cadence.whole_days else _TIMES
        if not isinstance(execution_input, Mapping):
            raise InvalidIntervalError(f"the execution's input is {execution_input!r}: use {shapes}")
        given = {name: value for name, value in execution_input.items() if (name, value) not in INPUTS_REQUIRED.items()}
        try:
            match sorted(given):
                case ["scheduled_time"]:
                    return self.scheduled_at(parse_scheduled_time(given["scheduled_time"]))
                case ["date"]:
                    day = _parse_date("date", given["date"])
                    start = self._day_start("date", day)
                    return self.calendar.span(start, self.calendar.clock.day_end(day))
                case ["from", "to"]:
                    return self._from_to(given)
        except OverflowError as error:
            raise InvalidIntervalError(f"the execution's input {given!r} is outside the years 1 to 9999") from error
        raise InvalidIntervalError(f"the execution's input has the keys {sorted(given)!r}: use {shapes}")

    def scheduled_at(self, instant: datetime) -> Interval:
        """Return the time that a run scheduled at an instant processes: its newest interval, and those on which it looks back."""
        newest = self.newest_at(instant)
        first = self.calendar.shift(newest, -self.lookback)
        return replace(newest, start=first.start)

    def newest_at(self, instant: datetime) -> Interval:
        """Return the newest interval that a run scheduled at an instant processes."""
        return self.calendar.shift(self.calendar.containing(instant), self.offset)

    def recorded_span(self, start: str, end: str) -> tuple[datetime, datetime] | None:
        """Return the instants of ``process_start`` and ``process_end`` in a receipt, which may be older than the present cadence.

        None if one of them is a day of another timezone, which does not exist in this one.
        """
        try:
            return self._date_or_time("process_start", start), self._date_or_time("process_end", end)
        except InvalidIntervalError:
            return None

    def _from_to(self, given: Mapping[str, object]) -> Interval:
        start, end = (self._instant(key, given[key]) for key in ("from", "to"))
        if start >= end:
            what = "day" if self.calendar.cadence.whole_days else "time"
            raise InvalidIntervalError(
                f"no {what} from {given['from']} to {given['to']}: 'to' is exclusive and must be after 'from'"
            )
        return self.calendar.span(start, end)

    def _instant(self, key: str, value: object) -> datetime:
        if self.calendar.cadence.whole_days:
            return self._day_start(key, _parse_date(key, value))
        return self._date_or_time(key, value)

    def _date_or_time(self, key: str, value: object) -> datetime:
        if isinstance(value, str) and _ISO_DATE.fullmatch(value):
            return self._day_start(key, _parse_date(key, value))
        try:
            return parse_instant(value if isinstance(value, str) else repr(value))
        except ValueError as error:
            raise InvalidIntervalError(f"{key!r}: {error}; or use a date such as 2021-12-15") from error

    def _day_start(self, key: str, day: date) -> datetime:
        start = self.calendar.clock.day_start(day)
        if start is None:
            raise InvalidIntervalError(f"{key!r} is {day}, a day that does not exist in {self.calendar.clock.timezone}")
        return start


def requires_inputs(execution_input: object) -> bool:
    """Return whether a run must fail unless all that it waits for is there."""
    return isinstance(execution_input, Mapping) and execution_input.items() >= INPUTS_REQUIRED.items()


def parse_scheduled_time(value: object) -> datetime:
    """Parse the scheduled time of an execution's input, in UTC."""
    if not isinstance(value, str):
        raise InvalidIntervalError(f"'scheduled_time' is {value!r}: use a string such as 2026-11-23T21:00:00Z")
    try:
        return parse_instant(value)
    except ValueError as error:
        raise InvalidIntervalError(f"'scheduled_time': {error}") from error


def _parse_date(key: str, value: object) -> date:
    if not isinstance(value, str) or not _ISO_DATE.fullmatch(value):
        raise InvalidIntervalError(f"{key!r} is {value!r}: use a date such as 2021-12-15")
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise InvalidIntervalError(f"{key!r} is {value!r}, which is not a date: {error}") from error
