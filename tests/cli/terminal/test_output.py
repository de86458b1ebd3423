"""Tests of tables and text for users, and JSON for programs."""

from __future__ import annotations

import io
import json
import os
import pty
import sys
import threading
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len

from partitioned_pipelines.cli.errors import CommandError
from partitioned_pipelines.cli.terminal.output import (
    note,
    print_error,
    print_json,
    print_table,
    progress,
    readable_bytes,
    spinner,
)
from partitioned_pipelines.spec.files.problems import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator


def test_without_a_terminal_nothing_is_cut_or_folded(capsys: pytest.CaptureFixture[str]) -> None:
    location = "s3://bucket/" + "x" * 500 + "/"
    print_table(["dt", "location"], [["2021-12-15", location]])
    header, row, *rest = capsys.readouterr().out.splitlines()
    assert header.split() == ["dt", "location"]
    assert row == f"2021-12-15  {location}"
    assert header == "dt          location", "no spaces at the end of a line"
    assert rest == []


def test_wide_characters_stay_in_their_columns(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(["名前", "n"], [["特徴量テーブル", "1"], ["short", "22"]], numeric=[False, True])
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert len({cell_len(line) for line in lines}) == 1, "the numbers end in one column"
    assert lines[1].startswith("特徴量テーブル ")


def test_markup_links_and_null_are_printed_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(["[bold]a", "b"], [["[red]x[/red] :smile:", None], ["", "NULL"]])
    out = capsys.readouterr().out
    assert "[bold]a" in out
    assert "[red]x[/red] :smile:  NULL" in out
    assert "\x1b" not in out


def test_an_empty_table_shows_its_header(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(["a", "b"], [])
    assert capsys.readouterr().out.split() == ["a", "b"]


def test_json_in_a_terminal_that_is_not_utf8(monkeypatch: pytest.MonkeyPatch) -> None:
    for encoding in "ascii", "utf-8":
        written_to = io.BytesIO()
        stream = io.TextIOWrapper(written_to, encoding=encoding)
        monkeypatch.setattr(sys, "stdout", stream)
        print_json({"名": "特徴量"})
        written = written_to.getvalue()
        assert json.loads(written) == {"名": "特徴量"}
        assert ("特徴量".encode() in written) == (encoding == "utf-8")


def test_json_refuses_what_json_cannot_hold() -> None:
    with pytest.raises(ValueError, match="JSON"):
        print_json({"x": float("nan")})


def test_words_go_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    note("a note [x]")
    with spinner("waiting") as show:
        show("still")
    print_error(CommandError("it is wrong", "do this"))
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "a note [x]\nerror: it is wrong\ndo this\n"


def test_a_terminal_gets_a_table_of_its_width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("TERM", "xterm")
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    ours, theirs = pty.openpty()
    seen: list[bytes] = []
    reader = threading.Thread(target=lambda: seen.append(os.read(ours, 65536)))
    with os.fdopen(theirs, "w", encoding="utf-8") as terminal:
        monkeypatch.setattr(sys, "stdout", terminal)
        reader.start()
        print_table(["location"], [["特" * 50]])
        terminal.flush()
        reader.join()
    os.close(ours)
    text = b"".join(seen).decode()
    assert "\x1b[1m" in text, "a bold header"
    assert text.count("特") == 50, "folded, not cut"
    assert max(cell_len(line.strip()) for line in text.splitlines() if "特" in line) <= 40


@pytest.mark.parametrize(
    ("wrong", "known", "said"),
    [
        ("extrac", ["extract", "transform"], "did you mean 'extract'?"),
        ("zzz", ["extract", "transform"], "use one of extract, transform"),
        ("zzz", [], "there are none"),
    ],
)
def test_suggestion(wrong: str, known: list[str], said: str) -> None:
    assert did_you_mean(wrong, known) == said


def test_a_long_table_is_printed_part_by_part(capsys: pytest.CaptureFixture[str]) -> None:
    """Only a few hundred rows are held, however many there are."""
    read: list[int] = []

    def rows() -> Iterator[list[str]]:
        for n in range(2000):
            if n == 1500:
                assert len(capsys.readouterr().out.splitlines()) >= 1000
            read.append(n)
            yield [str(n), "x"]

    print_table(["n", "text"], rows(), numeric=[True])
    assert len(read) == 2000
    assert capsys.readouterr().out.splitlines()[-1] == "1999  x"


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 bytes"), (999, "999 bytes"), (1_234_567, "1.2 MB"), (5e9, "5.0 GB"), (7e15, "7000.0 TB")]
)
def test_sizes(count: float, text: str) -> None:
    assert readable_bytes(count) == text


def test_progress_in_a_log_is_a_line_now_and_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr("partitioned_pipelines.cli.terminal.output.time.monotonic", lambda: now[0])
    with progress("waiting") as report:
        for second in range(70):
            now[0] = float(second)
            report(f"second {second}")
    assert capsys.readouterr().err.splitlines() == ["second 30", "second 60"]
