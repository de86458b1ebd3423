"""A table's intervals as a calendar: weeks by weekdays, days by hours, quarters by months; and bars of what each interval holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from partitioned_pipelines.lake.intervals.cadence import Cadence
from partitioned_pipelines.page.wording import number, size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from partitioned_pipelines.operations.lake_state.letters import Letter

LEFT, TOP, GAP = 38, 18, 2
_BARS_HEIGHT, _BARS_BELOW = 34, 12
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKS_OF_A_QUARTER: Final = 13
_FULL: Final[frozenset[Letter]] = frozenset({"t", "o", "f"})
"""The letters whose cells are full squares."""
_LABEL_WIDTH: Final = 34
"""The least distance of two labels."""


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where intervals of one length lie.

    Attributes
    ----------
    rows
        The number of rows.
    pitch
        The distance of two cells.
    row_labels
        Labels of some rows.
    place
        The column, counted from any origin, and the row of the interval with a start.
    heading
        The label of a column, given the start of its first interval, and the start of the interval before that.
    """

    rows: int
    pitch: int
    row_labels: dict[int, str]
    place: Callable[[str], tuple[int, int]]
    heading: Callable[[str, str | None], str]


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
    layout = _layout(Cadence.parse(step))
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


def _layout(cadence: Cadence) -> _Layout:
    match cadence.unit:
        case "day":
            return _Layout(7, 15, {0: "Mon", 2: "Wed", 4: "Fri", 6: "Sun"}, _week_and_weekday, _month_heading)
        case "week":
            return _Layout(14, 15, {0: "1st", 12: "13th"}, _quarter_and_week, _quarter_heading)
        case "month":
            return _Layout(3, 22, {0: "1st", 1: "2nd", 2: "3rd"}, _quarter_and_month, _quarter_heading)
        case _:
            minutes = cadence.count if cadence.fine else cadence.count * 60
            rows = 24 * 60 // minutes
            pitch = 15 if rows <= 12 else 13 if rows <= 24 else 8
            named = {hour * 60 // minutes: f"{hour:02d} h" for hour in (0, 6, 12, 18) if hour * 60 % minutes == 0}
            return _Layout(rows, pitch, named, lambda start: _day_and_part(start, minutes), _day_heading)


def _week_and_weekday(start: str) -> tuple[int, int]:
    ordinal = date.fromisoformat(start).toordinal() - 1  # 0001-01-01 was a Monday
    return ordinal // 7, ordinal % 7


def _quarter_and_week(start: str) -> tuple[int, int]:
    year, week, _ = date.fromisoformat(start).isocalendar()
    quarter = min((week - 1) // _WEEKS_OF_A_QUARTER, 3)  # the 53rd week belongs to the last one
    return year * 4 + quarter, week - 1 - quarter * _WEEKS_OF_A_QUARTER


def _quarter_and_month(start: str) -> tuple[int, int]:
    day = date.fromisoformat(start)
    return day.year * 4 + (day.month - 1) // 3, (day.month - 1) % 3


def _day_and_part(start: str, minutes: int) -> tuple[int, int]:
    at = datetime.fromisoformat(start)
    return at.toordinal(), (at.hour * 60 + at.minute) // minutes


def _month_heading(start: str, before: str | None) -> str:
    day = date.fromisoformat(start)
    if before is not None and before[:7] == start[:7]:
        return ""
    name = _MONTHS[day.month - 1]
    return f"{name} {day.year}" if day.month == 1 or before is None else name


def _quarter_heading(start: str, before: str | None) -> str:
    return "" if before is not None and before[:4] == start[:4] else start[:4]


def _day_heading(start: str, before: str | None) -> str:
    if before is not None and before[:7] == start[:7]:
        return start[8:10]
    return f"{_MONTHS[int(start[5:7]) - 1]} {start[8:10]}"


def _headings(layout: _Layout, starts: Sequence[str], places: Sequence[int]) -> Iterable[Text]:
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


def _paths(layout: _Layout, places: Sequence[int], letters: Sequence[Letter]) -> Iterable[tuple[str, str]]:
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


def _column_strokes(layout: _Layout, places: Sequence[int]) -> str:
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


def _marks(layout: _Layout, places: Iterable[int]) -> str:
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
    layout: _Layout, places: Sequence[int], rows: Sequence[int | None] | None, sizes: Sequence[int], top: int
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
