"""Tests of missed intervals: a schedule's intervals, with clock changes, compared with receipts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from partitioned_pipelines.cli.runs.missed_intervals import ScheduledIntervals, count_scheduled_intervals
from partitioned_pipelines.spec.model.pipeline import Schedule

if TYPE_CHECKING:
    from partitioned_pipelines.operations.history.receipts import Receipt

NOW = datetime(2026, 11, 10, 12, tzinfo=UTC)


def receipt(start: date, days: int = 1, kind: str = "run") -> Receipt:
    end = start + timedelta(days=days)
    began = datetime(start.year, start.month, start.day, 23, tzinfo=UTC)
    return cast(
        "Receipt",
        SimpleNamespace(kind=kind, started_at=began, process_start=start.isoformat(), process_end=end.isoformat()),
    )


def hourly_receipt(start: str, end: str) -> Receipt:
    began = datetime.fromisoformat("2026-11-01T05:04:00Z")
    return cast("Receipt", SimpleNamespace(kind="run", started_at=began, process_start=start, process_end=end))


def shown(counted: ScheduledIntervals | None) -> tuple[str, int, list[str]]:
    assert counted is not None
    return counted.since, counted.expected, [str(interval) for interval in counted.missing]


def test_days_without_a_receipt_are_missing() -> None:
    daily = Schedule(cron="0 6 * * ? *", timezone="Asia/Tokyo", date_offset_days=-1)
    receipts = [receipt(date(2026, 11, 1)), receipt(date(2026, 11, 3), 3), receipt(date(2026, 11, 7), kind="rollback")]
    # Fired from the 3rd to the 9th in Tokyo, each for the day before; the last full day is the grace period.
    counted = count_scheduled_intervals(daily, receipts, NOW)
    assert shown(counted) == ("2026-11-02", 7, ["2026-11-02", "2026-11-06", "2026-11-07", "2026-11-08"])


def test_many_firings_of_a_day_are_one_day() -> None:
    hourly = Schedule(cron="0 * * * ? *")
    counted = count_scheduled_intervals(hourly, [receipt(date(2026, 11, 7))], NOW)
    assert shown(counted) == ("2026-11-07", 3, ["2026-11-08", "2026-11-09"])


def test_hours_without_a_receipt_are_missing_one_by_one() -> None:
    hourly = Schedule(cron="5 * * * ? *", timezone="America/New_York", interval="hour", offset=-1)
    ran = [
        hourly_receipt("2026-11-01T00:00:00-04:00", "2026-11-01T01:00:00-04:00"),
        hourly_receipt("2026-11-01T01:00:00-05:00", "2026-11-01T03:00:00-05:00"),  # two hours in one run
    ]
    counted = count_scheduled_intervals(hourly, ran, datetime(2026, 11, 2, 8, 30, tzinfo=UTC))
    first = "2026-11-01T01:00:00-04:00 to 2026-11-01T01:00:00-05:00"
    assert shown(counted) == ("2026-11-01T00:00:00-04:00", 4, [first]), "the first 01:00, which a local cron would lose"


def test_a_time_that_clocks_skip_makes_nothing() -> None:
    skipped = Schedule(cron="30 2 * * ? *", timezone="America/New_York")
    now = datetime(2026, 3, 10, 12, tzinfo=UTC)
    counted = count_scheduled_intervals(skipped, [receipt(date(2026, 3, 5), 5)], now)
    assert counted is not None
    assert counted.expected == 3, "the 6th, 7th and 9th of March: on the 8th there is no 02:30"


def test_nothing_was_published_or_due() -> None:
    daily = Schedule(cron="0 6 * * ? *")
    assert count_scheduled_intervals(daily, [], NOW) is None
    assert count_scheduled_intervals(daily, [receipt(date(2026, 11, 10))], NOW) is None
