"""The check for missed days: the days of a schedule, compared with a table's receipts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from partitioned_pipelines.cli.remedies import paste
from partitioned_pipelines.lake.interval import format_instant, interval_of
from partitioned_pipelines.operations.doctor import Finding, Kind
from partitioned_pipelines.spec.checks.schedule_times import ScheduleTimes, WallTime

if TYPE_CHECKING:
    from collections.abc import Iterable

    from partitioned_pipelines.cli.runs.published_table import PublishedTable
    from partitioned_pipelines.operations.history.receipts import Receipt
    from partitioned_pipelines.spec.model.pipeline import Schedule

_LOOKED_BACK = timedelta(days=90)  # as long as Step Functions keeps executions
_GRACE = timedelta(days=1)  # for a late start, a run and its retries
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class ScheduledDays:
    """The days that a schedule should have produced, and those that no run has published.

    Attributes
    ----------
    since
        The first day of the comparison.
    expected
        The number of scheduled days.
    missing
        The days without a receipt, from either a scheduled or a manual run.
    """

    since: date
    expected: int
    missing: tuple[date, ...]


def count_scheduled_days(schedule: Schedule, receipts: Iterable[Receipt], now: datetime) -> ScheduledDays | None:
    """Return the scheduled days since the first receipt, at most 90 days back; None if no run has published yet."""
    of_runs = [receipt for receipt in receipts if receipt.kind == "run"]
    if not of_runs:
        return None
    begin = max(min(receipt.started_at for receipt in of_runs), now - _LOOKED_BACK)
    times = ScheduleTimes.of(schedule)
    days = set()
    for wall in times.nominal(
        begin.astimezone(times.zone).date(), now.astimezone(times.zone).date() + timedelta(days=1)
    ):
        moment = wall.replace(tzinfo=times.zone)
        if WallTime.of(wall, times.zone) is WallTime.SKIPPED or not begin <= moment <= now - _GRACE:
            continue
        planned = {"scheduled_time": format_instant(moment)}
        days.add(interval_of(planned, schedule.timezone, schedule.date_offset_days).start)
    published = [(date.fromisoformat(one.process_start), date.fromisoformat(one.process_end)) for one in of_runs]
    missing = tuple(sorted(day for day in days if not any(start <= day < end for start, end in published)))
    return ScheduledDays(min(days), len(days), missing) if days else None


def find_missed_days(published: PublishedTable) -> list[Finding]:
    """Return a note that compares the scheduled days with the published ones; days may be missing on purpose, or have had no input.

    Returns nothing on a local cloud, whose schedules fire only on request.
    """
    schedule = published.pipeline.schedule
    if schedule is None or published.cloud.is_local:
        return []
    history = published.reader.read_receipts_alone()
    receipts = [run.receipt for run in history.runs.values() if run.receipt]
    counted = count_scheduled_days(schedule, receipts, datetime.now(UTC))
    if counted is None:
        return []
    name = published.pipeline.name
    made = counted.expected - len(counted.missing)
    problem = (
        f"the schedule should have made {counted.expected:,} days since {counted.since}, and runs published {made:,}"
    )
    remedy = "nothing is to be done"
    if counted.missing:
        first = ", ".join(map(str, counted.missing[:_SHOWN]))
        more = f" and {len(counted.missing) - _SHOWN:,} more" if len(counted.missing) > _SHOWN else ""
        run = paste(published.settings, "run", name, "--date", str(counted.missing[0]))
        remedy = f"see what failed: {paste(published.settings, 'runs', name, '--failed')}; run a day: {run}"
        problem = f"{problem}; missing: {first}{more}; {remedy}"
    return [Finding(Kind.MISSED_DAYS, "schedule", problem, remedy, is_note=True)]
