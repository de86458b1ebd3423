"""Tests of the rules for schedules: fields, the deployed cron expression, and placeholders and keys that depend on the interval."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from partitioned_pipelines.lake.schedule.deployed_cron import DeployedCron, ShiftingMinutesError, deployed_cron
from partitioned_pipelines.lake.schedule.expected import expected_intervals, first_due, newest_due
from partitioned_pipelines.lake.schedule.firings import firings
from partitioned_pipelines.lake.schedule.interval_rule import schedule_rule
from partitioned_pipelines.spec import load_project, plan_run_spec
from partitioned_pipelines.spec.model.pipeline import Schedule
from tests.spec.project_folder import VALID

if TYPE_CHECKING:
    from tests.spec.project_folder import ProjectFolder

GIVEN = '{cron: "0 6 * * ? *", timezone: Asia/Tokyo, date_offset_days: -1}'
INPUT = "s3://{lake}/raw/features/{process_date}/"
KEY = 'date_format: "%Y-%m-%d"'
ORACLE = json.loads((Path(__file__).parents[2] / "lake/intervals/intervals.json").read_text())


def scheduled(schedule: str, *others: tuple[str, str]) -> str:
    text = VALID.replace(GIVEN, schedule)
    assert text != VALID
    for old, new in others:
        assert old in text, old
        text = text.replace(old, new)
    return text


@pytest.mark.parametrize(
    ("schedule", "field", "says"),
    [
        ("{timezone: Asia/Tokyo}", "schedule", "needs `cron:`, `when:`, or `interval:`"),
        ('{cron: "0 6 * * ? *", interval: day}', "schedule.interval", "`offset:` is missing: offset: -1 is the last"),
        ('{cron: "0 6 * * ? *", offset: -1}', "schedule.offset", "write date_offset_days: -1, or add interval: day"),
        (
            '{cron: "0 6 * * ? *", interval: day, date_offset_days: -2}',
            "schedule.date_offset_days",
            "write offset: -2 instead",
        ),
        ("{interval: day, offset: -1}", "schedule.offset", "there is no `cron:`"),
        ("{interval: day, lookback: 3}", "schedule.lookback", "there is no `cron:`"),
        ('{cron: "0 6 * * ? *", lookback: 0}', "schedule.lookback", "greater than or equal to 1"),
        ('{cron: "0 6 * * ? *", interval: 90 minutes, offset: -1}', "schedule.interval", "'15 minutes'"),
        ('{cron: "0 6 * * ? *", interval: day, offset: 3661}', "schedule.offset", "less than or equal to 3660"),
        (
            '{cron: "5 * * * ? *", timezone: Australia/Lord_Howe, interval: hour, offset: -1}',
            "schedule.cron",
            "use interval: 30 minutes",
        ),
    ],
)
def test_what_is_refused(project: ProjectFolder, schedule: str, field: str, says: str) -> None:
    problem = project.only_problem_of(scheduled(schedule, (INPUT, "s3://{lake}/raw/features/")))
    assert (problem.field, says in problem.message) == (field, True), problem.message


@pytest.mark.parametrize(
    ("schedule", "spec"),
    [
        (GIVEN.replace("-1", "-2"), {"timezone": "Asia/Tokyo", "date_offset_days": -2}),
        (
            '{cron: "5 * * * ? *", timezone: Asia/Tokyo, interval: hour, offset: -1}',
            {"timezone": "Asia/Tokyo", "interval": "hour", "offset": -1},
        ),
        ("{interval: day, timezone: Asia/Tokyo}", {"timezone": "Asia/Tokyo", "interval": "day", "offset": 0}),
        (
            '{cron: "5 * * * ? *", interval: hour, offset: -1, lookback: 3}',
            {"timezone": "UTC", "interval": "hour", "offset": -1, "lookback": 3},
        ),
        ('{cron: "0 6 * * ? *", lookback: 3}', {"timezone": "UTC", "date_offset_days": 0, "lookback": 3}),
    ],
)
def test_what_plan_run_is_told(project: ProjectFolder, schedule: str, spec: dict[str, Any]) -> None:
    project.write(scheduled(schedule, (INPUT, "s3://{lake}/raw/features/")))
    (pipeline,) = load_project(project.root).pipelines
    of_other_settings = ("pipeline", "steps", "run_inputs")
    assert {name: value for name, value in plan_run_spec(pipeline).items() if name not in of_other_settings} == spec


@pytest.mark.parametrize(
    ("cron", "timezone", "interval", "deployed"),
    [
        ("5 * * * ? *", "America/New_York", "hour", ("5 * * * ? *", "UTC")),
        ("5 * ? * * *", "America/New_York", "hour", ("5 * ? * * *", "UTC")),
        ("5 0/1 * * ? *", "America/New_York", "hour", ("5 0/1 * * ? *", "UTC")),
        ("5 0-23 * * ? *", "Asia/Kathmandu", "hour", ("20 0-23 * * ? *", "UTC")),
        ("5 0-22 * * ? *", "America/New_York", "hour", ("5 0-22 * * ? *", "America/New_York")),
        ("5 * * * ? *", "Asia/Kathmandu", "hour", ("20 * * * ? *", "UTC")),
        ("5/15 * * * ? *", "Asia/Kathmandu", "15 minutes", ("5,20,35,50 * * * ? *", "UTC")),
        ("5,35 * * * ? *", "Australia/Lord_Howe", "30 minutes", ("5,35 * * * ? *", "UTC")),
        ("5 8-18 * * ? *", "America/New_York", "hour", ("5 8-18 * * ? *", "America/New_York")),
        ("5 * ? * MON-FRI *", "America/New_York", "hour", ("5 * ? * MON-FRI *", "America/New_York")),
        ("10 0/6 * * ? *", "America/New_York", "6 hours", ("10 0/6 * * ? *", "America/New_York")),
        ("5 * * * ? *", "UTC", "hour", ("5 * * * ? *", "UTC")),
        ("5 * * * ? *", "America/New_York", None, ("5 * * * ? *", "America/New_York")),
    ],
)
def test_fine_intervals_fire_in_utc(cron: str, timezone: str, interval: Any, deployed: tuple[str, str]) -> None:
    schedule = Schedule(cron=cron, timezone=timezone, interval=interval, offset=-1 if interval else None)
    assert deployed_cron(schedule) == DeployedCron(*deployed)


def test_minutes_that_move_against_utc_are_refused() -> None:
    schedule = Schedule(cron="5 * * * ? *", timezone="Australia/Lord_Howe", interval="30 minutes", offset=-1)
    with pytest.raises(ShiftingMinutesError, match="minutes such as 5/30"):
        deployed_cron(schedule)


def test_firings_are_in_order_where_clocks_go_forward() -> None:
    """The skipped times, which AWS does not fire, are counted from before the change: they equal the times after it."""
    half_hours = Schedule(cron="0/30 * * * ? *", timezone="America/New_York", interval="2 hours", offset=-1)
    begin = datetime(2027, 3, 14, 6, tzinfo=UTC)
    found = list(firings(half_hours, begin, begin + timedelta(hours=2)))
    instants = [one.instant for one in found]
    assert instants == sorted(instants)
    assert [one.instant.strftime("%H:%M") for one in found if not one.skipped] == ["06:00", "06:30", "07:00", "07:30"]
    assert sum(one.skipped for one in found) == 2


@pytest.mark.parametrize("case", ORACLE["firings"], ids=lambda case: str(case["id"]))
def test_the_firings_of_some_days_and_their_intervals(case: dict[str, Any]) -> None:
    schedule = Schedule(cron=case["cron"], timezone=case["timezone"], interval=case["interval"], offset=case["offset"])
    clock = schedule_rule(schedule).calendar.clock
    first = clock.day_start(datetime.fromisoformat(case["first_day"]).date())
    assert first is not None
    after = clock.boundary(datetime.fromisoformat(case["first_day"]) + timedelta(days=case["days"]))
    found = list(firings(schedule, first, after))
    deployed_here = deployed_cron(schedule).timezone == case["timezone"]
    # In UTC, an hourly cron fires in each of the 25 hours, which a local one does not.
    extra = 0 if deployed_here or case["fires"] != 24 or case["days"] != 1 else 1
    assert len([one for one in found if not one.skipped]) == case["fires"] + extra
    distinct = {one.interval for one in found if not one.skipped}
    assert len(distinct) == case["distinct_intervals"] + extra
    if deployed_here:
        skipped = [one.instant.astimezone(clock.zone).replace(tzinfo=None) for one in found if one.skipped]
        assert len(skipped) == len(case["skipped"])
    local = [clock.local(one.interval.start).isoformat(timespec="minutes") for one in found if not one.skipped]
    assert (local[0], local[-1]) == (case["first"], case["last"])


HOURLY = '{cron: "5 * * * ? *", timezone: America/New_York, interval: hour, offset: -1}'
IN_UTC = HOURLY.replace("America/New_York", "UTC")


@pytest.mark.parametrize("schedule", [GIVEN.replace("-1", "-2"), '{cron: "0 6 * * ? *", interval: day, offset: -1}'])
@pytest.mark.parametrize("uri", ["{process_start:%H}", "{process_end:%Y%z}"])
def test_times_of_day_are_for_finer_intervals(project: ProjectFolder, schedule: str, uri: str) -> None:
    problem = project.only_problem_of(scheduled(schedule, (INPUT, f"s3://{{lake}}/raw/{uri}/")))
    assert "which is for intervals finer than a day" in problem.message


@pytest.mark.parametrize("name", ["process_start", "process_end", "process_start_utc"])
def test_hourly_inputs(project: ProjectFolder, name: str) -> None:
    uri = f"s3://{{lake}}/raw/{{{name}:%Y/%m/%d/%H}}/"
    project.write(scheduled(HOURLY, (INPUT, uri)))
    assert load_project(project.root).pipelines[0].steps[0].uri_inputs == {"raw": uri}


def test_a_week_has_no_process_date(project: ProjectFolder) -> None:
    problem = project.only_problem_of(scheduled('{cron: "0 6 ? * MON *", interval: week, offset: -1}'))
    assert "a week is more than one day" in problem.message


HOUR_KEY = 'date_format: "%Y-%m-%d-%H"'


def test_a_key_that_cannot_tell_a_repeated_hour_is_refused_with_three_ways_out(project: ProjectFolder) -> None:
    problem = project.only_problem_of(scheduled(HOURLY, (KEY, HOUR_KEY)))
    assert problem.field == "table.partition_keys"
    assert all(way in problem.message for way in ("timezone: UTC", "key_timezone: UTC", "'%H%z'"))
    for ways in (
        scheduled(IN_UTC, (KEY, HOUR_KEY)),
        scheduled(HOURLY, (KEY, HOUR_KEY), ("  layout: versioned", "  layout: versioned\n  key_timezone: UTC")),
        scheduled(HOURLY, (KEY, 'date_format: "%Y-%m-%d-%H%z"')),
        scheduled(HOURLY.replace("America/New_York", "Asia/Tokyo"), (KEY, HOUR_KEY)),  # since 1970, no hour came twice
        scheduled(HOURLY.replace("hour", "6 hours").replace("5 *", "5 0/6"), (KEY, HOUR_KEY)),
        scheduled(GIVEN.replace("Asia/Tokyo", "America/New_York"), (KEY, HOUR_KEY)),  # a day's run writes both hours
    ):
        project.write(ways)
        load_project(project.root)


def test_a_key_timezone_is_for_keys_with_a_time(project: ProjectFolder) -> None:
    text = scheduled(GIVEN.replace("-1", "-2"), (f", {KEY}", ""), ("  layout:", "  key_timezone: UTC\n  layout:"))
    assert project.only_problem_of(text).field == "table.key_timezone"


def test_the_timezone_of_a_table_that_is_read(project: ProjectFolder) -> None:
    reader = scheduled(
        HOURLY,
        ("name: features", "name: reader"),
        ("name: table1", "name: table2"),
        (f'raw: "{INPUT}"', "raw: {table: analytics.table1, partitions: interval}"),
    ).replace("missing_input: skip", "missing_input: fail")
    (project.root / "pipelines" / "reader.yaml").write_text(reader, encoding="utf-8")
    for schedule, zone in ((GIVEN.replace("-1", "-2"), "Asia/Tokyo"), (HOURLY, None)):
        project.write(scheduled(schedule))
        pipeline = next(one for one in load_project(project.root).pipelines if one.name == "reader")
        (step, *_) = plan_run_spec(pipeline)["steps"]
        assert step["table_inputs"][0].get("timezone") == zone


def test_days_are_compared_as_dates_whatever_the_timezones(project: ProjectFolder) -> None:
    reader = scheduled(
        '{cron: "0 6 * * ? *"}',
        ("name: features", "name: reader"),
        ("name: table1", "name: table2"),
        (f'raw: "{INPUT}"', "raw: {table: analytics.table1, partitions: interval}"),
    )
    project.write(VALID)
    (project.root / "pipelines" / "reader.yaml").write_text(reader, encoding="utf-8")
    pipeline = next(one for one in load_project(project.root).pipelines if one.name == "reader")
    assert "timezone" not in plan_run_spec(pipeline)["steps"][0]["table_inputs"][0]


def test_a_pipeline_without_a_clock_has_no_firings(project: ProjectFolder) -> None:
    project.write(
        scheduled("{interval: month, timezone: Asia/Tokyo}", (INPUT, "s3://{lake}/raw/{process_start:%Y-%m}/"))
    )
    (pipeline,) = load_project(project.root).pipelines
    march = schedule_rule(pipeline.schedule).interval_of({"from": "2026-03-01", "to": "2026-04-01"})
    assert march.start == datetime(2026, 2, 28, 15, tzinfo=UTC)


LOOKING_BACK = '{cron: "0 6 * * ? *", timezone: Asia/Tokyo, interval: day, offset: -1, lookback: 3}'
ALL = (INPUT, "s3://{lake}/raw/features/")


@pytest.mark.parametrize(
    ("others", "field", "says"),
    [
        ([], "steps[0].inputs.raw", "a scheduled run is about 4 intervals; use {process_start:FORMAT}"),
        (
            [(INPUT, "s3://{lake}/raw/{process_start:%Y}/")],
            "steps[0].inputs.raw",
            "a scheduled run is about 4 intervals, and {process_start} names one folder; use a folder of all of them",
        ),
        ([ALL, ('"--since"', '"{process_date}"')], "steps[1].arguments[0]", "is about 4 intervals"),
        (
            [ALL, ("layout: versioned", "layout: in_place")],
            "schedule.lookback",
            "is 3, and analytics.table1 is in_place: each run would overwrite published partitions",
        ),
    ],
)
def test_what_a_lookback_does_not_go_with(
    project: ProjectFolder, others: list[tuple[str, str]], field: str, says: str
) -> None:
    problem = project.only_problem_of(scheduled(LOOKING_BACK, *others))
    assert (problem.field, says in problem.message) == (field, True), problem.message


def test_all_intervals_on_which_a_run_looks_back_are_expected() -> None:
    """A run on Mondays about the week before: six days and the one that has just ended."""
    weekly = Schedule(cron="0 6 ? * MON *", timezone="America/New_York", interval="day", offset=-1, lookback=6)
    start, end = datetime(2026, 10, 26, 4, tzinfo=UTC), datetime(2026, 11, 9, 5, tzinfo=UTC)
    days = list(schedule_rule(weekly).calendar.between(start, end))
    assert len(days) == 14
    assert expected_intervals(weekly, start, end) == days
    alone = weekly.model_copy(update={"lookback": None})
    assert expected_intervals(alone, start, end) == [days[6], days[13]]
    # What is due is the newest day of the last firing, and of the first that of its own.
    assert newest_due(weekly, datetime(2026, 11, 4, tzinfo=UTC)) == days[6]
    assert first_due(weekly, datetime(2026, 10, 28, tzinfo=UTC)) == days[6]
