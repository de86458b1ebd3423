"""What `pipelines validate` says about a valid schedule: its next firings, and what they miss or repeat."""

from __future__ import annotations

import calendar as months
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Literal, get_args

from partitioned_pipelines.lake.intervals.cadence import Cadence
from partitioned_pipelines.lake.intervals.calendar import Calendar
from partitioned_pipelines.lake.intervals.interval import iso_text
from partitioned_pipelines.lake.partitions.extent import covers_a_span, fit_in
from partitioned_pipelines.lake.schedule.cron import Cron
from partitioned_pipelines.lake.schedule.deployed_cron import deployed_cron
from partitioned_pipelines.lake.schedule.firings import (
    AFTER_LAST_DAY,
    ScheduleTimes,
    WallTime,
    firings,
    processed_intervals,
)
from partitioned_pipelines.lake.schedule.interval_rule import schedule_rule
from partitioned_pipelines.lake.schedule.zone_facts import hour_fractions
from partitioned_pipelines.spec.model.fields import IntervalName

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from partitioned_pipelines.lake.intervals.interval import Interval
    from partitioned_pipelines.lake.schedule.firings import Firing
    from partitioned_pipelines.lake.schedule.timetable import Timetable
    from partitioned_pipelines.spec.model.pipeline import Schedule, Table

_SHOWN_FIRINGS = 3
_TWO_YEARS = 731  # days, including a leap day
_LISTED = 8
_LONGEST_MONTH, _LEAP_YEAR = 31, 2028
# How long firings are compared with the intervals, and how many of them at most: a cron may fire every minute.
_COMPARED = {"week": timedelta(days=91), "month": timedelta(days=731)}
_COMPARED_DAYS = timedelta(days=28)
_MOST_COMPARED = 3000
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Advice:
    """A remark about a schedule: a warning if it is probably a mistake, else a note."""

    severity: Literal["warning", "note"]
    message: str


def next_firings(schedule: Schedule, now: datetime) -> list[str]:
    """Return the next three firings with the intervals that their runs process; none for a schedule without a cron expression."""
    if schedule.cron is None:
        return []
    upcoming = (one for one in firings(schedule, now, datetime.combine(AFTER_LAST_DAY, time(), UTC)) if not one.skipped)
    return [_described(schedule, firing) for firing in islice(upcoming, _SHOWN_FIRINGS)]


def advise(schedule: Schedule, now: datetime) -> Iterator[Advice]:
    """Yield the remarks about a valid schedule."""
    if schedule.cron is None:
        return
    for message in clock_changes(schedule, now.astimezone(UTC).date()):
        yield Advice("warning", message)
    if lacking := missing_month_days(schedule.cron):
        yield Advice("warning", lacking)
    yield from _pace(schedule, now)
    if moved := _moved_minutes(schedule):
        yield Advice("note", moved)


def replaced_partitions(table: Table, schedule: Schedule) -> str | None:
    """Return a warning if each run replaces a partition that the runs about other intervals write, too; None if it does not."""
    if schedule.interval is None or table.registration != "lambda" or table.layout != "versioned":
        return None
    cadence = schedule_rule(schedule).calendar.cadence
    keys = [(key.type, key.date_format) for key in table.partition_keys]
    if not covers_a_span(keys) or fit_in(keys, cadence):
        return None
    return (
        f"name more time than an interval ({cadence}): each run replaces the partition that the runs about other intervals have written; add a "
        "key with a finer date_format, such as '%H', or let a run process all of a partition"
    )


def _described(schedule: Schedule, firing: Firing) -> str:
    interval, processed = firing.interval, schedule_rule(schedule).scheduled_at(firing.instant)
    text = f"{iso_text(interval.clock.local(firing.instant))} processes {processed}"
    if schedule.lookback:
        text = f"{text} ({interval} and {schedule.lookback} before it)"
    after = interval.end - firing.instant
    return f"{text}, which ends {_duration(after)} later" if after > timedelta(0) else text


def _duration(span: timedelta) -> str:
    minutes = span // _MINUTE
    if minutes >= 2 * 1440:
        return f"{minutes // 1440} days"
    return f"{minutes // 60}:{minutes % 60:02d} h"


def clock_changes(schedule: Timetable, today: date) -> Iterator[str]:
    """Yield a warning for the times of the next two years that AWS skips, and one for those that occur twice but fire once."""
    times = ScheduleTimes.of(schedule)
    unusual = list(times.unusual(today, today + timedelta(days=_TWO_YEARS)))
    skipped = [wall for wall, shown in unusual if shown is WallTime.SKIPPED]
    if skipped:
        yield (
            f"is {schedule.cron!r} in {schedule.timezone}: AWS does not fire at {_listed(skipped)}, "
            "times that do not exist there because the clocks go forward; choose another hour, or a timezone without such changes"
        )
    twice = [wall for wall, shown in unusual if shown is WallTime.SHOWN_TWICE]
    if twice:
        yield (
            f"is {schedule.cron!r} in {schedule.timezone}: AWS fires only once at {_listed(twice)}, "
            "times that occur twice because the clocks go back"
        )


def missing_month_days(cron: str) -> str | None:
    """Return a warning if a cron expression names a day that some of its months lack; None if all have it."""
    parsed = Cron.parse(cron)
    if parsed.month_days is None or len(parsed.month_days) == _LONGEST_MONTH:
        return None
    said = []
    for day in sorted(parsed.month_days):
        lacking = [month for month in sorted(parsed.months) if day > months.monthrange(_LEAP_YEAR, month)[1]]
        if lacking:
            said.append(f"{_joined(lacking)} {'has' if len(lacking) == 1 else 'have'} no day {day}")
        elif day > months.monthrange(_LEAP_YEAR + 1, 2)[1] and 2 in parsed.months:
            said.append(f"February has a day {day} in leap years only")
    if not said:
        return None
    hint = ""
    if len(parsed.month_days) == 1:
        minutes, hours, _, *others = cron.split()
        hint = f"; the last day of each month is L: {' '.join([minutes, hours, 'L', *others])!r}"
    return f"is {cron!r}: {'; '.join(said)}{hint}"


def _joined(numbers: list[int]) -> str:
    *names, last = [months.month_name[number] for number in numbers]
    return f"{', '.join(names)} and {last}" if names else last


def _pace(schedule: Schedule, now: datetime) -> Iterator[Advice]:
    """Yield remarks if the firings are more or fewer than the intervals."""
    rule = schedule_rule(schedule)
    cadence = rule.calendar.cadence
    span = _COMPARED.get(cadence.unit, _COMPARED_DAYS)
    fired = list(islice(firings(schedule, now, now + span), _MOST_COMPARED))
    counted = Counter(firing.interval for firing in fired)
    if len(fired) < 2:
        return
    most = max(counted.values())
    if most > 1:
        better = _fitting(schedule, [firing.instant for firing in fired])
        hint = f"; did you mean interval: {better}?" if better else ""
        message = f"is {schedule.cron!r}, which starts {most} runs about the same interval ({cadence}){hint}"
        yield Advice("warning", message)
    ordered = sorted(counted, key=lambda interval: interval.start)
    total = sum(1 for _ in rule.calendar.between(ordered[0].start, ordered[-1].end))
    processed = sum(1 for start in processed_intervals(fired, rule) if start >= ordered[0].start)
    if total > processed:
        message = (
            f"is {schedule.cron!r}, which leaves out {total - processed} of the {total} intervals ({cadence}) from "
            f"{ordered[0].start_text} to {ordered[-1].end_text}"
        )
        restricted = schedule.interval is None or not Cron.parse(schedule.cron or "").every_day
        yield Advice("note" if restricted else "warning", message)


def _fitting(schedule: Schedule, fired: list[datetime]) -> str | None:
    """Return the interval that the firings are made for: each is about another one, and none is left out."""
    clock = schedule_rule(schedule).calendar.clock
    for name in get_args(IntervalName):
        calendar = Calendar(Cadence.parse(name), clock)
        found: set[Interval] = {calendar.containing(instant) for instant in fired}
        first, last = calendar.containing(fired[0]), calendar.containing(fired[-1])
        if len(found) == len(fired) == sum(1 for _ in calendar.between(first.start, last.end)):
            return str(name)
    return None


def _moved_minutes(schedule: Schedule) -> str | None:
    """Return a note if the intervals begin at other minutes than UTC's: Kathmandu's hours begin 15 minutes after UTC's."""
    cadence = schedule_rule(schedule).calendar.cadence
    step = timedelta(minutes=cadence.count)
    deployed = deployed_cron(schedule)
    if deployed.timezone == schedule.timezone or all(
        fraction % step == timedelta(0) for fraction in hour_fractions(schedule.timezone)
    ):
        return None
    minutes = sorted({(-fraction % step) // _MINUTE for fraction in hour_fractions(schedule.timezone)})
    return (
        f"is {schedule.cron!r}, in minutes of {schedule.timezone}, whose intervals begin {' or '.join(map(str, minutes))} minutes after UTC's: "
        f"it is deployed as {deployed.expression!r} in {deployed.timezone}"
    )


def _listed(walls: list[datetime]) -> str:
    """List times by day; several consecutive times of a day are shown by the first and the last."""
    by_day: dict[date, list[datetime]] = {}
    for wall in walls:
        by_day.setdefault(wall.date(), []).append(wall)
    shown = [
        f"{first:%Y-%m-%d %H:%M}" + (f" to {last:%H:%M} ({number} times)" if number > 1 else "")
        for first, last, number in ((each[0], each[-1], len(each)) for each in by_day.values())
    ]
    return ", ".join(shown[:_LISTED]) + (f" and on {len(shown) - _LISTED} more days" if len(shown) > _LISTED else "")
