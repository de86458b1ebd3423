"""Chunks: runs of several intervals in a row, for scripts that process a range at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.duration import InvalidDurationError, parse_duration
from partitioned_pipelines.lake.intervals.interval import Interval

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


_SPELLINGS = "use hours, days or weeks, such as 12h, 30d or 4w"


class InvalidChunkError(ValueError):
    """A string is not the length of a chunk, or an interval is longer."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """The most time that one run may process."""

    text: str
    longest: timedelta

    @classmethod
    def parse(cls, text: str) -> Chunk:
        """Parse ``12h``, ``30d`` or ``4w``. Raises InvalidChunkError for anything else."""
        try:
            longest = parse_duration(text)
        except InvalidDurationError as error:
            raise InvalidChunkError(f"{error}: {_SPELLINGS}") from error
        if not longest:
            raise InvalidChunkError(f"a chunk of {text} holds no interval: {_SPELLINGS}")
        return cls(text, longest)

    def join(self, intervals: Sequence[Interval]) -> Iterator[Interval]:
        """Yield intervals that follow each other as one, as long as they fit.

        Days are counted on the calendar: 30 of them are a chunk, whatever the clocks do.

        Parameters
        ----------
        intervals
            In the order of time.

        Raises
        ------
        InvalidChunkError
            If an interval does not fit by itself.
        """
        open_one: Interval | None = None
        for interval in intervals:
            if _length(interval) > self.longest:
                raise InvalidChunkError(f"{self.text} is shorter than one interval, {interval} ({interval.cadence})")
            if open_one is not None and open_one.end == interval.start:
                longer = Interval(open_one.start, interval.end, interval.cadence, interval.clock)
                if _length(longer) <= self.longest:
                    open_one = longer
                    continue
            if open_one is not None:
                yield open_one
            open_one = interval
        if open_one is not None:
            yield open_one


def _length(interval: Interval) -> timedelta:
    start, end = interval.local_start, interval.local_end
    if isinstance(start, datetime) or isinstance(end, datetime):
        return interval.end - interval.start
    assert isinstance(start, date)  # as the end is  # noqa: S101
    return end - start
