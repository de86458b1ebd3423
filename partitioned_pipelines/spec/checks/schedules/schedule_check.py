"""The rules for a schedule: its fields, its cron expression and its timezone."""

from __future__ import annotations

import difflib
import zoneinfo
from functools import cache
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.schedule.cron import cron_problem
from partitioned_pipelines.lake.schedule.deployed_cron import ShiftingMinutesError, deployed_cron
from partitioned_pipelines.lake.schedule.firings import ScheduleTimes
from partitioned_pipelines.spec.checks.schedules.start_check import start_problems, waits_problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from partitioned_pipelines.spec.files.yaml_source import Findings
    from partitioned_pipelines.spec.model.pipeline import Schedule


def check_schedule(schedule: Schedule, findings: Findings) -> None:
    """Check a schedule."""
    for field, problem in _field_problems(schedule):
        findings.add(("schedule", field) if field else ("schedule",), problem)
    timezone = _timezone_problem(schedule.timezone)
    findings.add(("schedule", "timezone"), timezone)
    if schedule.when is not None and timezone is None:
        findings.add(("schedule", "interval"), waits_problem(schedule))
    if schedule.cron is None or schedule.when is not None:
        return
    cron = cron_problem(schedule.cron)
    if cron is None and timezone is None:
        cron = _minutes_problem(schedule) or never_fires(schedule)
    findings.add(("schedule", "cron"), cron)


def _field_problems(schedule: Schedule) -> Iterator[tuple[str, str]]:
    """Yield the fields that are missing or contradict each other, with the error."""
    if schedule.when is not None:
        yield from start_problems(schedule)
        return
    for name in ("wait", "then", "prefix", "of"):
        if getattr(schedule, name) is not None:
            yield name, "is for a schedule with `when:`: remove it, or write when: inputs in place of a cron"
    if schedule.cron is None and schedule.lookback is not None:
        yield "lookback", "is for scheduled runs, and there is no `cron:`: remove it, or add a cron"
    days = "date_offset_days" in schedule.model_fields_set
    if schedule.cron is None and schedule.interval is None:
        yield (
            "",
            "needs `cron:`, `when:`, or `interval:` for a pipeline that is only run manually, such as {interval: day, timezone: Asia/Tokyo}",
        )
    if schedule.interval is None:
        if schedule.offset is not None:
            yield (
                "offset",
                f"is for a schedule with `interval:`: write date_offset_days: {schedule.offset}, or add interval: day",
            )
        return
    if days:
        message = f"is for a schedule without `interval:`: write offset: {schedule.date_offset_days} instead, counted in intervals"
        yield "date_offset_days", message
    elif schedule.cron is not None and schedule.offset is None:
        message = (
            f"is {schedule.interval!r}, and `offset:` is missing: offset: -1 is the last interval that has ended when the cron fires, "
            "offset: 0 the one in which it fires"
        )
        yield "interval", message
    if schedule.cron is None and schedule.offset is not None:
        yield "offset", "is for scheduled runs, and there is no `cron:`: remove it, or add a cron"


def _minutes_problem(schedule: Schedule) -> str | None:
    try:
        deployed_cron(schedule)
    except ShiftingMinutesError as error:
        return f"is {schedule.cron!r}, and {error}"
    return None


def _timezone_problem(name: str) -> str | None:
    known = timezones()
    if name in known:
        return None
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.75)
    hint = f"did you mean {near[0]!r}?" if near else "use one such as 'Asia/Tokyo', 'America/New_York' or 'UTC'"
    return f"is {name!r}, which is not an IANA timezone: {hint}"


@cache
def timezones() -> set[str]:
    """Return the IANA timezone names; cached, because Python scans all files of the system's database on each call."""
    return zoneinfo.available_timezones()


def never_fires(schedule: Schedule) -> str | None:
    """Return an error if a valid expression matches no day, else None."""
    if ScheduleTimes.of(schedule).ever_fires():
        return None
    return f"is {schedule.cron!r}, which never fires: no day from 1970 to 2199 matches it; '0 6 L * ? *' is the last day of each month"


def has_ended(schedule: Schedule, today: date) -> str | None:
    """Return an error if a schedule has fired for the last time, else None."""
    if ScheduleTimes.of(schedule).fires_from(today):
        return None
    return f"is {schedule.cron!r}, which never fires again: all of its times are before {today}; remove schedule: or change the year"
