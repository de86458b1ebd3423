"""When a pipeline runs, and which interval a run processes, in plain values: a command has them from a file, a function from its event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from partitioned_pipelines.lake.function_events.payloads import TimetableSpec


class Timetable(Protocol):
    """The fields of a schedule, as in a pipeline file; ``Schedule`` of a pipeline's model has them."""

    @property
    def cron(self) -> str | None:
        """Cron expression with six fields; None if runs are not started by a clock."""

    @property
    def timezone(self) -> str:
        """IANA name of the timezone of the cron expression and of the intervals."""

    @property
    def interval(self) -> str | None:
        """Length of the intervals; None for days with ``date_offset_days``."""

    @property
    def offset(self) -> int | None:
        """Interval that a scheduled run processes, relative to the one in which it runs."""

    @property
    def date_offset_days(self) -> int:
        """Without an interval: the day that a scheduled run processes, relative to the day on which it runs."""

    @property
    def lookback(self) -> int | None:
        """Number of earlier intervals that a scheduled run processes as well."""


@dataclass(frozen=True, slots=True)
class PlainTimetable:
    """A timetable from the payload of a function."""

    cron: str | None
    timezone: str
    interval: str | None = None
    offset: int | None = None
    date_offset_days: int = 0
    lookback: int | None = None

    @classmethod
    def from_spec(cls, spec: TimetableSpec) -> PlainTimetable:
        """Parse the timetable of a payload."""
        return cls(
            cron=spec.get("cron"),
            timezone=spec["timezone"],
            interval=spec.get("interval"),
            offset=spec.get("offset"),
            date_offset_days=spec.get("date_offset_days", 0),
            lookback=spec.get("lookback"),
        )
