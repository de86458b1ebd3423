"""Tests of ``pipelines query``, from options to output, on a fake Athena with one query."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

from tests.cli.athena.fake_athena import S3, Athena, of_select

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.conftest import Invoke


@dataclass
class Cloud:
    """A fake with the parts of a cloud that the command uses."""

    athena: Athena
    s3: S3
    glue: Any = None

    def stack_outputs(self, _stack: str) -> dict[str, str]:
        return {"AthenaWorkGroupName": "w"}


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """Return a fake cloud in which every query has 250 rows, the first with a control character."""
    rows: list[list[str | None]] = [[str(n), "\x1b[31mred\n" if n == 0 else None] for n in range(250)]
    found = Cloud(*of_select([("n", "integer"), ("text", "varchar")], rows))

    @contextmanager
    def open_cloud(_settings: Any) -> Iterator[Cloud]:
        yield found

    monkeypatch.setattr("partitioned_pipelines.cli.commands.query.open_cloud", open_cloud)
    monkeypatch.setattr("partitioned_pipelines.cli.athena.execution.time.sleep", lambda _seconds: None)
    return found


@pytest.fixture(autouse=True)
def _in_the_project(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)


def test_a_page_says_how_many_more_there_are_and_how_to_get_them(cloud: Cloud, invoke: Invoke) -> None:
    shown = invoke("query", "SELECT *\nFROM d.t", "--database", "d")
    assert shown.exit_code == 0
    assert len(shown.stdout.splitlines()) == 101
    assert shown.stdout.splitlines()[1] == r" 0  \x1b[31mred\n"
    assert "100 rows, and 150 more, 0 bytes scanned. Write all: " in shown.stderr
    assert r"pipelines query --database d --output rows.csv $'SELECT *\nFROM d.t'" in shown.stderr


def test_a_limit(cloud: Cloud, invoke: Invoke) -> None:
    shown = invoke("query", "SELECT 1", "--limit", "250")
    assert len(shown.stdout.splitlines()) == 251
    assert "250 rows, 0 bytes scanned" in shown.stderr
    assert len(json.loads(invoke("query", "SELECT 1", "--limit", "3", "--json").stdout)) == 3
    assert len(invoke("query", "SELECT 1", "--limit", "3", "--csv").stdout_bytes.split(b"\n")) == 1 + 4 + 1
    assert invoke("query", "SELECT 1", "--limit", "0").exit_code == 2


def test_csv_is_the_result_byte_by_byte(cloud: Cloud, invoke: Invoke) -> None:
    shown = invoke("query", "SELECT 1", "--csv")
    assert shown.stdout_bytes == cloud.s3.stream.getvalue()
    assert b"\x1b" in shown.stdout_bytes


def test_csv_on_a_terminal_cannot_drive_it(cloud: Cloud, invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("partitioned_pipelines.cli.commands.query.results_are_seen", lambda: True)
    shown = invoke("query", "SELECT 1", "--csv")
    assert shown.stdout.splitlines()[:3] == ['"n","text"', r'"0","\x1b[31mred\n"', '"1",']


def test_json_has_all_rows_with_types(cloud: Cloud, invoke: Invoke) -> None:
    rows = json.loads(invoke("query", "SELECT 1", "--json").stdout)
    assert rows[0] == {"n": 0, "text": "\x1b[31mred\n"}
    assert len(rows) == 250


def test_output(cloud: Cloud, invoke: Invoke, tmp_path: Path) -> None:
    file = tmp_path / "rows.parquet"
    shown = invoke("query", "SELECT 1", "--output", file)
    assert shown.exit_code == 0
    assert shown.stdout == ""
    assert pq.read_table(file).num_rows == 250
    assert f"{file}: " in shown.stderr


def test_output_of_a_statement_without_a_result(cloud: Cloud, invoke: Invoke, tmp_path: Path) -> None:
    """The requested file is not written, and a script must notice."""
    cloud.athena = Athena([], [[]], StatementType="DDL")
    shown = invoke("query", "CREATE TABLE", "--output", tmp_path / "rows.csv")
    assert shown.exit_code == 1
    assert "rows.csv was not written" in shown.stderr
    assert not (tmp_path / "rows.csv").exists()
    assert invoke("query", "CREATE TABLE").exit_code == 0


def test_sql_from_a_file(cloud: Cloud, invoke: Invoke, tmp_path: Path) -> None:
    file = tmp_path / "q.sql"
    file.write_text("SELECT 1;\n")
    shown = invoke("query", "-f", file)
    assert cloud.athena.asked["QueryString"] == "SELECT 1;"
    assert f"Write all: pipelines query --output rows.csv --file {file}" in shown.stderr.replace("\n", " ")


@pytest.mark.parametrize(
    "options",
    [
        ["--csv", "--json"],
        ["--csv", "--output", "a.csv"],
        ["--json", "--output", "a.csv"],
        ["--output", "a.txt"],
        ["--file", "no.sql"],
    ],
)
def test_what_is_wrong_is_refused_before_the_query_runs(cloud: Cloud, invoke: Invoke, options: list[str]) -> None:
    assert invoke("query", "SELECT 1", *options).exit_code == 2
    assert cloud.athena.asked == {}


def test_a_query_that_fails_is_a_document_too(cloud: Cloud, invoke: Invoke) -> None:
    cloud.athena.execution["Status"] = {"State": "FAILED", "StateChangeReason": "DIVISION_BY_ZERO"}
    shown = invoke("query", "SELECT 1/0", "--json")
    assert shown.exit_code == 1
    assert "DIVISION_BY_ZERO" in json.loads(shown.stdout)["error"]["message"]
