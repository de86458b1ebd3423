"""Tests of the --output file, which is written completely or not at all."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from botocore.exceptions import IncompleteReadError

from partitioned_pipelines.cli.athena.output_file import OutputFile
from partitioned_pipelines.cli.errors import CommandError
from tests.cli.athena.fake_athena import S3, Athena, ask, of_select

COLUMNS = [("n", "integer"), ("text", "varchar")]


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("partitioned_pipelines.cli.athena.execution.time.sleep", lambda _seconds: None)


def names_in(folder: Path) -> list[str]:
    return [each.name for each in folder.iterdir()]


def write(path: Path, limit: int | None = None) -> S3:
    athena, s3 = of_select(COLUMNS, [["1", "a\n"], ["2", None], ["3", ""]])
    OutputFile.parse(path).write(ask(athena, s3), limit, lambda _size: None)
    return s3


def test_csv_is_the_result_byte_by_byte(tmp_path: Path) -> None:
    s3 = write(tmp_path / "rows.CSV")
    assert (tmp_path / "rows.CSV").read_bytes() == s3.stream.getvalue()
    assert names_in(tmp_path) == ["rows.CSV"]


def test_csv_up_to_a_limit(tmp_path: Path) -> None:
    write(tmp_path / "rows.csv", limit=2)
    assert (tmp_path / "rows.csv").read_bytes() == b'"n","text"\n"1","a\n"\n"2",\n'


@pytest.mark.parametrize("limit", [None, 2])
def test_json_and_parquet_have_typed_rows(tmp_path: Path, limit: int | None) -> None:
    rows = [{"n": 1, "text": "a\n"}, {"n": 2, "text": None}, {"n": 3, "text": ""}][:limit]
    write(tmp_path / "rows.json", limit)
    assert json.loads((tmp_path / "rows.json").read_text(encoding="utf-8")) == rows
    write(tmp_path / "rows.parquet", limit)
    assert pq.read_table(tmp_path / "rows.parquet").to_pylist() == rows
    assert sorted(names_in(tmp_path)) == ["rows.json", "rows.parquet"]


@pytest.mark.parametrize("name", ["rows.csv", "rows.json", "rows.parquet"])
def test_what_is_no_query_is_written_too(tmp_path: Path, name: str) -> None:
    location = {"OutputLocation": "s3://bucket/results/q.txt"}
    athena = Athena([("tab_name", "string")], [[["flights"]]], StatementType="UTILITY", ResultConfiguration=location)
    OutputFile.parse(tmp_path / name).write(ask(athena), None, lambda _size: None)
    content = {
        "rows.csv": lambda path: path.read_text(),
        "rows.json": lambda path: json.loads(path.read_text()),
        "rows.parquet": lambda path: pq.read_table(path).to_pylist(),
    }[name](tmp_path / name)
    assert content == ('"tab_name"\n"flights"\n' if name == "rows.csv" else [{"tab_name": "flights"}])


@pytest.mark.parametrize("name", ["rows.csv", "rows.json", "rows.parquet"])
@pytest.mark.parametrize("raised", [KeyboardInterrupt(), IncompleteReadError(actual_bytes=1, expected_bytes=2)])
def test_a_failure_leaves_the_former_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, raised: BaseException
) -> None:
    (tmp_path / name).write_text("former")

    def half(self: S3, **_request: Any) -> dict[str, Any]:
        class Body:
            def iter_chunks(self, _size: int) -> Any:
                yield b'"n","text"\n"1","a"\n'
                raise raised

            def read(self) -> bytes:
                raise raised

            def close(self) -> None:
                pass

        return {"Body": Body()}

    monkeypatch.setattr(S3, "get_object", half)
    with pytest.raises(type(raised)):
        write(tmp_path / name)
    assert names_in(tmp_path) == [name]
    assert (tmp_path / name).read_text() == "former"


def test_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    link = tmp_path / "rows.csv"
    link.symlink_to(tmp_path / "real" / "rows.txt")
    write(link)
    assert link.is_symlink()
    assert (tmp_path / "real" / "rows.txt").read_text().startswith('"n"')
    assert names_in(tmp_path / "real") == ["rows.txt"]


@pytest.mark.parametrize("name", ["rows", "rows.xlsx", "rows.csv.gz", ".csv", "", ".", ".."])
def test_another_suffix_is_refused_with_the_list(name: str) -> None:
    with pytest.raises(CommandError, match="is not a format that can be written") as caught:
        OutputFile.parse(Path(name))
    assert caught.value.remedy is not None
    assert ".csv, .json, .parquet" in str(caught.value.remedy)


def test_a_place_that_takes_no_file_is_refused_before_the_query_runs(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    os.mkfifo(tmp_path / "pipe.csv")
    for name, said in {
        "folder.csv": "is a folder",
        "pipe.csv": "not a regular file",
        "no/rows.csv": "no folder",
    }.items():
        with pytest.raises(CommandError, match=said):
            OutputFile.parse(tmp_path / name)
