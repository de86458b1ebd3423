"""Where intervals lie in a calendar: weeks by weekdays, days by hours, quarters by weeks or months; and the headings of its columns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from partitioned_pipelines.lake.intervals.cadence import Cadence

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKS_OF_A_QUARTER: Final = 13


@dataclass(frozen=True, slots=True)
class Layout:
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


def layout_of(cadence: Cadence) -> Layout:
    """Return the layout of intervals of a length."""
    match cadence.unit:
        case "day":
            return Layout(7, 15, {0: "Mon", 2: "Wed", 4: "Fri", 6: "Sun"}, _week_and_weekday, _month_heading)
        case "week":
            return Layout(14, 15, {0: "1st", 12: "13th"}, _quarter_and_week, _quarter_heading)
        case "month":
            return Layout(3, 22, {0: "1st", 1: "2nd", 2: "3rd"}, _quarter_and_month, _quarter_heading)
        case _:
            minutes = cadence.count if cadence.fine else cadence.count * 60
            rows = 24 * 60 // minutes
            pitch = 15 if rows <= 12 else 13 if rows <= 24 else 8
            named = {hour * 60 // minutes: f"{hour:02d} h" for hour in (0, 6, 12, 18) if hour * 60 % minutes == 0}
            return Layout(rows, pitch, named, lambda start: _day_and_part(start, minutes), _day_heading)


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
