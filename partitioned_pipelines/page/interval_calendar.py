"""A table's intervals as a calendar in coordinates: cells, their labels, and bars of what each interval holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from partitioned_pipelines.lake.intervals.cadence import Cadence
from partitioned_pipelines.page.interval_layout import layout_of
from partitioned_pipelines.page.wording import number, size

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from partitioned_pipelines.operations.lake_state.interval_letters import Letter
    from partitioned_pipelines.page.interval_layout import Layout

LEFT, TOP, GAP = 38, 18, 2
_BARS_HEIGHT, _BARS_BELOW = 34, 12
_FULL: Final[frozenset[Letter]] = frozenset({"t", "o", "f"})
"""The letters whose cells are full squares."""
_LABEL_WIDTH: Final = 34
"""The least distance of two labels."""


@dataclass(frozen=True, slots=True)
class Bars:
    """What each interval holds, as bars on the calendar's axis.

    Attributes
    ----------
    what
        What is counted: rows or bytes.
    d
        A line for each.
    width
        The width of a line.
    most
        The largest value, as text.
    """

    what: str
    d: str
    width: float
    most: str
    bottom: int


@dataclass(frozen=True, slots=True)
class Text:
    """A label."""

    x: int
    y: int
    text: str


@dataclass(frozen=True, slots=True)
class IntervalCalendar:
    """The calendar in coordinates.

    Attributes
    ----------
    places
        Of each interval: column times ``rows`` plus row.
    paths
        The cells by letter, each as the data of an SVG path; those of ``full`` letters are strokes.
    marks
        The strokes in cells of failed intervals.
    left, top
        Where the first cell begins.
    """

    width: int
    height: int
    rows: int
    pitch: int
    places: tuple[int, ...]
    paths: tuple[tuple[str, str], ...]
    marks: str
    labels: tuple[Text, ...]
    bars: Bars | None
    full: frozenset[Letter] = _FULL
    left: int = LEFT
    top: int = TOP

    def x(self, index: int) -> int:
        """Return the left side of an interval's cell."""
        return LEFT + self.places[index] // self.rows * self.pitch

    def y(self, index: int) -> int:
        """Return the upper side of an interval's cell."""
        return TOP + self.places[index] % self.rows * self.pitch


def calendar_of(
    step: str,
    starts: Sequence[str],
    letters: Sequence[Letter],
    rows: Sequence[int | None] | None,
    sizes: Sequence[int],
) -> IntervalCalendar:
    """Return the calendar of intervals; there is at least one.

    Parameters
    ----------
    step
        The length of an interval.
    starts
        The start of each.
    rows, sizes
        What each holds; rows are None if they are unknown.
    """
    layout = layout_of(Cadence.parse(step))
    found = [layout.place(start) for start in starts]
    first = found[0][0]
    places = tuple((column - first) * layout.rows + row for column, row in found)
    columns = max(places) // layout.rows + 1
    bottom = TOP + layout.rows * layout.pitch
    bars = _bars(layout, places, rows, sizes, bottom + _BARS_BELOW)
    labels = [
        *(Text(0, TOP + row * layout.pitch + layout.pitch - 4, text) for row, text in layout.row_labels.items()),
        *_headings(layout, starts, places),
    ]
    return IntervalCalendar(
        width=max(LEFT + columns * layout.pitch, 200),
        height=(bars.bottom + 14) if bars else bottom,
        rows=layout.rows,
        pitch=layout.pitch,
        places=places,
        paths=tuple(_paths(layout, places, letters)),
        marks=_marks(layout, (place for place, letter in zip(places, letters, strict=True) if letter in ("f", "o"))),
        labels=tuple(labels),
        bars=bars,
    )


def _headings(layout: Layout, starts: Sequence[str], places: Sequence[int]) -> Iterable[Text]:
    """Yield the labels of columns, as far as there is room for them."""
    firsts: dict[int, str] = {}
    for start, place in zip(starts, places, strict=True):
        firsts.setdefault(place // layout.rows, start)
    before: str | None = None
    free = 0
    for column, start in firsts.items():
        text = layout.heading(start, before)
        before = start
        x = LEFT + column * layout.pitch
        if text and x >= free:
            yield Text(x, 11, text)
            free = x + max(_LABEL_WIDTH, len(text) * 7)


def _paths(layout: Layout, places: Sequence[int], letters: Sequence[Letter]) -> Iterable[tuple[str, str]]:
    side = layout.pitch - GAP
    for letter in sorted(set(letters)):
        if letter in _FULL:
            yield (
                letter,
                _column_strokes(layout, [p for p, each in zip(places, letters, strict=True) if each == letter]),
            )
            continue
        cells = [
            _cell(letter, LEFT + place // layout.rows * layout.pitch, TOP + place % layout.rows * layout.pitch, side)
            for place, each in zip(places, letters, strict=True)
            if each == letter
        ]
        yield letter, "".join(cells)


def _column_strokes(layout: Layout, places: Sequence[int]) -> str:
    """Return full squares as strokes as wide as a cell: far shorter than outlines, for there are many."""
    side = layout.pitch - GAP
    words = []
    before: int | None = None
    for place in places:
        if before is not None and place == before + 1 and place % layout.rows:
            words.append(f"m0 {GAP}v{side}")
        else:
            x = LEFT + place // layout.rows * layout.pitch + side / 2
            words.append(f"M{x:g} {TOP + place % layout.rows * layout.pitch}v{side}")
        before = place
    return "".join(words)


def _cell(letter: Letter, x: int, y: int, side: int) -> str:
    """Return the shape of a state in a cell, as the data of a path; the same shapes as those of the glyphs."""
    third = side // 3
    match letter:
        case "b":
            return f"M{x} {y}h{side}v{third + 1}h-{side}zM{x} {y + side - third - 1}h{side}v{third + 1}h-{side}z"
        case "r":
            half = side // 2
            return f"M{x} {y + half}h{side}v{side - half}h-{side}zM{x} {y}h{side}v2h-{side}z"
        case "s":
            return f"M{x} {y + side // 2 - 1}h{side}v2h-{side}z"
        case "m":
            inner = side - 4
            return f"M{x} {y}h{side}v{side}h-{side}zM{x + 2} {y + 2}v{inner}h{inner}v-{inner}z"
        case ".":
            middle = side // 2 - 1
            return f"M{x + middle} {y + middle}h2v2h-2z"
        case _:
            raise ValueError(f"{letter} is a full square: its cells are strokes")


def _marks(layout: Layout, places: Iterable[int]) -> str:
    """Return the crosses of failed intervals."""
    side = layout.pitch - GAP
    inset, length = side * 0.28, side * 0.44
    words = []
    for place in places:
        x = LEFT + place // layout.rows * layout.pitch + inset
        y = TOP + place % layout.rows * layout.pitch + inset
        words.append(f"M{x:.1f} {y:.1f}l{length:.1f} {length:.1f}m0-{length:.1f}l-{length:.1f} {length:.1f}")
    return "".join(words)


def _bars(
    layout: Layout, places: Sequence[int], rows: Sequence[int | None] | None, sizes: Sequence[int], top: int
) -> Bars | None:
    values = list(rows) if rows is not None else list(sizes)
    most = max((value for value in values if value), default=0)
    if not most:
        return None
    width = layout.pitch / layout.rows
    bottom = top + _BARS_HEIGHT
    words = []
    for place, value in zip(places, values, strict=True):
        if value:
            x = LEFT + place // layout.rows * layout.pitch + place % layout.rows * width
            words.append(f"M{x + width / 2:.1f} {bottom}v-{max(0.5, _BARS_HEIGHT * value / most):.1f}")
    shown = number(most) if rows is not None else size(most)
    return Bars("rows" if rows is not None else "bytes", "".join(words), round(width, 2), shown, bottom)
