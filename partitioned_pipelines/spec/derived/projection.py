"""Athena's partition projection: the table parameters for its partition keys, and which keys can be projected.

https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.schedule.zone_facts import most_ahead_of_utc
from partitioned_pipelines.lake.tables.hive_type import INTEGER_BITS
from partitioned_pipelines.lake.time_format import ISO_FORMAT, format_time, read_label, width_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from partitioned_pipelines.lake.intervals.execution_input import IntervalRule
    from partitioned_pipelines.spec.model.table import PartitionKey, Table

_JAVA = {"Y": "yyyy", "y": "yy", "m": "MM", "d": "dd", "H": "HH", "M": "mm"}
# The unit of a format is that of its last directive; each directive requires the ones before it.
_UNITS = {"Y": "YEARS", "m": "MONTHS", "d": "DAYS", "H": "HOURS", "M": "MINUTES"}
_PIECE = re.compile(r"%(.)|([^%]+)")
_RELATIVE = re.compile(
    r"NOW(?:(?P<sign>[+-])(?P<number>[0-9]{1,6})(?P<unit>YEAR|MONTH|WEEK|DAY|HOUR|MINUTE|SECOND)S?)?"
)
_SECONDS = {
    "YEAR": 31_556_952,
    "MONTH": 2_629_746,
    "WEEK": 604_800,
    "DAY": 86_400,
    "HOUR": 3_600,
    "MINUTE": 60,
    "SECOND": 1,
}
# Characters that need no escape in a path, without the comma, which separates the values.
_PLAIN_VALUE = re.compile(r"[A-Za-z0-9_.+-]+")
_REGISTER_INSTEAD = "or use registration: lambda for the table"


def projection_parameters(table: Table, location: str) -> dict[str, str]:
    """Return the table's projection parameters.

    Parameters
    ----------
    location
        Location of the table's data, with a trailing slash.
    """
    folders = "".join(f"{key.name}=${{{key.name}}}/" for key in table.partition_keys)
    parameters = {"projection.enabled": "true", "storage.location.template": f"{location}{folders}"}
    for key in table.partition_keys:
        parameters |= {f"projection.{key.name}.{name}": value for name, value in _settings(key).items()}
    return parameters


def projection_problems(key: PartitionKey) -> Iterable[tuple[str, str]]:
    """Yield the reasons why a key cannot be projected: the field (empty for the key itself), and the error."""
    wanted = key.projection
    if key.type in INTEGER_BITS:
        yield from _integer_problems(key)
    elif wanted and wanted.values:
        yield from _enum_problems(key)
    elif key.type == "date" or key.date_format:
        yield from _date_problems(key)
    else:
        yield (
            "",
            f"has values that Athena cannot derive: list them, projection: {{values: [a, b]}}, {_REGISTER_INSTEAD}",
        )


def _settings(key: PartitionKey) -> dict[str, str]:
    assert key.projection is not None  # the file is already validated  # noqa: S101
    if key.projection.values:
        return {"type": "enum", "values": ",".join(key.projection.values)}
    bounds = ",".join(str(bound) for bound in key.projection.range)
    if key.type in INTEGER_BITS:
        digits = key.projection.digits or (width_of(key.date_format) if key.date_format else 0)
        return {"type": "integer", "range": bounds, **({"digits": str(digits)} if digits else {})}
    date_format = key.date_format or ISO_FORMAT
    settings = {"type": "date", "format": _java(date_format), "range": bounds}
    return {**settings, "interval": "1", "interval.unit": _UNITS[_finest(date_format)]}


def _integer_problems(key: PartitionKey) -> Iterable[tuple[str, str]]:
    wanted = key.projection
    if wanted is None or not wanted.range:
        yield "", f"needs its first and last number, projection: {{range: [1, 12]}}, {_REGISTER_INSTEAD}"
        return
    if wanted.values:
        yield "values", "is for keys of type string: use range for numbers"
    numbers = [bound for bound in wanted.range if isinstance(bound, int)]
    if len(numbers) != 2 or numbers[0] > numbers[1]:
        yield "range", f"is {list(wanted.range)!r}: write the first and the last number, such as [1, 12]"


def _enum_problems(key: PartitionKey) -> Iterable[tuple[str, str]]:
    assert key.projection is not None  # the caller has checked it  # noqa: S101
    if key.projection.range or key.projection.digits:
        yield "", "has `values:`, which are all of its values: remove `range:` and `digits:`"
    for value in key.projection.values:
        if not _PLAIN_VALUE.fullmatch(value):
            message = f"holds {value!r}: Athena looks for letters, digits, '_', '.', '+' and '-' only; {_REGISTER_INSTEAD[3:]}"
            yield "values", message


def _date_problems(key: PartitionKey) -> Iterable[tuple[str, str]]:
    date_format, wanted = key.date_format or ISO_FORMAT, key.projection
    if not _is_projected(date_format):
        message = (
            f"is written {date_format!r}, and Athena projects days, months and years, and hours and minutes of days: '%Y-%m-%d', '%Y-%m', "
            f"'%Y', '%Y/%m/%d/%H'; list the values, projection: {{values: [a, b]}}, {_REGISTER_INSTEAD}"
        )
        yield "", message
        return
    if wanted is None or not wanted.range:
        message = f"needs its first and last date, projection: {{range: [{_sample(date_format)!r}, NOW]}}, {_REGISTER_INSTEAD}"
        yield "", message
        return
    if wanted.digits:
        yield "digits", "is for numbers, and a date has the digits of its format: remove it"
    problems = [bound for bound in wanted.range if not _is_bound(bound, date_format)]
    for bound in problems:
        message = f"holds {bound!r}: write dates such as {_sample(date_format)!r}, or NOW, NOW-3YEARS, NOW+1MONTH"
        yield "range", message
    if not problems and (backwards := _runs_backwards([str(bound) for bound in wanted.range], date_format)):
        yield "range", backwards


def _is_projected(date_format: str) -> bool:
    directives = ["Y" if piece == "y" else piece for piece, _ in _PIECE.findall(date_format) if piece and piece != "%"]
    return bool(directives) and set(directives) == set(list(_UNITS)[: len(set(directives))])


def _finest(date_format: str) -> str:
    return next(directive for directive in reversed(_UNITS) if f"%{directive}" in date_format or directive == "Y")


def _is_bound(bound: object, date_format: str) -> bool:
    return isinstance(bound, str) and bool(_RELATIVE.fullmatch(bound) or _is_date(bound, date_format))


def _runs_backwards(bounds: list[str], date_format: str) -> str | None:
    """Return an error if a range ends before it starts: it would have no partitions, and queries would find nothing."""
    first, last = (_moment(bound, date_format) for bound in bounds)
    if first <= last:
        return None
    return (
        f"runs from {bounds[0]!r} back to {bounds[1]!r}, so no query would find a partition: put the earlier one first"
    )


def _moment(bound: str, date_format: str) -> datetime:
    """Return the time that a bound means now; relative bounds are limited to the years that Python supports."""
    match = _RELATIVE.fullmatch(bound)
    if match is None:
        return read_label(bound, date_format).start
    # Truncated to the day: a range of [NOW, today] is not backwards because the day has begun.
    now = datetime.now(UTC).replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0)
    if match["sign"] is None:
        return now
    seconds = int(match["number"]) * _SECONDS[match["unit"]] * (1 if match["sign"] == "+" else -1)
    try:
        return now + timedelta(seconds=seconds)
    except OverflowError:
        return datetime.max if seconds > 0 else datetime.min  # noqa: DTZ901 - a calendar date has no timezone


def _sample(date_format: str) -> str:
    return format_time(datetime(2013, 1, 1), date_format)  # noqa: DTZ001 - a calendar date has no timezone


def _is_date(text: str, date_format: str) -> bool:
    try:
        read_label(text, date_format)
    except (ValueError, OverflowError):
        return False
    return True


def _java(date_format: str) -> str:
    """Return a format in the syntax of Java's DateTimeFormatter: literal letters are quoted."""
    written = ""
    for directive, literal in _PIECE.findall(date_format):
        text = "%" if directive == "%" else literal
        if directive in _JAVA:
            written += _JAVA[directive]
        elif re.search(r"[A-Za-z'\[\]{}#]", text):
            written += "'" + text.replace("'", "''") + "'"
        else:
            written += text
    return written


def hidden_by_now(table: Table, timezone: str, rule: IntervalRule) -> Iterable[tuple[int, str]]:
    """Yield the keys whose range ends before the newest partitions, by index, with a warning.

    Athena evaluates NOW in UTC: https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html

    Parameters
    ----------
    timezone
        The timezone in which the script writes the keys.
    rule
        The rule of the pipeline's schedule.
    """
    if rule.calendar.cadence.whole_days and rule.offset < 0:
        return  # the days have ended when they are written, and the date in UTC is no earlier
    ahead = most_ahead_of_utc(timezone)
    for index, key in enumerate(table.partition_keys):
        last = key.projection.range[-1] if key.projection and key.projection.range else ""
        match = _RELATIVE.fullmatch(last) if isinstance(last, str) else None
        if match is None or ahead <= timedelta(0):
            continue
        shift = 0 if match["sign"] is None else int(match["number"]) * _SECONDS[match["unit"]]
        if (shift if match["sign"] != "-" else -shift) < ahead.total_seconds():
            hours = -(-ahead // timedelta(hours=1))  # rounded up
            yield (
                index,
                f"ends at {last!r}, and Athena's NOW is UTC, up to {hours} hours behind {timezone}: the newest {hours} hours are hidden; "
                f"use NOW+{hours}HOURS, or NOW+1DAYS",
            )
