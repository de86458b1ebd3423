"""The tables that a run waits for: which of their intervals it needs, and which of its own intervals are expected at all.

A run needs what it reads: each interval that the writer of a table is expected to publish, and that has an instant in common with the window
that the run reads of that table. An interval is expected if the writer of at least one table is expected to publish in the part with which
that window ends: a pipeline that reads a table of weekdays has no run about Saturday.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.intervals.window import Window
from partitioned_pipelines.lake.schedule.expected import expected_intervals
from partitioned_pipelines.lake.schedule.interval_rule import schedule_rule
from partitioned_pipelines.lake.schedule.timetable import PlainTimetable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from partitioned_pipelines.lake.function_events.payloads import AwaitedSpec, WriterSpec
    from partitioned_pipelines.lake.intervals.calendar import Calendar
    from partitioned_pipelines.lake.intervals.interval import Interval


@dataclass(frozen=True, slots=True)
class Writer:
    """The pipeline that writes a table, as far as it tells which intervals it is expected to publish.

    Attributes
    ----------
    awaited
        What it waits for itself, if that leaves out intervals; empty if it is expected to publish all that its timetable names.
    """

    timetable: PlainTimetable
    awaited: tuple[Awaited, ...] = ()

    @classmethod
    def from_spec(cls, spec: WriterSpec) -> Writer:
        """Parse the ``writer`` of an awaited table."""
        return cls(PlainTimetable.from_spec(spec), awaited_of(spec.get("awaits", [])))

    @property
    def calendar(self) -> Calendar:
        """Its intervals."""
        return schedule_rule(self.timetable).calendar

    def expected(self, start: datetime, end: datetime) -> list[Interval]:
        """Return the intervals that begin from ``start`` up to ``end`` and that it is expected to publish, in order."""
        return expected_of(expected_intervals(self.timetable, start, end), self.awaited)


@dataclass(frozen=True, slots=True)
class Awaited:
    """A table that a run waits for, and the window that it reads of it."""

    database_name: str
    table_name: str
    window: Window
    writer: Writer

    @property
    def full_name(self) -> str:
        """``database.table``."""
        return f"{self.database_name}.{self.table_name}"

    def needed(self, interval: Interval) -> list[Interval]:
        """Return the intervals of the table that a run about an interval needs, in order."""
        return self._meeting(*self.window.of(interval))

    def newest(self, interval: Interval) -> list[Interval]:
        """Return those of them with which the window ends."""
        return self._meeting(*Window(self.window.offset).of(interval))

    def _meeting(self, start: datetime, end: datetime) -> list[Interval]:
        return self.writer.expected(self.writer.calendar.containing(start).start, end)


def awaited_of(specs: Iterable[AwaitedSpec]) -> tuple[Awaited, ...]:
    """Parse the awaited tables of a payload."""
    return tuple(
        Awaited(
            spec["database_name"],
            spec["table_name"],
            # A run that reads all partitions waits for those of its own interval.
            Window.from_payload(spec["partitions"]) or Window(),
            Writer.from_spec(spec["writer"]),
        )
        for spec in specs
    )


def expected_of(intervals: Iterable[Interval], awaited: tuple[Awaited, ...]) -> list[Interval]:
    """Return the intervals of a pipeline that its inputs let expect; all of them if it waits for no table."""
    return [interval for interval in intervals if not awaited or any(one.newest(interval) for one in awaited)]
