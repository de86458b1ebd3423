"""Tests that data never sends control characters to a terminal, with every command on hostile data.

The commands are read from the program, so that a new command must be added here with its arguments.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import typer.main
from typer.testing import CliRunner

from partitioned_pipelines.cli.main import app
from partitioned_pipelines.cli.terminal.output import standard_error
from tests.cli.terminal.test_terminal_text import is_safe
from tests.end_to_end.deployment import PROJECTS, pipelines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from click import Command
    from typer.testing import Result

# C0, C1 and bidirectional controls, and a line that looks like the program's own.
HOSTILE = "a\x1b[2Jb\x07c\x9b31md\u202ee\u2066f\u200fg\r\nerror: forged"
# Glue accepts this in a partition's value: no C0.
HOSTILE_VALUE = "a\x9b31mb\u202ec"
DAY, BAD_DAY, AFTER = "2026-01-01", "2026-01-02", "2026-01-03"
SCRIPT = f"""
import os, sys
from pathlib import Path
from urllib.parse import quote

day = os.environ["PROCESS_DATE"]
print({HOSTILE!r})
print({HOSTILE!r}, file=sys.stderr)
if day == {BAD_DAY!r}:
    Path("/opt/ml/output").mkdir(parents=True, exist_ok=True)
    Path("/opt/ml/output/message").write_text({HOSTILE!r}, encoding="utf-8", newline="")
    raise ValueError({HOSTILE!r})
partition = Path("/opt/ml/processing/output") / f"dt={{day}}" / ("who=" + {HOSTILE_VALUE!r})
partition.mkdir(parents=True)
(partition / "counts\\u202e.csv").write_text("cell\\x1b[2J\\u202e\\x9b,1,one\\n", encoding="utf-8")
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Yield a project on a running cloud, with a successful and a failed run."""
    folder = tmp_path_factory.mktemp("hostile") / "project"
    shutil.copytree(PROJECTS / "outside", folder)
    (folder / "code" / "count_words.py").write_text(SCRIPT, encoding="utf-8")
    file = folder / "pipelines" / "word_count.yaml"
    text = file.read_text(encoding="utf-8").rstrip("\n") + "\n    - {name: who, type: string}\n"
    file.write_text(text, encoding="utf-8")
    (folder / "words.txt").write_text("words", encoding="utf-8")
    finished = pipelines("local", "up", project=folder)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    try:
        yield folder
    finally:
        assert pipelines("local", "down", project=folder).returncode == 0


def all_commands() -> dict[str, Command]:
    """Return the commands of the program by name."""

    def walk(group: Any, before: str = "") -> Iterator[tuple[str, Command]]:
        for name, found in group.commands.items():
            if hasattr(found, "commands"):
                yield from walk(found, f"{before}{name} ")
            else:
                yield f"{before}{name}", found

    return dict(walk(typer.main.get_command(app)))


def words_of_each(project: Path) -> dict[str, list[list[str]]]:
    """Return, by command, its arguments: each reads hostile data, or receives it."""
    text = ["--input", f"text={project / 'words.txt'}"]
    bad = str(project / "bad" / f"dt={HOSTILE_VALUE}" / "who=x")
    return {
        "run": [["word_count", "--date", DAY, *text], ["word_count", "--date", BAD_DAY, *text], [HOSTILE, "--date", DAY]],
        "step": [
            ["word_count", "count", "--date", day, *text, "--output", str(project / f"out{day}")] for day in (DAY, BAD_DAY)
        ],
        "query": [["SELECT * FROM outside.word_counts"], [f"SELECT '{HOSTILE}' AS \"{HOSTILE_VALUE}\""], [HOSTILE]],
        "partitions": [["word_count"], ["word_count", "--table", HOSTILE]],
        "status": [[], ["word_count"], [HOSTILE]],
        "show": [["NEWEST"], [HOSTILE]],
        "report": [["--output", str(project / "lake.html")], ["--output", str(project / HOSTILE)], [HOSTILE, "--output", "x.html"]],
        "ui": [["--port", HOSTILE], ["--prices", HOSTILE]],
        "runs": [["word_count"], ["word_count", "--cost"], ["word_count", "--cost", "--prices", HOSTILE], [HOSTILE]],
        "pause": [["word_count"], [HOSTILE]],
        "resume": [["word_count"], [HOSTILE]],
        "prices": [["--region", HOSTILE]],
        "logs": [["word_count"], ["word_count", "NEWEST"], ["word_count", HOSTILE], ["word_count", "NEWEST", HOSTILE]],
        "missing": [["word_count", "--from", DAY, "--to", AFTER], ["word_count", "--from", HOSTILE, "--to", DAY], [HOSTILE]],
        "retry": [["word_count"], ["word_count", HOSTILE]],
        "backfill": [
            ["word_count", "--from", DAY, "--to", AFTER, "--dry-run"],
            ["word_count", "--from", HOSTILE, "--to", DAY, "--chunk", HOSTILE],
            [HOSTILE],
        ],
        "backfills": [["word_count"], [HOSTILE]],
        "outdated": [["word_count"], [HOSTILE]],
        "audit": [["word_count", "NEWEST"], ["word_count", bad], ["word_count", HOSTILE]],
        "doctor": [["word_count"], [HOSTILE]],
        "rollback": [["word_count", "--dry-run"], ["word_count", "--partition", f"dt={HOSTILE}"], ["word_count", "--to", HOSTILE]],
        "vacuum": [["word_count", "--keep", "0h", "--dry-run"], ["word_count", "--keep", HOSTILE]],
        "new": [[HOSTILE]],
        "validate": [[HOSTILE], ["--project", str(project / HOSTILE.replace("\n", " "))]],
        "synth": [["--context", HOSTILE]],
        "deploy": [["--context", HOSTILE], ["--target", "aws", "--context", f"account={HOSTILE}"]],
        "destroy": [["word_count", "--dry-run"], [HOSTILE]],
        "redshift-sql": [["--group", HOSTILE]],
        "verify": [["--prefix", HOSTILE]],
        "local up": [["--prefix", HOSTILE], ["--port", HOSTILE]],
        "local serve": [["--port", HOSTILE]],
        "local status": [[], ["--prefix", HOSTILE]],
        "local fire": [["word_count", "--at", HOSTILE], [HOSTILE, "--at", "2026-01-01T00:00:00Z"]],
        "local alarms": [[], ["--at", HOSTILE]],
        "local notices": [[], ["--limit", HOSTILE]],
        "local down": [["--prefix", HOSTILE]],
    }  # fmt: skip


def invoke(project: Path, command: str, words: list[str], *more: str) -> Result:
    standard_error.cache_clear()  # it was created for the standard error of an earlier call
    place = [] if "--project" in words else ["--project", str(project)]
    return CliRunner().invoke(app, [*command.split(), *words, *place, *more], catch_exceptions=False)


def documents(text: str) -> list[Any]:
    """Return one parsed document, or one for each line."""
    try:
        return [json.loads(text)]
    except ValueError:
        return [json.loads(line) for line in text.splitlines()]


def check(command: str, words: list[str], done: Result, *, as_json: bool) -> None:
    where = ascii([command, *words])
    for output in (done.stdout, done.stderr):
        assert is_safe(output), f"{where}: {output!a}"
        lines = [line.strip(" │") for line in output.splitlines()]
        assert not [line for line in lines if line.startswith("error: forged")], f"{where}: {output}"
    assert "Traceback (most recent call last)" not in done.stdout + done.stderr or command in (
        "run",
        "retry",
        "step",
        "logs",
        "show",
        "local notices",
    ), where
    if as_json and done.stdout:
        assert documents(done.stdout) is not None


def test_every_command_is_here() -> None:
    assert set(words_of_each(Path())) == set(all_commands()), "a new command belongs here: which data does it show?"


@pytest.mark.e2e
@pytest.mark.timeout(1200)
def test_no_command_lets_data_drive_the_terminal(project: Path) -> None:
    commands = words_of_each(project)
    (bad := project / "bad" / f"dt={HOSTILE_VALUE}" / "who=x").mkdir(parents=True)
    (bad / f"counts{HOSTILE_VALUE}\x1b.csv").write_text("a,b,c,d\x1b\n", encoding="utf-8")
    seen: dict[str, str] = {}
    newest = ""
    for command, lines in commands.items():
        for words in lines:
            typed = [newest if word == "NEWEST" else word for word in words]
            plain, as_json = invoke(project, command, typed), invoke(project, command, typed, "--json")
            check(command, typed, plain, as_json=False)
            check(command, typed, as_json, as_json=True)
            seen[command] = seen.get(command, "") + plain.stdout + plain.stderr + as_json.stdout
            if command == "run" and as_json.exit_code == 0:
                newest = json.loads(as_json.stdout)["run_id"]
    assert newest
    # The data were present, and are shown as escapes.
    assert "cell\\x1b[2J\\u202e\\x9b" in seen["query"]
    for command in ("partitions", "doctor", "runs", "audit"):
        assert "\\u202e" in seen[command], command
    for command in ("run", "step", "logs", "show"):
        assert "\\x1b[2Jb\\x07c" in seen[command], command
