"""Numbers, sizes, durations and times as text for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

UNKNOWN: Final = "–"
_UNITS = ("B", "KB", "MB", "GB", "TB", "PB")


def number(value: float | None) -> str:
    """Return a number with separators of thousands; a dash if it is unknown."""
    return UNKNOWN if value is None else f"{value:,}"


def size(value: int | None) -> str:
    """Return a number of bytes, in powers of 1,000: ``22.3 MB``; a dash if it is unknown."""
    if value is None:
        return UNKNOWN
    amount, unit = float(value), 0
    while amount >= 999.95 and unit < len(_UNITS) - 1:  # would be shown as 1000.0
        amount, unit = amount / 1000, unit + 1
    return f"{amount:.1f} {_UNITS[unit]}" if unit else f"{value} B"


def duration(seconds: float | None) -> str:
    """Return a duration: ``1.4 s``, ``42 s``, ``2 min 05 s``, ``20 min``, ``3 h 10 min``; a dash if it is unknown."""
    if seconds is None:
        return UNKNOWN
    if seconds < 9.95:
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours < 48 else f"{hours // 24} days {hours % 24} h"


def count(number_of: int, one: str, several: str | None = None) -> str:
    """Return a number with its noun: ``1 table``, ``1,200 tables``."""
    return f"{number_of:,} {one if number_of == 1 else several or one + 's'}"


def listed(names: Sequence[str]) -> str:
    """Return names as a list in a sentence: ``a, b and c``."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""


def cut(text: str, longest: int = 4_000) -> str:
    """Return the beginning of a text that is too long to be shown, and how much is left out."""
    return text if len(text) <= longest else f"{text[:longest]}… ({len(text) - longest:,} more characters)"


def first_line(text: str) -> str:
    """Return the first line of a text that is not empty, cut; empty if there is none."""
    line = next((each for each in text.split("\n") if each.strip(" \t")), "")
    return cut(line.strip(" \t"), 300)


def capitalized(text: str) -> str:
    """Return a text with a capital first letter; the others stay."""
    return text[:1].upper() + text[1:]


def moment(instant: datetime) -> str:
    """Return a time to the minute with its offset: ``2026-11-29 21:09 +09:00``; UTC is written as such."""
    offset = instant.strftime("%z")
    zone = "UTC" if offset in ("+0000", "") else f"{offset[:3]}:{offset[3:]}"
    return f"{instant:%Y-%m-%d %H:%M} {zone}"
