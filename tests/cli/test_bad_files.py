"""The hint of a query that met a bad file: commands of the real pipeline, table and run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cli.bad_files import remedy_for_bad_files
from cli.settings import Settings, Target

if TYPE_CHECKING:
    from pathlib import Path

RUN = "20261123T090731Z-9b0d7e13"
SQL = "SELECT * FROM outside.word_counts"


@pytest.fixture
def settings(project: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(project)
    return Settings(project.resolve(), Target.AWS, None, json=False)


def test_the_run_is_named_if_athena_names_the_file(settings: Settings) -> None:
    reason = f"HIVE_BAD_DATA: field 1 in s3://lake/tables/outside/word_counts/runs/{RUN}/a/dt=2026-01-01/x.csv"
    assert remedy_for_bad_files(settings, SQL, reason) == (
        f"find the file and the line: pipelines audit word_count {RUN} --full --target aws"
    )
    said = remedy_for_bad_files(settings, SQL, "HIVE_CURSOR_ERROR: no path")
    assert said is not None
    assert "pipelines runs word_count --live --target aws" in said


def test_nothing_is_recommended_that_does_not_help(settings: Settings) -> None:
    assert remedy_for_bad_files(settings, SQL, "COLUMN_NOT_FOUND: line 1:8") is None
    assert remedy_for_bad_files(settings, "SELECT * FROM other.t", "HIVE_BAD_DATA: x") is None
    (settings.project / "pipelines" / "word_count.yaml").write_text("name: [", encoding="utf-8")
    assert remedy_for_bad_files(settings, SQL, "HIVE_BAD_DATA: x") is None


def test_a_table_without_runs_is_sent_to_no_run(settings: Settings) -> None:
    file = settings.project / "pipelines" / "word_count.yaml"
    text = file.read_text(encoding="utf-8").replace(
        "  name: word_counts", "  name: word_counts\n  layout: in_place\n  registration: msck"
    )
    file.write_text(text, encoding="utf-8")
    said = remedy_for_bad_files(settings, SQL, "HIVE_BAD_DATA: x")
    assert said is not None
    assert "outside.word_counts has no runs" in said
    assert "RUN" not in said
