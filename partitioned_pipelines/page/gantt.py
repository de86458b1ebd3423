"""The states of a run on a time axis: waiting and work as bars, and long pauses, such as before a redrive, cut out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from partitioned_pipelines.page.wording import duration

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from partitioned_pipelines.operations.lake_state.documents.run import RunState

WIDTH: Final = 1000
"""The width of the axis; bars are stretched to the width of their column."""
_PAUSE: Final = 3
"""A pause longer than the rest times this is cut."""
_CUT_WIDTH: Final = 60
_NARROWEST: Final = 3
_STEPS: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 43200, 86400)
_MOST_TICKS: Final = 6


@dataclass(frozen=True, slots=True)
class Bar:
    """A row: an attempt of a state, or a state that has not begun.

    Attributes
    ----------
    kind
        ``succeeded``, ``failed`` or ``running``; empty if it has not begun.
    waiting, working
        The beginning and the width of its bars; None without one.
    """

    name: str
    attempt: int
    kind: str
    since: str
    waited: str
    took: str
    error: str
    waiting: tuple[float, float] | None
    working: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Mark:
    """A label on the axis, or where it is cut, and for how long."""

    x: float
    text: str


@dataclass(frozen=True, slots=True)
class Gantt:
    """The rows, in the order in which they began, and the axis."""

    bars: tuple[Bar, ...]
    ticks: tuple[Mark, ...]
    cuts: tuple[Mark, ...]


def gantt_of(states: Sequence[RunState], begun: datetime, until: datetime, expected: Sequence[str] = ()) -> Gantt:
    """Return the rows of a run's states.

    Parameters
    ----------
    begun
        When the run started.
    until
        Where the bars of what still runs end.
    expected
        The names of states that have a row even if they have not begun.
    """
    spans = [_span(state, until) for state in states]
    axis = _Scale.of(begun, spans)
    bars = [_bar(state, begun, span, axis) for state, span in zip(states, spans, strict=True)]
    names = {state.name for state in states}
    bars += [Bar(name, 1, "", "", "", "not begun", "", None, None) for name in expected if name not in names]
    return Gantt(tuple(bars), axis.ticks() if states else (), axis.cut_marks())


def _span(state: RunState, until: datetime) -> tuple[datetime, datetime]:
    if state.worked is None:
        return state.at, max(until, state.at + timedelta(seconds=state.waited or 0))
    return state.at, state.at + timedelta(seconds=(state.waited or 0) + state.worked)


def _bar(state: RunState, begun: datetime, span: tuple[datetime, datetime], axis: _Scale) -> Bar:
    start, end = span
    begins_work = start + timedelta(seconds=state.waited or 0)
    at, work, after = axis.place(start), axis.place(begins_work), axis.place(end)
    width = max(after - work, _NARROWEST)
    return Bar(
        state.name,
        state.attempt,
        state.status,
        f"+{duration((start - begun).total_seconds())}",
        duration(state.waited) if state.waited else "",
        duration((end - start).total_seconds()) if state.worked is not None else "runs",
        state.error or "",
        (round(at, 1), round(work - at, 1)) if work - at >= 1 else None,
        (round(min(work, WIDTH - width), 1), round(width, 1)),
    )


@dataclass(frozen=True, slots=True)
class _Scale:
    """The axis: from times to places between 0 and ``WIDTH``.

    Attributes
    ----------
    pieces
        The times between cuts.
    """

    begun: datetime
    pieces: tuple[tuple[datetime, datetime], ...]

    @classmethod
    def of(cls, begun: datetime, spans: Sequence[tuple[datetime, datetime]]) -> _Scale:
        """Return the axis of spans, without the pauses between them that are far longer than the rest."""
        busy: list[tuple[datetime, datetime]] = [(begun, begun)]
        for start, end in sorted(spans):
            if start <= busy[-1][1]:
                busy[-1] = (busy[-1][0], max(busy[-1][1], end))
            else:
                busy.append((start, end))
        total = sum((end - start for start, end in busy), timedelta())
        pauses = [after[0] - before[1] for before, after in pairwise(busy)]
        rest = total + sum(pauses, timedelta())
        pieces = [busy[0]]
        for pause, (start, end) in zip(pauses, busy[1:], strict=True):
            if pause > _PAUSE * max(rest - pause, timedelta(seconds=1)):
                pieces.append((start, end))
            else:
                pieces[-1] = (pieces[-1][0], end)
        return cls(begun, tuple(pieces))

    @property
    def _seconds(self) -> float:
        return sum((end - start).total_seconds() for start, end in self.pieces)

    @property
    def _unit(self) -> float:
        """The width of a second."""
        free = WIDTH - _CUT_WIDTH * (len(self.pieces) - 1)
        return free / self._seconds if self._seconds else 0.0

    def place(self, at: datetime) -> float:
        """Return the place of a time."""
        x = 0.0
        for start, end in self.pieces:
            if at <= end:
                return x + max((at - start).total_seconds(), 0.0) * self._unit
            x += (end - start).total_seconds() * self._unit + _CUT_WIDTH
        return float(WIDTH)

    def ticks(self) -> tuple[Mark, ...]:
        """Return labels at round times since the run began."""
        step = next((each for each in _STEPS if self._seconds / each <= _MOST_TICKS), _STEPS[-1])
        found: list[Mark] = []
        for start, end in self.pieces:
            first = -(-(start - self.begun).total_seconds() // step) * step
            seconds = int(first)
            while seconds <= (end - self.begun).total_seconds() and len(found) < 2 * _MOST_TICKS:
                x = self.place(self.begun + timedelta(seconds=seconds))
                if x <= WIDTH * 0.94 and (not found or x - found[-1].x >= WIDTH / 10):
                    found.append(Mark(round(x, 1), _tick(seconds, step)))
                seconds += step
        return tuple(found)

    def cut_marks(self) -> tuple[Mark, ...]:
        """Return where the axis is cut, and the length of what is left out."""
        return tuple(
            Mark(round(self.place(end) + _CUT_WIDTH / 2, 1), duration((start - end).total_seconds()))
            for (_, end), (start, _) in pairwise(self.pieces)
        )


def _tick(seconds: int, step: int) -> str:
    if seconds < 60 and step < 60:
        return f"{seconds} s"
    if seconds % 3600 == 0 and seconds:
        return f"{seconds // 3600} h"
    return (
        f"{seconds // 60} min"
        if seconds < 3600 or seconds % 3600 == 0
        else f"{seconds // 3600} h {seconds % 3600 // 60} min"
    )
