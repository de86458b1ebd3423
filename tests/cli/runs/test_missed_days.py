"""Tests of missed days: a schedule's days, with clock changes, compared with receipts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from partitioned_pipelines.cli.runs.missed_days import ScheduledDays, count_scheduled_days
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


def test_days_without_a_receipt_are_missing() -> None:
    daily = Schedule(cron="0 6 * * ? *", timezone="Asia/Tokyo", date_offset_days=-1)
    receipts = [receipt(date(2026, 11, 1)), receipt(date(2026, 11, 3), 3), receipt(date(2026, 11, 7), kind="rollback")]
    # Fired from the 3rd to the 9th in Tokyo, each for the day before; the last full day is the grace period.
    assert count_scheduled_days(daily, receipts, NOW) == ScheduledDays(
        date(2026, 11, 2), 7, (date(2026, 11, 2), date(2026, 11, 6), date(2026, 11, 7), date(2026, 11, 8))
    )


def test_many_firings_of_a_day_are_one_day() -> None:
    hourly = Schedule(cron="0 * * * ? *")
    counted = count_scheduled_days(hourly, [receipt(date(2026, 11, 7))], NOW)
    assert counted == ScheduledDays(date(2026, 11, 7), 3, (date(2026, 11, 8), date(2026, 11, 9)))


def test_a_time_that_clocks_skip_makes_nothing() -> None:
    skipped = Schedule(cron="30 2 * * ? *", timezone="America/New_York")
    now = datetime(2026, 3, 10, 12, tzinfo=UTC)
    counted = count_scheduled_days(skipped, [receipt(date(2026, 3, 5), 5)], now)
    assert counted is not None
    assert counted.expected == 3, "the 6th, 7th and 9th of March: on the 8th there is no 02:30"


def test_nothing_was_published_or_due() -> None:
    daily = Schedule(cron="0 6 * * ? *")
    assert count_scheduled_days(daily, [], NOW) is None
    assert count_scheduled_days(daily, [receipt(date(2026, 11, 10))], NOW) is None
