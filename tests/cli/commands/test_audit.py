"""Tests of ``pipelines audit`` on a local folder, and on a run in the lake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from partitioned_pipelines.cli.errors import ExitCode
from tests.cli.runs.test_looking_back import START, pipelines, three_runs
from tests.moto_lake import Lake, aws, glue, lake, s3
from tests.runtime.registration.published_runs import publish

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["aws", "glue", "lake", "pipelines", "s3", "three_runs"]  # fixtures


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a script's possible output."""
    for day, text in (("2026-01-01", "特徴量,1\n"), ("2026-01-02", "b,2\nc,3\n")):
        (tmp_path / "output" / f"dt={day}").mkdir(parents=True)
        (tmp_path / "output" / f"dt={day}" / "a.csv").write_text(text, encoding="utf-8")
    (tmp_path / "output" / "_SUCCESS").touch()
    return tmp_path / "output"


def test_a_folder_that_is_right(pipelines: Callable[..., Any], folder: Path) -> None:
    for full in ([], ["--full"]):
        document = pipelines("audit", "features", str(folder), *full, "--json")
        assert (document["files"], document["count"], document["findings"]) == (2, 0, [])
        assert document["full"] is bool(full)
    assert "nothing found in 2 files" in pipelines("audit", "features", str(folder))


def test_findings_name_file_and_line_and_end_with_1(pipelines: Callable[..., Any], folder: Path) -> None:
    bad = folder / "dt=2026-01-02" / "a.csv"
    bad.write_text("b,2\nc,three\n", encoding="utf-8")
    document = pipelines("audit", "features", str(folder), "--full", "--json", code=ExitCode.FAILED)
    assert (document["files_with_findings"], document["count"]) == (1, 1)
    (finding,) = document["findings"]
    assert (finding["file"], finding["place"]) == (str(bad), "line 2")
    assert "three" in finding["problem"]
    said = pipelines("audit", "features", str(folder), code=ExitCode.FAILED)
    assert f"{bad}, line 2" in said


def test_a_bad_path_is_a_finding(pipelines: Callable[..., Any], folder: Path) -> None:
    (folder / "dt=2026-02-30").mkdir()
    (folder / "dt=2026-02-30" / "a.csv").write_text("b,2\n")
    document = pipelines("audit", "features", str(folder), "--json", code=ExitCode.FAILED)
    assert ["dt=2026-02-30" in finding["file"] for finding in document["findings"]] == [True]


def test_a_folder_without_data_is_a_finding(pipelines: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    document = pipelines("audit", "features", str(tmp_path / "empty"), "--json", code=ExitCode.FAILED)
    assert "allow_empty" in document["findings"][0]["problem"]


@pytest.mark.parametrize("full", [[], ["--full"]])
def test_a_run_that_was_published(three_runs: Lake, pipelines: Callable[..., Any], full: list[str]) -> None:
    document = pipelines("audit", "features", "r1", *full, "--json")
    assert (document["files"], document["count"]) == (2, 0)


@pytest.mark.parametrize("full", [[], ["--full"]])
def test_a_run_that_was_refused_is_audited_in_all_its_attempts(
    three_runs: Lake, pipelines: Callable[..., Any], full: list[str]
) -> None:
    three_runs.write("dt=2026-01-03/a.csv", b"x,1,too many\n", run="r9")
    prefix = three_runs.root("r9").replace("0b1c", "9f00")
    three_runs.s3.put_object(Bucket="lake", Key=f"{prefix}dt=2026-01-03/b.csv", Body=b"x,1\n")
    three_runs.s3.put_object(Bucket="lake", Key=f"{prefix}DT=2026-01-03/c.csv", Body=b"x,1\n")
    document = pipelines("audit", "features", "r9", *full, "--json", code=ExitCode.FAILED)
    assert (document["files"], document["files_with_findings"], document["count"]) == (3, 2, 2)
    assert {finding["file"].removeprefix("s3://lake/") for finding in document["findings"]} == {
        f"{three_runs.root('r9')}dt=2026-01-03/a.csv",
        f"{prefix}DT=2026-01-03/c.csv",
    }


def test_full_finds_what_a_sample_passes_over(three_runs: Lake, pipelines: Callable[..., Any]) -> None:
    rows = [b"x,1\n"] * 200_000
    rows[100_000] = b"x,one\n"
    three_runs.write("dt=2026-01-04/a.csv", b"".join(rows), run="r8")
    assert pipelines("audit", "features", "r8", "--json")["count"] == 0
    document = pipelines("audit", "features", "r8", "--full", "--json", code=ExitCode.FAILED)
    assert [finding["place"] for finding in document["findings"]] == ["line 100001"]


def test_a_run_of_a_table_that_is_gone_can_still_be_audited(three_runs: Lake, pipelines: Callable[..., Any]) -> None:
    three_runs.glue.delete_table(DatabaseName="analytics", Name="features")
    assert pipelines("audit", "features", "r1", "--json")["files"] == 2


@pytest.mark.parametrize(
    ("source", "says"), [("r7", "has no run 'r7'"), ("./nowhere", "no folder"), ("out/put", "no folder")]
)
def test_what_is_neither_is_refused(three_runs: Lake, pipelines: Callable[..., Any], source: str, says: str) -> None:
    publish(three_runs, "r4", START, 4)
    said = pipelines("audit", "features", source, code=ExitCode.INVALID)
    assert says in said
