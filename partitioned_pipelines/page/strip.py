"""A table's intervals as a strip: at most seven SVG paths, whatever it holds.

A state is a shape before it is a colour. The strip is 16 high, and a day is 1 wide.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Final

from partitioned_pipelines.operations.lake_state.interval_letters import NOT_DUE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from partitioned_pipelines.operations.lake_state.interval_letters import Letter
    from partitioned_pipelines.page.time_axis import Column

HEIGHT: Final = 16
_LEAST = 4
"""The least height of a state in a column of several."""
_STACKED: Final = ("f", "m", "r", "b", "o", "s", "t")
"""From the top of a column."""

_Bars = tuple[tuple[float, float], ...]
_ALONE: Final[Mapping[Letter, tuple[tuple[str, _Bars], ...]]] = {
    "t": (("there", ((4, 12),)),),
    "b": (("rolled", ((3, 7), (9, 13))),),
    "o": (("there", ((4, 12),)), ("failed", ((0, 4),))),
    "r": (("running", ((8, 12),)),),
    "f": (("failed", ((0, 16),)),),
    "s": (("skipped", ((7, 9),)),),
    "m": (("missing", ((2, 14),)),),
}
"""The bars, from top to bottom, of an interval that is alone in its column; by kind of path."""
_KIND: Final[Mapping[Letter, str]] = {letter: bars[0][0] for letter, bars in _ALONE.items()}


@dataclass(frozen=True, slots=True)
class Path:
    """An SVG path, and the kind of state that it draws: a class of the style."""

    kind: str
    d: str


def paths_of(columns: Sequence[Column], *, apart: bool = False) -> list[Path]:
    """Return the paths of a strip.

    Parameters
    ----------
    apart
        Leave a gap between columns, which are weeks or months.
    """
    drawn: dict[str, list[str]] = {}
    for first, width, bars in _merged(columns, apart=apart):
        for kind, top, bottom in bars:
            end = width - 0.8 if apart and width > 2 else width
            drawn.setdefault(kind, []).append(
                f"M{first} {_short(top)}h{_short(end)}v{_short(bottom - top)}h-{_short(end)}z"
            )
    return [Path(kind, "".join(drawn[kind])) for kind in sorted(drawn)]


def encoded(columns: Iterable[Column]) -> str:
    """Return the content of each day for the script: ``29- 368t 2m``, with ``-`` for days without intervals; ``1(20t4f)`` holds several."""
    words = []
    at = 0
    for counts, equal in groupby(columns, lambda column: column.counts):
        found = list(equal)
        if found[0].first > at:
            words.append(f"{found[0].first - at}-")
        days = sum(column.width for column in found)
        at = found[-1].first + found[-1].width
        alone = len(counts) == 1 and counts[0][1] == 1
        words.append(f"{days}{counts[0][0] if alone else '(' + ''.join(f'{n}{letter}' for letter, n in counts) + ')'}")
    return " ".join(words)


def _merged(
    columns: Sequence[Column], *, apart: bool
) -> Iterator[tuple[int, int, tuple[tuple[str, float, float], ...]]]:
    """Yield the beginning, the width and the bars of neighbours that look the same."""
    pending: tuple[int, int, tuple[tuple[str, float, float], ...]] | None = None
    for column in columns:
        bars = _bars(column.counts)
        if pending and not apart and pending[2] == bars and pending[0] + pending[1] == column.first:
            pending = (pending[0], pending[1] + column.width, bars)
            continue
        if pending:
            yield pending
        pending = (column.first, column.width, bars)
    if pending:
        yield pending


def _bars(counts: tuple[tuple[Letter, int], ...]) -> tuple[tuple[str, float, float], ...]:
    due = {letter: number for letter, number in counts if letter != NOT_DUE}
    if len(due) <= 1:
        return tuple((kind, *bar) for letter in due for kind, bars in _ALONE[letter] for bar in bars)
    return tuple(_stack(due))


def _stack(due: Mapping[Letter, int]) -> Iterator[tuple[str, float, float]]:
    """Yield the bars of a column of several states: a least height and a share of the rest. Data ends where it does elsewhere."""
    order: list[Letter] = [letter for letter in _STACKED if letter in due]
    total = sum(due.values())
    least = min(_LEAST, HEIGHT / len(order))
    heights = [least + due[letter] / total * (HEIGHT - least * len(order)) for letter in order]
    top = 0.0
    for letter, height in zip(order, heights, strict=True):
        bottom = min(top + height, HEIGHT)
        if letter == order[-1] and letter == "t" and top <= 12 - _LEAST:
            bottom = 12
        yield _KIND[letter], top, bottom
        top = bottom


def _short(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")
