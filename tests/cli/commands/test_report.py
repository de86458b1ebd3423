"""``report`` on moto's lake: it writes one file, for its user alone, that agrees with ``status``."""

from __future__ import annotations

import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

import partitioned_pipelines.cli.commands.report as report_command
import partitioned_pipelines.cli.commands.status as status_command
from partitioned_pipelines.cli.errors import ExitCode
from partitioned_pipelines.cli.target.target import Cloud
from tests.cli.commands.test_runs import executions
from tests.cli.commands.test_status import Calls, deploy, machine
from tests.cli.runs.test_looking_back import pipelines, three_runs
from tests.moto_lake import aws, glue, lake, s3
from tests.page.parsed import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.moto_lake import Lake
    from tests.page.parsed import Element

__all__ = ["aws", "executions", "glue", "lake", "pipelines", "s3", "three_runs"]

WRITES = ("Create", "Delete", "Put", "Update", "Start", "Stop", "Batch", "Register", "Redrive", "Send", "Copy")


@pytest.fixture
def calls() -> Calls:
    return Calls()


@pytest.fixture
def run(pipelines: Callable[..., Any], calls: Calls, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Return a function that runs a command on moto's lake."""

    @contextmanager
    def open_cloud(_settings: object) -> Iterator[Cloud]:
        yield Cloud(calls.session(), None)

    for command in (report_command, status_command):
        monkeypatch.setattr(command, "open_cloud", open_cloud)
    return pipelines


def pages(file: Path) -> dict[str, Element]:
    document = parse(file.read_text(encoding="utf-8"))
    inside = {each.attributes["id"].removeprefix("page:"): each for each in document.all("template")}
    return {"/": document.one("main"), "footer": document.one("footer"), **inside}


def test_the_file_agrees_with_status(executions: list[str], run: Callable[..., Any], tmp_path: Path) -> None:
    file = tmp_path / "lake.html"
    document = run("status", "--json", code=ExitCode.FAILED)
    said = run("report", "--output", str(file))
    found = pages(file)
    assert said.startswith(f"{file}: {document['verdict']} (1 table, 3 runs, ")
    assert found["/"].one("h1").text == document["verdict"] == "1 of 1 table needs you"
    (table,) = document["tables"]
    strip = found["/"].one(role="slider").attributes
    assert strip["aria-label"] == "analytics.features: 2 there, 1 failed, 2 running"
    assert table["counts"] == {"t": 2, "f": 1, "r": 2}
    (need,) = document["needs"]
    assert found["/"].one("ol", class_="needs").one(class_="cmd").text == " ".join(need["command"])
    assert f"/run/{need['run']}" in found


def test_the_file_is_for_its_user_alone_and_replaces_an_older_one(
    three_runs: Lake, run: Callable[..., Any], tmp_path: Path
) -> None:
    deploy(machine())
    file = tmp_path / "lake.html"
    file.write_text("older")
    file.chmod(0o644)
    run("report", "-o", str(file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text().startswith("<!doctype html>")
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith((".lake", "lake"))) == ["lake.html"]


def test_the_document_says_what_was_written(three_runs: Lake, run: Callable[..., Any], tmp_path: Path) -> None:
    deploy(machine())
    file = tmp_path / "lake.html"
    document = run("report", "--json", "--intervals", "7", "--no-logs", "--redact", "-o", str(file))
    assert document == {
        "output": str(file),
        "bytes": file.stat().st_size,
        "verdict": "Everything is there: 1 table, 2 intervals",
        "tables": 1,
        "runs": 0,
        "holds": ["names", "ARNs"],
        "left_out": ["Of each table it has the last 7 intervals at most."],
    }
    assert "123456789012" not in file.read_text()


def test_runs_that_get_no_page_are_said(executions: list[str], run: Callable[..., Any], tmp_path: Path) -> None:
    file = tmp_path / "lake.html"
    document = run("report", "--json", "--runs", "1", "-o", str(file))
    assert document["runs"] == 1
    assert document["left_out"][1] == "2 runs without a page, of features: a larger --runs includes them."
    assert document["left_out"][1] in pages(file)["footer"].text
    assert len([name for name in pages(file) if name.startswith("/run/")]) == 1


def test_a_denied_call_leaves_the_rest_of_the_file(
    executions: list[str], run: Callable[..., Any], calls: Calls, tmp_path: Path
) -> None:
    calls.denied = {"GetPartitions"}
    file = tmp_path / "lake.html"
    run("report", "-o", str(file))
    page = pages(file)["/"]
    assert "Glue GetPartitions: AccessDeniedException: denied" in page.text
    assert "The credentials lack glue:GetPartitions." in page.text
    assert "Its states could not be read." in pages(file)["/table/analytics.features"].text


def test_nothing_can_be_read(lake: Lake, run: Callable[..., Any], calls: Calls, tmp_path: Path) -> None:
    calls.denied = {"DescribeStacks"}
    file = tmp_path / "lake.html"
    run("report", "-o", str(file))
    assert "The credentials lack cloudformation:DescribeStacks." in pages(file)["/"].text
    assert "cloudformation:DescribeStacks" in pages(file)["/runs"].text


def test_it_reads_and_changes_nothing(
    executions: list[str], run: Callable[..., Any], calls: Calls, tmp_path: Path
) -> None:
    run("report", "-o", str(tmp_path / "lake.html"))
    assert "ListExecutions" in calls.made
    assert [name for name in calls.made if name.startswith(WRITES)] == []


def test_a_folder_is_not_overwritten(lake: Lake, run: Callable[..., Any], tmp_path: Path) -> None:
    said = run("report", "-o", str(tmp_path), code=ExitCode.INVALID)
    assert "not a file" in said


def test_a_folder_that_does_not_exist_is_named(lake: Lake, run: Callable[..., Any], tmp_path: Path) -> None:
    said = run("report", "-o", str(tmp_path / "none" / "lake.html"), code=ExitCode.FAILED)
    assert "none" in said


def test_a_pipeline_that_does_not_exist_is_named(lake: Lake, run: Callable[..., Any], tmp_path: Path) -> None:
    said = run("report", "unknown", "-o", str(tmp_path / "lake.html"), code=ExitCode.INVALID)
    assert "unknown" in said
