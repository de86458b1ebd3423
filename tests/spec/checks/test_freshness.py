"""Tests of ``freshness``: what is accepted, what is refused where, and what the watch is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from partitioned_pipelines.spec import load_project, watched_pipeline
from tests.spec.project_folder import VALID

if TYPE_CHECKING:
    from tests.spec.project_folder import ProjectFolder

SCHEDULE = 'schedule: {cron: "0 6 * * ? *", timezone: Asia/Tokyo, date_offset_days: -1}\n'
LONGEST = 48_152


def with_freshness(value: str) -> str:
    assert SCHEDULE in VALID
    return VALID.replace(SCHEDULE, f"{SCHEDULE}freshness: {value}\n")


@pytest.mark.parametrize(
    ("value", "seconds"), [("30h", 30 * 3600), ("8d", 8 * 86_400), ("2w", 14 * 86_400), ("off", None), ('"off"', None)]
)
def test_what_the_watch_is_told(project: ProjectFolder, value: str, seconds: int | None) -> None:
    project.write(with_freshness(value))
    (pipeline,) = load_project(project.root).pipelines
    watched = watched_pipeline(pipeline, "staging", LONGEST)
    assert watched.get("freshness_seconds") == seconds
    assert (watched["stack_name"], watched["longest_seconds"]) == ("staging-features", LONGEST)


def test_by_default_it_is_the_longest_that_a_run_may_take(project: ProjectFolder) -> None:
    project.write(VALID)
    (pipeline,) = load_project(project.root).pipelines
    watched = watched_pipeline(pipeline, "pipelines", LONGEST)
    assert watched["freshness_seconds"] == LONGEST
    assert watched["schedule"] == {"cron": "0 6 * * ? *", "timezone": "Asia/Tokyo", "date_offset_days": -1}


ARRIVAL = 'schedule: {when: arrival, interval: day, timezone: Asia/Tokyo, wait: 30h, prefix: "raw/features/{process_date}/", of: _SUCCESS}\n'


@pytest.mark.parametrize(
    ("freshness", "seconds"), [("", LONGEST), ("freshness: 3h\n", 3 * 3600), ("freshness: off\n", None)]
)
def test_a_pipeline_that_waits_is_watched_by_its_deadlines(
    project: ProjectFolder, freshness: str, seconds: int | None
) -> None:
    project.write(VALID.replace(SCHEDULE, f"{ARRIVAL}{freshness}"))
    (pipeline,) = load_project(project.root).pipelines
    watched = watched_pipeline(pipeline, "pipelines", LONGEST)
    assert watched["schedule"] == {"cron": "0 6 * * ? *", "timezone": "Asia/Tokyo", "interval": "day", "offset": -2}
    assert (watched["waits"], watched.get("freshness_seconds")) == (True, seconds)
    assert "awaits" not in watched


@pytest.mark.parametrize("schedule", ["", "schedule: {interval: day, timezone: Asia/Tokyo}\n"])
def test_without_a_cron_nothing_is_ever_due(project: ProjectFolder, schedule: str) -> None:
    project.write(VALID.replace(SCHEDULE, schedule))
    (pipeline,) = load_project(project.root).pipelines
    watched = watched_pipeline(pipeline, "pipelines", LONGEST)
    assert "schedule" not in watched
    assert "freshness_seconds" not in watched


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("0h", "is '0h': use 1h to 366d, or off"),
        ("367d", "is '367d': use 1h to 366d, or off"),
        ("999999w", "is not a duration"),
        ("30", "reads as a whole number"),
        (
            "30 h",
            "is '30 h', which is not a duration: use a number of hours, days or weeks such as 30h, 8d or 2w, or off",
        ),
        ("30m", "is '30m', which is not a duration"),
        ("-1d", "is not a duration"),
        ("never", "is 'never', which is not a duration"),
        ("no", "is 'no', which is not a duration"),
    ],
)
def test_what_is_refused(project: ProjectFolder, value: str, says: str) -> None:
    problem = project.only_problem_of(with_freshness(value))
    assert (problem.field, problem.line, says in problem.message) == ("freshness", 4, True), problem.message


@pytest.mark.parametrize("value", ["30h", "off"])
@pytest.mark.parametrize("schedule", ["", "schedule: {interval: day, timezone: Asia/Tokyo}\n"])
def test_it_is_refused_without_a_cron(project: ProjectFolder, schedule: str, value: str) -> None:
    problem = project.only_problem_of(VALID.replace(SCHEDULE, f"{schedule}freshness: {value}\n"))
    assert problem.field == "freshness"
    assert "there is no `cron:`" in problem.message
