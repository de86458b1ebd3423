"""Tests of schedules that start runs when their inputs are there: the fields, the tables and objects, and what the functions are told."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from partitioned_pipelines.spec import load_project, plan_run_spec, start_spec, watched_pipeline
from partitioned_pipelines.spec.checks.schedules.start_advice import advise_start, next_starts
from partitioned_pipelines.spec.derived.awaited_tables import expected_by_pipeline
from partitioned_pipelines.spec.model.limits import LONGEST_AWAITED

if TYPE_CHECKING:
    from tests.spec.project_folder import ProjectFolder

_TABLE = """\
table:
  source: read
  database: analytics
  name: {name}
  columns: [{{name: a, type: string}}]
  partition_keys: [{{name: dt, date_format: "%Y-%m-%d"}}]
"""
WAITING = "{when: inputs, interval: day, timezone: Asia/Tokyo, wait: 6h}"
DAILY = '{cron: "0 6 * * ? *", timezone: Asia/Tokyo, interval: day, offset: -1}'
ARRIVAL = "{when: arrival, interval: day, timezone: Asia/Tokyo, wait: 6h, prefix: 'raw/a/{process_date:%Y/%m/%d}/', of: _SUCCESS}"
RAW = "'s3://{lake}/raw/a/{process_date:%Y/%m/%d}/'"


def pipeline(name: str, schedule: str, *inputs: str) -> str:
    """Return a file of a pipeline that writes analytics.NAME; the inputs stand in lines of their own, from line 7."""
    lines = "".join(f"      {letter}: {given}\n" for letter, given in zip("abcdefgh", inputs, strict=False))
    scheduled = f"schedule: {schedule}\n" if schedule else "# without a schedule\n"
    return (
        f"name: {name}\n{scheduled}image: {{sklearn: 1.4-2, local_requirements: scripts/requirements.txt}}\n"
        f"steps:\n  - {{name: read, script: scripts/extract.py,\n    inputs: {{\n"
        + "".join(f"      {line.strip()},\n" for line in lines.splitlines())
        + "    }}\n"
        + _TABLE.format(name=name)
    )


def write(project: ProjectFolder, **files: str) -> None:
    for old in (project.root / "pipelines").glob("*.yaml"):
        old.unlink()
    for name, text in files.items():
        project.write(text, f"pipelines/{name}.yaml")


def table(name: str, more: str = ", partitions: interval") -> str:
    return f"{{table: analytics.{name}{more}}}"


@pytest.mark.parametrize(
    ("schedule", "field", "says"),
    [
        ("{when: input, interval: day, wait: 6h}", "schedule.when", "use 'inputs' or 'arrival'"),
        ("{when: inputs, wait: 6h}", "schedule.when", "`interval:` is missing"),
        ("{when: inputs, interval: day}", "schedule.when", "`wait:` is missing: how long after its interval"),
        (
            "{when: inputs, interval: day, wait: 30m}",
            "schedule.wait",
            "is '30m', which is not a number of hours or days",
        ),
        ("{when: inputs, interval: day, wait: 15d}", "schedule.wait", "from 1h to 14d"),
        ("{when: inputs, interval: day, wait: 6h, then: wait}", "schedule.then", "use 'fail', 'run' or 'skip'"),
        ('{when: inputs, cron: "0 6 * * ? *", interval: day, wait: 6h}', "schedule.cron", "keep one of them"),
        ("{when: inputs, interval: day, wait: 6h, offset: -1}", "schedule.offset", "is for a schedule without `when:`"),
        ("{when: inputs, interval: day, wait: 6h, lookback: 2}", "schedule.lookback", "is for a schedule without"),
        (
            "{when: inputs, interval: day, wait: 6h, date_offset_days: -1}",
            "schedule.date_offset_days",
            "is about the interval that its inputs have published",
        ),
        ("{when: inputs, interval: day, wait: 6h, of: _SUCCESS}", "schedule.of", "is for when: arrival"),
        ("{interval: day, wait: 6h}", "schedule.wait", "is for a schedule with `when:`"),
        ('{cron: "0 6 * * ? *", then: skip}', "schedule.then", "is for a schedule with `when:`"),
        (
            "{when: inputs, interval: hour, timezone: Australia/Lord_Howe, wait: 6h}",
            "schedule.interval",
            "the clocks of Australia/Lord_Howe change by a part of an hour",
        ),
    ],
)
def test_fields_that_are_refused(project: ProjectFolder, schedule: str, field: str, says: str) -> None:
    write(project, a=pipeline("a", DAILY, RAW), b=pipeline("b", schedule, table("a")))
    (problem,) = project.problems()
    assert (problem.file, problem.line, problem.field) == ("pipelines/b.yaml", 2, field), problem
    assert says in problem.message, problem


@pytest.mark.parametrize(
    ("a", "given", "line", "field", "says"),
    [
        (
            pipeline("a", "", RAW),
            table("a"),
            7,
            "steps[0].inputs.a.table",
            "the pipeline a that writes it has no schedule",
        ),
        (
            pipeline("a", "", RAW),
            "{table: analytics.a}",
            2,
            "schedule.when",
            "no step reads a table that another pipeline",
        ),
        (
            pipeline("a", DAILY, RAW),
            "'s3://{lake}/raw/b/'",
            2,
            "schedule.when",
            "no step reads a table that another pipeline",
        ),
        (
            pipeline("a", DAILY, RAW),
            table("b", ", partitions: {offset: -1}"),
            2,
            "schedule.when",
            "no step reads a table",
        ),
        (
            pipeline("a", DAILY, RAW).replace(
                "name: a\n  columns", "name: a\n  registration: msck\n  layout: in_place\n  columns"
            ),
            table("a"),
            7,
            "steps[0].inputs.a.table",
            "is 'analytics.a', with registration: msck, whose runs leave no mark",
        ),
        (
            pipeline("a", WAITING, table("b")),
            table("a"),
            2,
            "schedule.when",
            "would wait for each other: b → a → b; give one of them a `cron:`",
        ),
    ],
    ids=["no schedule", "whole table alone", "no table", "its own table", "msck", "circle"],
)
def test_tables_that_nothing_can_wait_for(
    project: ProjectFolder, a: str, given: str, line: int, field: str, says: str
) -> None:
    write(project, a=a, b=pipeline("b", WAITING, given))
    problem = next(each for each in project.problems() if each.file == "pipelines/b.yaml")
    assert (problem.line, problem.field) == (line, field), problem
    assert says in problem.message, problem


def test_a_circle_of_three_is_named_from_each_of_them(project: ProjectFolder) -> None:
    write(
        project,
        a=pipeline("a", WAITING, table("c")),
        b=pipeline("b", WAITING, table("a")),
        c=pipeline("c", WAITING, table("b")),
    )
    circles = [problem.message.partition("each other: ")[2].partition(";")[0] for problem in project.problems()]
    assert circles == ["a → c → b → a", "b → a → c → b", "c → b → a → c"]


def test_a_clock_breaks_a_circle(project: ProjectFolder) -> None:
    write(
        project, a=pipeline("a", DAILY, table("b", ", partitions: {offset: -1}")), b=pipeline("b", WAITING, table("a"))
    )
    (awaited,) = load_project(project.root).pipeline("b").awaits
    assert awaited.writer == "a"


def test_a_description_that_is_too_long_for_a_rule_is_refused(project: ProjectFolder) -> None:
    files = {f"w{number}": pipeline(f"w{number}", DAILY, RAW) for number in range(8)}
    files = {
        name: text.replace("database: analytics", f"database: d{'x' * 250}").replace(
            f"name: {name}\n  col", f"name: {name}{'y' * 250}\n  col"
        )
        for name, text in files.items()
    }
    given = [f"{{table: d{'x' * 250}.w{number}{'y' * 250}, partitions: interval}}" for number in range(8)]
    write(project, **files, b=pipeline("b", WAITING, *given))
    (problem,) = project.problems()
    assert (problem.field, f"EventBridge passes on {LONGEST_AWAITED}" in problem.message) == ("schedule.when", True), (
        problem
    )


def test_what_the_functions_are_told(project: ProjectFolder) -> None:
    """Nothing is named twice: the tables, their windows and their writers' calendars follow from the inputs."""
    write(
        project,
        a=pipeline("a", '{cron: "0 6 ? * MON-FRI *", timezone: Asia/Tokyo, interval: day, offset: -1}', RAW),
        b=pipeline("b", WAITING, table("a"), table("b", ", partitions: {offset: -1}")),
        c=pipeline(
            "c",
            WAITING.replace("6h", "2d, then: skip"),
            table("b", ", partitions: {last: 3 days, offset: -1}"),
            table("a", ""),
        ),
    )
    loaded = load_project(project.root)
    clock = {"timezone": "Asia/Tokyo", "interval": "day"}
    of_a: dict[str, Any] = {
        "database_name": "analytics",
        "table_name": "a",
        "partitions": "interval",
        "writer": {**clock, "offset": -1, "cron": "0 6 ? * MON-FRI *"},
    }
    assert start_spec(loaded.pipeline("b")) == {
        "pipeline": "b",
        **clock,
        "offset": 0,
        "wait_hours": 6,
        "then": "fail",
        "tables": [{"database_name": "analytics", "table_name": "b"}],
        "awaits": [of_a],
    }
    told = start_spec(loaded.pipeline("c"))
    assert told is not None
    assert (told["wait_hours"], told["then"]) == (48, "skip")
    assert told["awaits"] == [
        {
            "database_name": "analytics",
            "table_name": "b",
            "partitions": {"offset": -1, "last": "3 days"},
            "writer": {**clock, "offset": 0, "awaits": [of_a]},
        },
        {**of_a, "partitions": "all"},
    ]
    assert plan_run_spec(loaded.pipeline("c"))["awaits"] == told["awaits"]
    assert watched_pipeline(loaded.pipeline("b"), "pipelines", 60)["awaits"] == [of_a]
    assert start_spec(loaded.pipeline("a")) is None
    assert "awaits" not in plan_run_spec(loaded.pipeline("a"))
    assert len(json.dumps(told)) < LONGEST_AWAITED


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        ((", of: _SUCCESS", ""), "schedule.when", "`of:` is missing: name the object that arrives last"),
        (("prefix: 'raw/a/{process_date:%Y/%m/%d}/', ", ""), "schedule.when", "`prefix:` is missing"),
        (
            ("of: _SUCCESS", "of: '*.csv'"),
            "schedule.of",
            "write the name of one object, such as _SUCCESS, without a slash, an asterisk",
        ),
        (("of: _SUCCESS", "of: day/_SUCCESS"), "schedule.of", "without a slash"),
        (("of: _SUCCESS", "of: <id>"), "schedule.of", "without a slash"),
        (("raw/a/", "raw/<id>/"), "schedule.prefix", "without an asterisk, <, > or a quote"),
        (("'raw/a/", "'in/a/"), "schedule.prefix", "write a folder below raw/"),
        (("%d}/'", "%d}'"), "schedule.prefix", "with a slash at its end"),
        (
            ("raw/a/{process_date:%Y/%m/%d}/", "raw/a/"),
            "schedule.prefix",
            "does not tell one interval (day) from the next",
        ),
        (("%Y/%m/%d", "%Y/%m"), "schedule.prefix", "does not tell one interval (day) from the next"),
        (("{process_date:%Y/%m/%d}", "{run_id}"), "schedule.prefix", "{run_id} is not a part of the time"),
        (("{process_date:%Y/%m/%d}", "{process_day}"), "schedule.prefix", "is not a placeholder"),
        (("raw/a/", "raw/b/"), "schedule.prefix", "which no step reads: write it as in the step's input ('raw/a/"),
        (
            ("interval: day, timezone: Asia/Tokyo", "interval: hour, timezone: America/New_York"),
            "schedule.prefix",
            "does not tell one interval (hour)",
        ),
    ],
)
def test_arrivals_that_are_ambiguous(project: ProjectFolder, change: tuple[str, str], field: str, says: str) -> None:
    schedule = ARRIVAL.replace(*change)
    assert schedule != ARRIVAL
    write(project, a=pipeline("a", schedule, RAW))
    (problem,) = project.problems()
    assert (problem.file, problem.line, problem.field) == ("pipelines/a.yaml", 2, field), problem
    assert says in problem.message, problem


def test_hours_that_are_shown_twice_have_one_folder(project: ProjectFolder) -> None:
    hourly = ARRIVAL.replace("interval: day", "interval: hour").replace("Asia/Tokyo", "America/New_York")
    raw = "'s3://{lake}/raw/a/{process_start:%Y/%m/%d/%H}/'"
    named = hourly.replace("{process_date:%Y/%m/%d}", "{process_start:%Y/%m/%d/%H}")
    keys = 'partition_keys: [{name: dt, date_format: "%Y-%m-%d"}]'
    finer = (
        'key_timezone: UTC\n  partition_keys: [{name: dt, date_format: "%Y-%m-%d"}, {name: hour, date_format: "%H"}]'
    )
    write(project, a=pipeline("a", named, raw).replace(keys, finer))
    (problem,) = project.problems()
    assert (problem.field, "show some hours twice" in problem.message) == ("schedule.prefix", True), problem
    write(
        project,
        a=pipeline("a", named.replace("start:", "start_utc:"), raw.replace("start:", "start_utc:")).replace(
            keys, finer
        ),
    )
    (loaded,) = load_project(project.root).pipelines
    assert plan_run_spec(loaded)["arrival"] == "raw/a/{process_start_utc:%Y/%m/%d/%H}/_SUCCESS"


def expected_days(project: ProjectFolder, name: str) -> list[str]:
    loaded = load_project(project.root).pipeline(name)
    start, end = datetime(2026, 11, 22, 15, tzinfo=UTC), datetime(2026, 11, 29, 15, tzinfo=UTC)
    return [str(interval) for interval in expected_by_pipeline(loaded, start, end)]


def test_only_what_some_table_has_is_expected(project: ProjectFolder) -> None:
    """Through the whole chain: what `missing` lists, and what a backfill runs."""
    weekdays = '{cron: "0 6 ? * TUE-SAT *", timezone: Asia/Tokyo, interval: day, offset: -1}'
    sundays = '{cron: "0 6 ? * MON *", timezone: Asia/Tokyo, interval: day, offset: -1}'
    write(
        project,
        a=pipeline("a", weekdays, RAW),
        s=pipeline("s", sundays, RAW),
        b=pipeline("b", WAITING, table("a", ", partitions: {last: 7 days}")),
        c=pipeline("c", WAITING, table("b"), table("s")),
        d=pipeline("d", WAITING, table("b", ", partitions: {offset: -1}")),
    )
    assert expected_days(project, "a") == [f"2026-11-{day}" for day in range(23, 28)]
    assert expected_days(project, "b") == [f"2026-11-{day}" for day in range(23, 28)]
    assert expected_days(project, "c") == [*(f"2026-11-{day}" for day in range(23, 28)), "2026-11-29"]
    assert expected_days(project, "d") == [f"2026-11-{day}" for day in range(24, 29)]


def test_what_validate_says(project: ProjectFolder) -> None:
    early = DAILY.replace("offset: -1", "offset: 0")
    new_york = WAITING.replace("Asia/Tokyo", "America/New_York").replace("6h", "2h, then: run")
    write(project, a=pipeline("a", early, RAW), b=pipeline("b", new_york, table("a")))
    loaded = load_project(project.root).pipeline("b")
    now = datetime(2026, 11, 28, 12, tzinfo=UTC)
    assert next_starts(loaded, now)[0] == (
        "2026-11-28 starts when analytics.a has published, by 2026-11-29T02:00:00-05:00; else it runs with what is there"
    )
    warnings = {place[1]: message for place, message in advise_start(loaded, now)}
    assert "AWS does not fire at 2027-03-14 02:00" in warnings["wait"]
    assert "about an interval that has not ended (offset 0)" in warnings["when"]
