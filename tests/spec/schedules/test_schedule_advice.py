"""Tests of what `validate` says about a valid schedule: its next firings, warnings and notes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from partitioned_pipelines.lake.schedule.interval_rule import schedule_rule
from partitioned_pipelines.spec.checks.schedules.schedule_advice import advise, next_firings, replaced_partitions
from partitioned_pipelines.spec.derived.projection import hidden_by_now
from partitioned_pipelines.spec.model.pipeline import Schedule
from tests.spec.project_folder import VALID

if TYPE_CHECKING:
    from tests.spec.project_folder import ProjectFolder

NOW = datetime(2026, 11, 1, 3, 30, tzinfo=UTC)


def schedule(cron: str, timezone: str = "Asia/Tokyo", interval: Any = None, offset: int = -1) -> Schedule:
    return Schedule(cron=cron, timezone=timezone, interval=interval, offset=offset if interval else None)


def said(given: Schedule, severity: str) -> list[str]:
    return [advice.message for advice in advise(given, NOW) if advice.severity == severity]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            schedule("0 6 * * ? *", interval="day"),
            ["2026-11-02T06:00:00+09:00 processes 2026-11-01", "2026-11-03T06:00:00+09:00 processes 2026-11-02"],
        ),
        (
            schedule("0 6 ? * MON *", interval="week"),
            ["2026-11-02T06:00:00+09:00 processes 2026-10-26 to 2026-11-02"],
        ),
        (
            schedule("0 6 * * ? *"),
            ["2026-11-02T06:00:00+09:00 processes 2026-11-02, which ends 18:00 h later"],
        ),
        # The hour that comes twice.
        (
            schedule("5 * * * ? *", "America/New_York", "hour"),
            [
                "2026-11-01T00:05:00-04:00 processes 2026-10-31T23:00:00-04:00 to 2026-11-01T00:00:00-04:00",
                "2026-11-01T01:05:00-04:00 processes 2026-11-01T00:00:00-04:00 to 2026-11-01T01:00:00-04:00",
                "2026-11-01T01:05:00-05:00 processes 2026-11-01T01:00:00-04:00 to 2026-11-01T01:00:00-05:00",
            ],
        ),
        (schedule("0 6 1 1 ? 2099", interval="day"), ["2099-01-01T06:00:00+09:00 processes 2098-12-31"]),
        (
            schedule("0 6 * * ? *", interval="day").model_copy(update={"lookback": 3}),
            ["2026-11-02T06:00:00+09:00 processes 2026-10-29 to 2026-11-02 (2026-11-01 and 3 before it)"],
        ),
    ],
)
def test_the_next_firings(given: Schedule, expected: list[str]) -> None:
    assert next_firings(given, NOW)[: len(expected)] == expected


def test_without_a_cron_there_is_nothing_to_say() -> None:
    unclocked = Schedule(interval="day", timezone="Asia/Tokyo")
    assert (next_firings(unclocked, NOW), list(advise(unclocked, NOW))) == ([], [])


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (schedule("0 * * * ? *"), "starts 24 runs about the same interval (day); did you mean interval: hour?"),
        (schedule("0/20 * * * ? *", interval="hour"), "starts 3 runs about the same interval (hour)"),
        (schedule("0 6 ? * MON *", interval="month"), "did you mean interval: week?"),
        (schedule("0 6 * * ? *", interval="hour"), "leaves out 621 of the 649 intervals (hour)"),
        (schedule("0 6 31 * ? *", interval="month"), "February, April, June, September and November have no day 31"),
        (schedule("0 6 31 * ? *", interval="month"), "the last day of each month is L: '0 6 L * ? *'"),
        (schedule("0 6 30 * ? *", interval="month"), "February has no day 30"),
        (schedule("0 6 29 * ? *", interval="month"), "February has a day 29 in leap years only"),
        (schedule("0 6 29,30 1,2 ? *", interval="month"), "in leap years only; February has no day 30"),
        (schedule("30 2 * * ? *", "America/New_York", "day"), "AWS does not fire at 2027-03-14 02:30"),
    ],
)
def test_warnings(given: Schedule, says: str) -> None:
    assert any(says in message for message in said(given, "warning")), said(given, "warning")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (schedule("0 6 ? * MON-FRI *", interval="day"), "leaves out 6 of the 26 intervals (day)"),
        (
            schedule("5 * * * ? *", "Asia/Kathmandu", "hour"),
            "begin 15 minutes after UTC's: it is deployed as '20 * * * ? *'",
        ),
    ],
)
def test_notes(given: Schedule, says: str) -> None:
    assert said(given, "warning") == []
    assert any(says in message for message in said(given, "note")), said(given, "note")


@pytest.mark.parametrize(
    "given",
    [
        schedule("0 6 * * ? *"),
        schedule("0 6 * * ? *", interval="day"),
        schedule("5 * * * ? *", "America/New_York", "hour"),
        schedule("5/15 * * * ? *", "Asia/Kathmandu", "15 minutes"),
        schedule("10 0/6 * * ? *", interval="6 hours"),
        schedule("0 6 ? * MON *", interval="week"),
        schedule("0 6 1 * ? *", interval="month"),
        schedule("0 6 L * ? *", interval="month", offset=0),
        schedule("0 6 31 1,3 ? *", interval="month", offset=0),
    ],
)
def test_most_schedules_have_no_warning(given: Schedule) -> None:
    assert said(given, "warning") == []


def test_a_usual_schedule_has_no_note() -> None:
    assert list(advise(schedule("0 6 * * ? *", interval="day"), NOW)) == []


@pytest.mark.parametrize(
    ("interval", "keys", "replaced"),
    [
        ("hour", "[{name: dt, type: date}]", True),
        ("hour", '[{name: dt, type: date}, {name: hour, type: int, date_format: "%H"}]', False),
        ("15 minutes", '[{name: dt, type: date}, {name: hour, type: int, date_format: "%H"}]', True),
        ("15 minutes", '[{name: at, date_format: "%Y-%m-%dT%H%M"}]', False),
        ("6 hours", "[{name: dt, type: date}]", True),
        ("day", "[{name: dt, type: date}]", False),
        ("day", '[{name: month, date_format: "%Y-%m"}]', True),
        ("week", '[{name: week, date_format: "%G-W%V"}]', False),
        ("month", '[{name: month, date_format: "%Y-%m"}]', False),
        ("month", '[{name: week, date_format: "%G-W%V"}]', True),  # a week that two months share
        ("day", '[{name: year, date_format: "%Y"}, {name: dt, date_format: "%Y-%m-%d"}]', False),
        ("hour", "[{name: region}]", False),
    ],
)
def test_keys_coarser_than_the_interval(project: ProjectFolder, interval: str, keys: str, *, replaced: bool) -> None:
    begin = VALID.index("  partition_keys:")
    text = f"{VALID[:begin]}  partition_keys: {keys}\n".replace("{process_date}", "all")
    text = text.replace("date_offset_days: -1", f"interval: {interval}, offset: -1")
    pipeline = project.load(text)
    assert pipeline.schedule is not None
    found = replaced_partitions(pipeline.tables[0], pipeline.schedule)
    assert (found is not None) is replaced
    without = pipeline.schedule.model_copy(update={"interval": None})
    assert replaced_partitions(pipeline.tables[0], without) is None, "as always"


def test_what_a_lookback_covers_is_not_left_out() -> None:
    mondays = schedule("0 6 ? * MON *", interval="day")
    assert any("leaves out" in message for message in said(mondays, "note"))
    assert said(mondays.model_copy(update={"lookback": 5}), "note") == [
        "is '0 6 ? * MON *', which leaves out 3 of the 22 intervals (day) from 2026-11-01 to 2026-11-23"
    ]
    assert said(mondays.model_copy(update={"lookback": 6}), "note") == []


@pytest.mark.parametrize(
    ("settings", "hidden"),
    [
        ("interval: hour, offset: -1", True),
        ("interval: day, offset: 0", True),
        ("interval: day, offset: -1", False),  # a day has ended in Tokyo when it is written, and has begun in UTC
        ("date_offset_days: -1", False),
    ],
)
def test_what_now_hides_depends_on_when_a_key_is_written(
    project: ProjectFolder, settings: str, *, hidden: bool
) -> None:
    begin = VALID.index("  partition_keys:")
    keys = "[{name: dt, type: date, projection: {range: [2026-01-01, NOW]}}]"
    text = f"{VALID[:begin]}  registration: projection\n  partition_keys: {keys}\n"
    text = (
        text.replace("layout: versioned", "layout: in_place")
        .replace("{process_date}", "all")
        .replace("date_offset_days: -1", settings)
    )
    pipeline = project.load(text)
    found = list(hidden_by_now(pipeline.tables[0], "Asia/Tokyo", schedule_rule(pipeline.schedule)))
    assert bool(found) is hidden
