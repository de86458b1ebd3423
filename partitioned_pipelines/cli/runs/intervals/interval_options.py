"""The options ``--date``, ``--at``, ``--from`` and ``--to``: one run about exactly the time that they name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from partitioned_pipelines.cli.errors import CommandError
from partitioned_pipelines.lake.intervals.clock import UnknownTimezoneError
from partitioned_pipelines.lake.intervals.interval import InvalidIntervalError, iso_text

if TYPE_CHECKING:
    from partitioned_pipelines.lake.intervals.calendar import Calendar
    from partitioned_pipelines.lake.intervals.clock import Clock
    from partitioned_pipelines.lake.intervals.interval import Interval

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})")
_WEEK = re.compile(r"([0-9]{4})-W([0-9]{2})")
_TIME = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2})(:[0-9]{2})?(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})?")


@dataclass(frozen=True, slots=True)
class Spelled:
    """A period or a time, as written in an option; a time has no end."""

    kind: Literal["day", "week", "month", "time"]
    start: datetime
    end: datetime | None


def asked_interval(
    calendar: Calendar,
    *,
    on: str | None = None,
    at: str | None = None,
    start: str | None = None,
    end: str | None = None,
) -> Interval | None:
    """Return the interval that the options name; None if none is given.

    Parameters
    ----------
    on, at, start, end
        The values of ``--date``, ``--at``, ``--from`` and ``--to``. A period or time of ``--from`` and ``--to`` means its start.

    Raises
    ------
    CommandError
        If the options cannot be combined, are invalid, or do not name whole intervals of the calendar.
    """
    given = {"--date": on, "--at": at, "--from": start, "--to": end}
    names = [name for name, text in given.items() if text is not None]
    if not names:
        return None
    try:
        match names:
            case ["--date"]:
                return _on(calendar, on or "")
            case ["--at"]:
                return _at(calendar, at or "")
            case ["--from", "--to"]:
                return _from_to(calendar, start or "", end or "")
    except (InvalidIntervalError, UnknownTimezoneError) as error:
        raise CommandError(f"{' '.join(names)}: {error}") from error
    except OverflowError as error:
        raise CommandError(f"{' '.join(names)}: outside the years 1 to 9999") from error
    if len(names) == 1:
        missing = "--to" if end is None else "--from"
        raise CommandError(f"{missing} is missing", "use both: --from 2013-01-01 --to 2014-01-01 is the year 2013")
    raise CommandError(
        f"{' and '.join(names)} are mutually exclusive", "use either --date, or --at, or --from and --to"
    )


def asked_ends(calendar: Calendar, start: str | None, end: str | None) -> tuple[datetime | None, datetime | None]:
    """Return the starts of what ``--from`` and ``--to`` name; None for an option that is not given.

    Raises
    ------
    CommandError
        If an option is invalid, or the end is not after the start.
    """
    first, after = (
        read_spelled(name, text, calendar.clock).start if text else None
        for name, text in (("--from", start), ("--to", end))
    )
    if first and after and first >= after:
        what = "day" if calendar.cadence.whole_days else "time"
        raise CommandError(f"no {what} from {start} to {end}: --to is exclusive and must be after --from")
    return first, after


def options_of(interval: Interval) -> tuple[str, ...]:
    """Return the options of ``run`` that name an interval."""
    given = interval.execution_input
    return ("--date", given["date"]) if "date" in given else ("--from", given["from"], "--to", given["to"])


def read_spelled(option: str, text: str, clock: Clock) -> Spelled:
    """Parse a day, a month (``2026-03``), an ISO week (``2026-W09``) or a time, local or with an offset.

    Raises
    ------
    CommandError
        If it has another form, names a day or time that does not exist or is outside the years 1 to 9999, or a time that occurs twice.
    """
    try:
        if _TIME.fullmatch(text):
            return Spelled("time", read_time(option, text, clock), None)
        if match := _WEEK.fullmatch(text):
            monday = date.fromisocalendar(int(match[1]), int(match[2]), 1)
            return Spelled("week", *(_day_start(option, day, clock) for day in (monday, monday + timedelta(days=7))))
        if match := _MONTH.fullmatch(text):
            first = date(int(match[1]), int(match[2]), 1)
            after = (first + timedelta(days=31)).replace(day=1)
            return Spelled("month", *(_day_start(option, day, clock) for day in (first, after)))
        if _DAY.fullmatch(text):
            day = date.fromisoformat(text)
            start = _day_start(option, day, clock)
            return Spelled("day", start, clock.day_end(day))
    except ValueError as error:
        raise CommandError(f"{option}: {text!r} does not exist: {error}") from error
    except OverflowError as error:
        raise CommandError(f"{option}: {text!r} is outside the years 1 to 9999") from error
    time = "" if option == "--date" else ", or a time 2026-03-01T05"
    raise CommandError(
        f"{option}: invalid date {text!r}", f"use a day 2026-03-01, a month 2026-03 or a week 2026-W09{time}"
    )


def read_time(option: str, text: str, clock: Clock) -> datetime:
    """Parse a time, local or with an offset, to an instant.

    Raises
    ------
    CommandError
        If it is not a time, does not exist in the timezone, or is shown twice and has no offset.
    """
    match = _TIME.fullmatch(text)
    try:
        wall = datetime.fromisoformat(f"{match[1]}{match[2] or ':00'}{match[3] or ''}") if match else None
    except ValueError as error:
        raise CommandError(f"{option}: {text!r} does not exist: {error}") from error
    if match is None or wall is None:
        raise CommandError(
            f"{option}: invalid time {text!r}", "use a time such as 2026-03-01T05:00 or 2026-03-01T05:00Z"
        )
    if match[4]:
        return datetime.fromisoformat(f"{wall.isoformat()}{match[4]}").astimezone(UTC)
    readings = clock.readings(wall)
    if not readings:
        raise CommandError(
            f"{option}: {text} does not exist in {clock.timezone}: the clocks go forward over it",
            "use a time before or after",
        )
    if len(readings) > 1:
        both = " or ".join(iso_text(clock.local(reading)) for reading in readings)
        raise CommandError(f"{option}: {text} occurs twice in {clock.timezone}: the clocks go back", f"use {both}")
    return readings[0]


def _on(calendar: Calendar, text: str) -> Interval:
    read = read_spelled("--date", text, calendar.clock)
    if read.end is None:
        raise CommandError(f"--date: {text!r} is a time", f"use a day, month or week, or --at {text}")
    return calendar.span(read.start, read.end)


def _at(calendar: Calendar, text: str) -> Interval:
    if calendar.cadence.whole_days:
        raise CommandError(
            f"--at is for intervals finer than a day, and this pipeline's is a {calendar.cadence}", "use --date"
        )
    if _DAY.fullmatch(text):
        raise CommandError(f"--at: {text!r} is not a time", f"use --at {text}T00, or --date {text} for the whole day")
    start = read_time("--at", text, calendar.clock)
    return calendar.span(start, calendar.containing(start).end)


def _from_to(calendar: Calendar, start: str, end: str) -> Interval:
    first, after = asked_ends(calendar, start, end)
    assert first is not None  # both are given  # noqa: S101
    assert after is not None  # noqa: S101
    return calendar.span(first, after)


def _day_start(option: str, day: date, clock: Clock) -> datetime:
    start = clock.day_start(day)
    if start is None:
        raise CommandError(f"{option}: the day {day} does not exist in {clock.timezone}")
    return start
