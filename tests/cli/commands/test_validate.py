"""Tests of ``pipelines validate``: all problems of all files, or of the named ones."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from partitioned_pipelines.cli.errors import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Invoke


@pytest.fixture
def two(project: Path) -> Path:
    """Return a project with word_count, which is valid, and `broken`, which has two errors."""
    folder = project / "pipelines"
    text = (folder / "word_count.yaml").read_text(encoding="utf-8")
    broken = text.replace("name: word_count", "name: broken\nschedle: {}\ndescription: 7", 1)
    (folder / "broken.yaml").write_text(broken.replace("name: word_counts", "name: others"), encoding="utf-8")
    return project


def test_a_project_without_problems(invoke: Invoke, project: Path) -> None:
    shown = invoke("validate", "--project", project)
    assert (shown.exit_code, shown.stdout) == (0, "")
    assert "word_count: no problems" in shown.stderr
    assert json.loads(invoke("validate", "--project", project, "--json").stdout) == []


def test_every_problem_with_its_place(invoke: Invoke, two: Path) -> None:
    shown = invoke("validate", "--project", two)
    assert shown.exit_code == 2
    assert "pipelines/broken.yaml:2: schedle:" in shown.stdout
    assert "'schedule'" in shown.stdout, "what would be right"
    assert "pipelines/broken.yaml:3: description:" in shown.stdout


def test_problems_as_a_document(invoke: Invoke, two: Path) -> None:
    shown = invoke("validate", "broken", "--project", two, "--json")
    assert shown.exit_code == 2
    problems = json.loads(shown.stdout)
    assert {problem["file"] for problem in problems} == {"pipelines/broken.yaml"}
    assert (2, "schedle") in {(problem["line"], problem["field"]) for problem in problems}


def test_only_what_was_named(invoke: Invoke, two: Path) -> None:
    shown = invoke("validate", "word_count", "--project", two)
    assert (shown.exit_code, shown.stdout) == (0, "")


def test_a_project_without_pipelines(invoke: Invoke, project: Path) -> None:
    shutil.rmtree(project / "pipelines")
    for names in [], ["word_count"]:
        shown = invoke("validate", *names, "--project", project)
        assert shown.exit_code == 2
        assert "no pipelines/*.yaml" in shown.stdout


def schedule(project: Path, cron: str, timezone: str = "UTC") -> None:
    path = project / "pipelines" / "word_count.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("image:", f'schedule: {{cron: "{cron}", timezone: {timezone}}}\nimage:', 1), encoding="utf-8"
    )


def test_times_that_the_clocks_skip_are_warnings(invoke: Invoke, project: Path) -> None:
    schedule(project, "30 2 * * ? *", "America/New_York")
    shown = invoke("validate", "--project", project)
    assert (shown.exit_code, shown.stdout) == (0, "")
    assert "warning: pipelines/word_count.yaml:2: schedule.cron: is '30 2 * * ? *' in America/New_York" in shown.stderr
    assert "AWS does not fire at 20" in shown.stderr
    remarks = json.loads(invoke("validate", "--project", project, "--json").stdout)
    (warning,) = [remark for remark in remarks if remark["severity"] == "warning"]
    assert (warning["line"], warning["field"]) == (2, "schedule.cron")


def test_the_next_three_firings_are_always_shown(invoke: Invoke, project: Path) -> None:
    schedule(project, "0 6 * * ? *", "Asia/Tokyo")
    shown = invoke("validate", "--project", project)
    assert (shown.exit_code, shown.stdout) == (0, "")
    assert shown.stderr.count("T06:00:00+09:00 processes 20") == 3
    assert "word_count: no problems" in shown.stderr
    firings = json.loads(invoke("validate", "--project", project, "--json").stdout)
    assert [firing["severity"] for firing in firings] == ["firing"] * 3
    assert firings[0]["message"].startswith("fires at 20")


def test_a_projection_that_hides_the_newest_hours_is_a_warning(invoke: Invoke, project: Path) -> None:
    schedule(project, "0 6 * * ? *", "Asia/Tokyo")
    path = project / "pipelines" / "word_count.yaml"
    text = path.read_text(encoding="utf-8")
    projected = 'date_format: "%Y-%m-%d", projection: {range: ["2026-01-01", NOW]}'
    assert 'date_format: "%Y-%m-%d"' in text
    projected_text = text.replace('date_format: "%Y-%m-%d"', projected, 1)
    in_place = "registration: projection\n  layout: in_place\n  partition_keys:"
    path.write_text(projected_text.replace("partition_keys:", in_place, 1), encoding="utf-8")
    shown = invoke("validate", "--project", project)
    assert shown.exit_code == 0, shown.stdout
    assert "the newest 9 hours are hidden; use NOW+9HOURS, or NOW+1DAYS" in shown.stderr
    for end in ("NOW+9HOURS", "NOW+1DAYS"):
        path.write_text(path.read_text(encoding="utf-8").replace("NOW]", f"{end}]"), encoding="utf-8")
        assert "hidden" not in invoke("validate", "--project", project).stderr
        path.write_text(path.read_text(encoding="utf-8").replace(f"{end}]", "NOW]"), encoding="utf-8")


@pytest.mark.parametrize(
    ("cron", "says"), [("0 6 30 2 ? *", "which never fires: no day"), ("0 6 * * ? 2020", "which never fires again")]
)
def test_a_cron_that_never_fires_is_refused(invoke: Invoke, project: Path, cron: str, says: str) -> None:
    schedule(project, cron)
    shown = invoke("validate", "--project", project)
    assert shown.exit_code == 2
    assert f"pipelines/word_count.yaml:2: schedule.cron: is {cron!r}, {says}" in shown.stdout


def test_the_list_of_prices_is_checked_by_its_fields(invoke: Invoke, project: Path) -> None:
    (project / "deployment.yaml").write_text("prices: prices.json\n", encoding="utf-8")
    (project / "prices.json").write_text('{"region": "eu-west-1"}', encoding="utf-8")
    result = invoke("validate", "--project", project)
    assert result.exit_code == ExitCode.INVALID
    assert "prices.json:1: processing_hour is missing" in result.output
