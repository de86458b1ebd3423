"""The check for missed intervals: the firings of a schedule, compared with a table's receipts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from partitioned_pipelines.cli.remedies import paste
from partitioned_pipelines.cli.runs.interval_options import options_of
from partitioned_pipelines.operations.doctor import Finding, Kind
from partitioned_pipelines.spec.schedule.firings import firings
from partitioned_pipelines.spec.schedule.interval_rule import schedule_rule

if TYPE_CHECKING:
    from collections.abc import Iterable

    from partitioned_pipelines.cli.runs.published_table import PublishedTable
    from partitioned_pipelines.lake.intervals.interval import Interval
    from partitioned_pipelines.operations.history.receipts import Receipt
    from partitioned_pipelines.spec.model.pipeline import Schedule

_LOOKED_BACK = timedelta(days=90)  # as long as Step Functions keeps executions
_GRACE = timedelta(days=1)  # for a late start, a run and its retries
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class ScheduledIntervals:
    """The intervals that a schedule should have produced, and those that no run has published.

    Attributes
    ----------
    since
        The start of the first one, as scripts see it.
    expected
        The number of scheduled intervals.
    missing
        The intervals without a receipt, from either a scheduled or a manual run.
    """

    since: str
    expected: int
    missing: tuple[Interval, ...]


def count_scheduled_intervals(
    schedule: Schedule, receipts: Iterable[Receipt], now: datetime
) -> ScheduledIntervals | None:
    """Return the scheduled intervals since the first receipt, at most 90 days back; None if no run has published yet."""
    of_runs = [receipt for receipt in receipts if receipt.kind == "run"]
    if not of_runs:
        return None
    begin = max(min(receipt.started_at for receipt in of_runs), now - _LOOKED_BACK)
    fired = (firing for firing in firings(schedule, begin, now - _GRACE) if not firing.skipped)
    expected = sorted({firing.interval for firing in fired}, key=lambda interval: interval.start)
    if not expected:
        return None
    rule = schedule_rule(schedule)
    published = [rule.recorded_span(one.process_start, one.process_end) for one in of_runs]
    missing = [one for one in expected if not any(start <= one.start and one.end <= end for start, end in published)]
    return ScheduledIntervals(expected[0].start_text, len(expected), tuple(missing))


def find_missed_intervals(published: PublishedTable) -> list[Finding]:
    """Return a note that compares the scheduled intervals with the published ones; some may be missing on purpose, or have had no input.

    Returns nothing on a local cloud, whose schedules fire only on request.
    """
    schedule = published.pipeline.schedule
    if schedule is None or schedule.cron is None or published.cloud.is_local:
        return []
    history = published.reader.read_receipts_alone()
    receipts = [run.receipt for run in history.runs.values() if run.receipt]
    counted = count_scheduled_intervals(schedule, receipts, datetime.now(UTC))
    if counted is None:
        return []
    name = published.pipeline.name
    made = counted.expected - len(counted.missing)
    what = f"{schedule_rule(schedule).calendar.cadence}"
    problem = f"the schedule should have made {counted.expected:,} intervals ({what}) since {counted.since}, and runs published {made:,}"
    remedy = "nothing is to be done"
    if counted.missing:
        first = ", ".join(map(str, counted.missing[:_SHOWN]))
        more = f" and {len(counted.missing) - _SHOWN:,} more" if len(counted.missing) > _SHOWN else ""
        run = paste(published.settings, "run", name, *options_of(counted.missing[0]))
        remedy = f"see what failed: {paste(published.settings, 'runs', name, '--failed')}; run one: {run}"
        problem = f"{problem}; missing: {first}{more}; {remedy}"
    return [Finding(Kind.MISSED_DAYS, "schedule", problem, remedy, is_note=True)]
