"""Tests of the remedy for a query on an invalid file: commands with the real pipeline, table and run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from partitioned_pipelines.cli.athena.query_remedies import remedy_for_bad_files
from partitioned_pipelines.cli.settings import Settings, Target

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_glue import GlueClient

RUN = "20261123T090731Z-9b0d7e13"
SQL = "SELECT * FROM outside.word_counts"


@pytest.fixture
def settings(project: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(project)
    return Settings(project.resolve(), Target.AWS, None, json=False)


class Glue:
    """A fake Data Catalog whose partitions have the stamps of the given runs."""

    def __init__(self, *runs: str) -> None:
        self.runs = runs

    def get_paginator(self, _operation: str) -> Glue:
        return self

    def paginate(self, **_request: object) -> list[dict[str, Any]]:
        return [{"Partitions": [{"Parameters": {"run_id": run}} for run in self.runs] + [{"Parameters": {}}]}]

    def get_table(self, **_request: str) -> dict[str, Any]:
        return {"Table": {"StorageDescriptor": {"Location": "s3://lake/tables/outside/word_counts/"}}}


def remedy(settings: Settings, sql: str, reason: str, *runs: str) -> str | None:
    return remedy_for_bad_files(settings, cast("GlueClient", Glue(*runs)), sql, reason)


def test_the_run_is_named_if_athena_names_the_file(settings: Settings) -> None:
    reason = f"HIVE_BAD_DATA: field 1 in s3://lake/tables/outside/word_counts/runs/{RUN}/a/dt=2026-01-01/x.csv"
    assert remedy(settings, SQL, reason) == (
        f"find the file and the line: pipelines audit word_count {RUN} --full --target aws"
    )


def test_without_a_file_the_runs_that_readers_see_are_named(settings: Settings) -> None:
    reason = "HIVE_CURSOR_ERROR: no path"
    assert remedy(settings, SQL, reason, RUN, RUN) == (
        f"find the file and the line: pipelines audit word_count {RUN} --full --target aws"
    )
    older = [f"2026112{day}T090731Z-9b0d7e13" for day in range(3)]
    assert (remedy(settings, SQL, reason, *older, RUN) or "").splitlines() == [
        "find the file and the line in one of the 4 runs that readers see (pipelines runs word_count --live --target aws):",
        *(f"pipelines audit word_count {run} --full --target aws" for run in (RUN, *older[:0:-1])),
    ]
    assert remedy(settings, SQL, reason) == "see which runs readers see: pipelines runs word_count --live --target aws"


def test_nothing_is_recommended_that_does_not_help(settings: Settings) -> None:
    assert remedy(settings, SQL, "COLUMN_NOT_FOUND: line 1:8") is None
    assert remedy(settings, "SELECT * FROM other.t", "HIVE_BAD_DATA: x") is None
    (settings.project / "pipelines" / "word_count.yaml").write_text("name: [", encoding="utf-8")
    assert remedy(settings, SQL, "HIVE_BAD_DATA: x") is None


def test_a_table_without_runs_is_sent_to_no_run(settings: Settings) -> None:
    file = settings.project / "pipelines" / "word_count.yaml"
    text = file.read_text(encoding="utf-8").replace(
        "  name: word_counts", "  name: word_counts\n  layout: in_place\n  registration: msck"
    )
    file.write_text(text, encoding="utf-8")
    said = remedy(settings, SQL, "HIVE_BAD_DATA: x")
    assert said is not None
    assert "outside.word_counts has no runs" in said
    assert said.splitlines()[1:] == [
        "aws s3 sync s3://lake/tables/outside/word_counts/ ./word_counts",
        "pipelines audit word_count ./word_counts --full --target aws",
    ]
