"""Tests of the command's SQL: an argument, a file or standard input, limited to Athena's maximum."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from partitioned_pipelines.cli.athena.statement import LONGEST_BYTES, read_statement
from partitioned_pipelines.cli.errors import CommandError


def pipe(monkeypatch: pytest.MonkeyPatch, content: bytes, *, terminal: bool = False) -> None:
    stream = io.TextIOWrapper(io.BytesIO(content))
    monkeypatch.setattr(stream, "isatty", lambda: terminal)
    monkeypatch.setattr(sys, "stdin", stream)


def test_an_argument_wins_over_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe(monkeypatch, b"SELECT 2")
    assert read_statement("SELECT 1", None).sql == "SELECT 1"


@pytest.mark.parametrize(("sql", "file"), [(None, None), ("-", None), (None, Path("-"))])
def test_a_pipe(monkeypatch: pytest.MonkeyPatch, sql: str | None, file: Path | None) -> None:
    pipe(monkeypatch, "\ufeffSELECT 'é'\n\n".encode())
    given = read_statement(sql, file)
    assert given.sql == "SELECT 'é'"
    assert given.words == ["SELECT 'é'"]


def test_a_terminal_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe(monkeypatch, b"SELECT 1", terminal=True)
    with pytest.raises(CommandError, match="no SQL statement"):
        read_statement(None, None)
    assert read_statement("-", None).sql == "SELECT 1", "unless it is asked for"


def test_a_file(tmp_path: Path) -> None:
    file = tmp_path / "q.sql"
    file.write_text("-- counted\nSELECT 1;\n")
    given = read_statement(None, file)
    assert given.sql == "-- counted\nSELECT 1;"
    assert given.words == ["--file", str(file)]
    with pytest.raises(CommandError, match="mutually exclusive"):
        read_statement("SELECT 1", file)


def test_what_is_no_statement_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "q.sql"
    for content, said in {b" \n": "no SQL statement in", b"SELECT '\xe9'": "is not UTF-8: byte 8 is 0xe9"}.items():
        file.write_bytes(content)
        with pytest.raises(CommandError, match=said):
            read_statement(None, file)
    pipe(monkeypatch, b"")
    with pytest.raises(CommandError, match="no SQL statement in standard input"):
        read_statement(None, None)


def test_no_more_is_read_than_athena_takes() -> None:
    with pytest.raises(CommandError, match="/dev/zero is longer than 262,144 bytes"):
        read_statement(None, Path("/dev/zero"))
    with pytest.raises(CommandError, match="longer than 262,144 bytes"):
        read_statement("é" * (LONGEST_BYTES // 2 + 1), None)
