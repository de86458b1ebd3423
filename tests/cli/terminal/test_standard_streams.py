"""Tests of standard streams that are closed, full, broken or of another encoding: an error message, never a traceback."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

PIPELINES = str(Path(sys.executable).with_name("pipelines"))


@pytest.fixture
def command(project: Path) -> list[str]:
    """Return a command that prints a file name on standard output, as a finding."""
    data = project / "data" / "dt=2026-01-01"
    data.mkdir(parents=True)
    (data / "特\x1b.csv").write_text("a,b,c\n", encoding="utf-8")
    return [PIPELINES, "audit", "word_count", str(project / "data"), "--project", str(project)]


def run(arguments: list[str], shell: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return subprocess.run(
        ["sh", "-c", f'"$0" "$@" {shell}', *arguments],
        capture_output=True,
        stdin=subprocess.DEVNULL,
        env={**buffered, **environment},
        check=False,
    )


@pytest.mark.parametrize("json_flag", [[], ["--json"]])
@pytest.mark.parametrize(
    ("shell", "reason"), [(">&-", b"Bad file descriptor"), (">/dev/full", b"No space left on device")]
)
def test_results_that_cannot_be_written_are_an_error(
    command: list[str], json_flag: list[str], shell: str, reason: bytes
) -> None:
    done = run([*command, *json_flag], shell)
    assert done.returncode == 1
    assert b"error: standard output cannot be written: " + reason in done.stderr
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["local", "--help"]])
def test_nor_is_help_that_cannot_be_written_a_traceback(arguments: list[str]) -> None:
    done = run([sys.executable, "-m", "partitioned_pipelines", *arguments], ">/dev/full")
    assert done.returncode == 1
    assert done.stderr == b"error: standard output cannot be written: No space left on device\n"


@pytest.mark.parametrize("shell", ["2>&-", "2>/dev/full", "<&- 2>&-"])
def test_words_that_cannot_be_written_change_nothing(command: list[str], shell: str) -> None:
    done = run(command, shell)
    assert done.returncode == 1, "there is a finding"
    assert "特".encode() in done.stdout


def test_a_reader_that_has_gone_ends_the_command_as_it_ends_others(command: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert done.returncode == 128 + signal.SIGPIPE
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr


def test_an_encoding_without_the_character(command: list[str]) -> None:
    done = run(command, "", PYTHONIOENCODING="ascii")
    assert done.returncode == 1
    assert b"\\u7279\\x1b.csv" in done.stdout
    done = run([*command, "--json"], "", PYTHONIOENCODING="ascii")
    assert "特\x1b.csv" in json.loads(done.stdout)["findings"][0]["file"]
