"""The days that a partition covers, derived from its keys."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.placeholders import ISO_FORMAT

if TYPE_CHECKING:
    from collections.abc import Sequence

_DIRECTIVE = re.compile(r"%([YymdjGVu%])")
_YEARS = frozenset("YyG")


def covers_whole_dates(keys: Sequence[tuple[str, str | None]]) -> bool:
    """Check whether keys, each with its type and date format, include a year and no repeated directive."""
    directives = _directives(" ".join(_format(*key) or "" for key in keys))
    return bool(_YEARS & set(directives)) and len(directives) == len(set(directives))


def partition_days(keys: Sequence[tuple[str, str | None]], values: Sequence[str]) -> tuple[date, date] | None:
    """Return the first day of a partition and the day after its last; None if its values are not a date.

    Parameters
    ----------
    keys
        Type and date format of each key. Keys that hold parts of a date are read together: year=2021/month=12 is a month.
    values
        The partition's values, in the order of the keys.
    """
    dated = [(written, value) for key, value in zip(keys, values, strict=True) if (written := _format(*key))]
    date_format, text = " ".join(item[0] for item in dated), " ".join(item[1] for item in dated)
    directives = set(_directives(date_format))
    # strptime requires a day with an ISO week.
    week_alone = "V" in directives and "u" not in directives
    try:
        first = datetime.strptime(  # noqa: DTZ007 - a calendar date has no timezone
            f"{text} 1" if week_alone else text, f"{date_format} %u" if week_alone else date_format
        ).date()
        return first, _end(first, directives)
    except (ValueError, OverflowError):
        return None


def _end(first: date, directives: set[str]) -> date:
    if directives & {"d", "j", "u"}:
        return first + timedelta(days=1)
    if "V" in directives:
        return first + timedelta(days=7)
    if "m" in directives:
        return date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return date(first.year + 1, 1, 1)


def _format(key_type: str, date_format: str | None) -> str | None:
    return date_format or (ISO_FORMAT if key_type == "date" else None)


def _directives(date_format: str) -> list[str]:
    return [directive for directive in _DIRECTIVE.findall(date_format) if directive != "%"]
