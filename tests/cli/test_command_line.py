"""Tests of the command line: shared options in any position, exit codes, help, and error messages."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from partitioned_pipelines.cli.errors import EXIT_CODES_HELP, ExitCode
from partitioned_pipelines.cli.target.locations import state_folder

if TYPE_CHECKING:
    from tests.cli.conftest import Invoke

COMMANDS = [
    "new", "validate", "run", "step", "query", "partitions", "runs", "logs", "rollback", "vacuum", "doctor", "audit", "deploy", "destroy",
    "backfill", "backfills", "pause", "resume", "redshift-sql", "synth", "local serve", "local up", "local down", "local status", "local fire",
    "local alarms", "local notices",
]  # fmt: skip
PIPELINES = Path(sys.executable).with_name("pipelines")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_says_what_it_does_and_what_its_exit_codes_mean(invoke: Invoke, command: str) -> None:
    shown = invoke(*command.split(), "--help")
    assert shown.exit_code == ExitCode.OK
    words = " ".join(shown.stdout.replace("│", " ").split())
    assert f"Usage: pipelines {command}" in words
    for option in ("--project", "--target", "--prefix", "--json"):
        assert option in words
    assert EXIT_CODES_HELP in words


def test_help_names_every_command(invoke: Invoke) -> None:
    shown = invoke("--help").stdout + invoke("local", "--help").stdout
    for command in COMMANDS:
        assert f"│ {command.split()[-1]} " in shown


def test_no_command_is_an_error_that_shows_the_help(invoke: Invoke) -> None:
    shown = invoke()
    assert shown.exit_code == ExitCode.INVALID
    assert "validate" in shown.output


@pytest.mark.parametrize(
    "arguments",
    [
        ["--json", "--project", "P", "local", "status"],
        ["local", "--json", "--project", "P", "status"],
        ["local", "status", "--json", "--project", "P"],
        ["--project", "nowhere", "local", "--project", "P", "status", "--json"],
        ["--project", "nowhere", "local", "status", "--project", "P", "--json"],
    ],
)
def test_shared_options_stand_anywhere_and_the_nearest_wins(
    invoke: Invoke, project: Path, arguments: list[str]
) -> None:
    shown = invoke(*[str(project) if word == "P" else word for word in arguments])
    assert shown.exit_code == ExitCode.NO_CLOUD
    assert json.loads(shown.stdout) == {"running": False}


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--project", "/no/such"], ExitCode.INVALID, ["/no/such", "no such folder"]),
        (["--prefix", "Über"], ExitCode.INVALID, ["'Über'", "lower-case letters"]),
        (["--prefix", "x" * 21], ExitCode.INVALID, ["1 to 20"]),
        (["--prefix", "a--b"], ExitCode.INVALID, ["single hyphens"]),
    ],
)
def test_shared_options_that_are_wrong(invoke: Invoke, arguments: list[str], code: int, said: list[str]) -> None:
    shown = invoke("validate", *arguments)
    assert shown.exit_code == code
    assert shown.stdout == ""
    for words in said:
        assert words in shown.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ("run word_cont --date 2026-11-20", 2, ["'word_cont'", "'word_count'"]),
        ("run word_count", 2, ["the time to process is missing", "--date"]),
        ("run word_count --date 2026-02-30", 2, ["'2026-02-30' does not exist"]),
        ("run word_count --date yesterday", 2, ["'yesterday'", "2026-W09"]),
        ("run word_count --date 2026-11-20 --to 2026-11-21", 2, ["either --date, or --at, or --from and --to"]),
        ("run word_count --from 2026-11-20", 2, ["--to is missing", "--from 2013-01-01 --to 2014-01-01"]),
        ("run word_count --to 2026-11-20", 2, ["--from is missing"]),
        ("run word_count --from 2026-11-20 --to 2026-11-20", 2, ["--to is exclusive"]),
        ("run word_count --date 2026-11-20 --input text", 2, ["NAME=FILE", "for example"]),
        ("run word_count --date 2026-11-20 --input text=/no/such", 2, ["/no/such does not exist"]),
        ("run word_count --date 2026-11-20 --input txet=pyproject.toml", 2, ["no input 'txet'", "'text'"]),
        ("run word_count --from 2026-11-01 --to 2026-11-03 --input text=/etc/hostname", 2, ["{process_date}", "--date"]),
        ("run word_count --date 2026-11-20 --no-deploy", 3, ["--no-deploy", "pipelines local up"]),
        ("step word_count cont --output o", 2, ["no step 'cont'", "'count'"]),
        ("step word_count count --output o", 2, ["needs an --input for text", "--input text=FILE"]),
        ("query SELECT", 3, ["no local cloud", "pipelines local up"]),
        ("partitions word_count", 3, ["no local cloud", "pipelines local up"]),
        ("partitions word_count --table outside.word_count", 2, ["'outside.word_counts'"]),
        ("deploy", 3, ["no local cloud", "pipelines local up"]),
        ("deploy --context account=1", 2, ["--context is for AWS", "--target aws"]),
        ("deploy --bootstrap", 3, ["no local cloud of this project is running", "pipelines local up"]),
        ("validate word_cunt", 2, ["'word_cunt'", "'word_count'"]),
        ("local status", 3, ["no local cloud", "pipelines local up"]),
        ("local up --target aws", 2, ["remove --target"]),
        ("local fire word_count --at 2026-11-23T21:00:00Z", 3, ["no local cloud"]),
        ("local alarms", 3, ["no local cloud", "pipelines local up"]),
        ("local alarms --at tomorrow", 2, ["invalid time 'tomorrow'", "2026-11-23T21:00:00Z"]),
        ("local alarms --at 2026-11-23T21:00", 2, ["has no offset", "--at 2026-11-23T21:00Z"]),
        ("local notices --target aws", 2, ["remove --target"]),
        ("local fire word_count --at tomorrow", 2, ["invalid time 'tomorrow'", "2026-11-23T21:00:00Z"]),
        ("local fire word_count --at 2026-11-23T21:00:00Z --target aws", 2, ["remove --target"]),
    ],
)  # fmt: skip
def test_an_error_names_the_thing_and_the_remedy(
    invoke: Invoke, project: Path, arguments: str, code: int, said: list[str]
) -> None:
    shown = invoke(*arguments.split(), "--project", project)
    assert shown.exit_code == code, shown.stderr
    assert shown.stdout == ""
    assert shown.stderr.count("error: ") == 1
    for words in said:
        assert words in shown.stderr


def test_a_query_without_sql_is_refused_before_anything_is_asked(invoke: Invoke, project: Path) -> None:
    shown = invoke("query", " ", "--project", project)
    assert shown.exit_code == ExitCode.INVALID
    assert "no SQL statement" in shown.stderr


def test_an_error_is_a_document_too(invoke: Invoke, project: Path) -> None:
    shown = invoke("--json", "run", "word_cont", "--date", "2026-11-20", "--project", project)
    assert shown.exit_code == ExitCode.INVALID
    error = json.loads(shown.stdout)["error"]
    assert "'word_count'" in error["message"]
    assert error["message"] in shown.stderr


@pytest.mark.parametrize("arguments", [["nothing"], ["validate", "--taget", "aws"], ["validate", "--target", "gcp"]])
def test_what_is_not_on_the_command_line_is_invalid(invoke: Invoke, arguments: list[str]) -> None:
    shown = invoke(*arguments)
    assert shown.exit_code == ExitCode.INVALID
    assert "Traceback" not in shown.output


def test_the_script_of_the_package(project: Path) -> None:
    """In a separate folder, without a terminal: no escape sequences, Japanese in a C locale, no traceback."""
    file = project / "pipelines" / "word_count.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("name: word_count", "name: 特徴量", 1), encoding="utf-8")
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C"}
    done = subprocess.run(
        [PIPELINES, "validate"], cwd=project, env=environment, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == ExitCode.INVALID
    assert "pipelines/word_count.yaml:1: name:" in done.stdout
    assert "特徴量" in done.stdout
    assert "\x1b" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_no_credentials_are_told_in_words(project: Path, tmp_path: Path) -> None:
    nothing = tmp_path / "nothing"
    environment = {
        "PATH": os.environ["PATH"],
        "AWS_CONFIG_FILE": str(nothing),
        "AWS_SHARED_CREDENTIALS_FILE": str(nothing),
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    command = [str(PIPELINES), "query", "SELECT 1", "--target", "aws", "--project", str(project)]
    for region, said in ({}, "set AWS_REGION"), ({"AWS_REGION": "eu-west-1"}, "no AWS credentials"):
        done = subprocess.run(command, env=environment | region, capture_output=True, text=True, check=False)
        assert done.returncode == ExitCode.NO_CLOUD
        assert said in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        (["run", "word_count", "--date", "2026-01-01", "--date", "2026-01-02"], "--date"),
        (["run", "word_count", "--from", "2026-01-01", "--to", "2026-01-02", "--to", "2026-01-03"], "--to"),
        (["local", "up", "--port", "1", "--port=2"], "--port"),
        (["vacuum", "word_count", "--keep", "7d", "--keep", "7d"], "--keep"),
        (["validate", "--project", ".", "--project", "."], "--project"),
    ],
)
def test_an_option_of_one_value_is_given_once(invoke: Invoke, arguments: list[str], option: str) -> None:
    shown = invoke(*arguments)
    assert shown.exit_code == ExitCode.INVALID
    assert f"{option} is set 2 times, but takes one value" in " ".join(shown.stderr.replace("│", " ").split())


def test_several_days_of_a_pipeline_of_single_days_are_refused_before_anything(invoke: Invoke, project: Path) -> None:
    shown = invoke("run", "word_count", "--from", "2026-01-01", "--to", "2026-01-03", "--project", project)
    assert shown.exit_code == ExitCode.INVALID
    assert "input 'text' of step 'count' has {process_date}" in shown.stderr
    assert "starting" not in shown.stderr
    assert not (project / ".pipelines").exists()
    one_day = invoke(
        "run", "word_count", "--from", "2026-01-01", "--to", "2026-01-02", "--no-deploy", "--project", project
    )
    assert one_day.exit_code == ExitCode.NO_CLOUD, "one day is one, however it is given"


@pytest.mark.parametrize("folder", ["code", "code/deep/down", "pipelines"])
def test_the_project_above_is_found_from_its_folders(
    invoke: Invoke, project: Path, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    (project / folder).mkdir(parents=True, exist_ok=True)
    monkeypatch.chdir(project / folder)
    assert invoke("validate", "word_count").exit_code == ExitCode.OK
    assert invoke("local", "status").exit_code == ExitCode.NO_CLOUD
    assert invoke("local", "down").exit_code == ExitCode.OK
    assert not list(project.rglob(".pipelines"))


def test_where_no_project_is_nothing_is_left(invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for command in ("status", "down", "up", "serve"):
        assert invoke("local", command).exit_code in (ExitCode.OK, ExitCode.INVALID, ExitCode.NO_CLOUD)
    assert not list(tmp_path.iterdir())


def test_what_the_system_refuses_is_an_error_in_words(
    invoke: Invoke, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_settings: object, **_options: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/a/file")

    monkeypatch.setattr("partitioned_pipelines.cli.commands.validate._load", full)
    shown = invoke("validate", "--project", project, "--json")
    assert shown.exit_code == ExitCode.FAILED
    assert "error: /a/file: No space left on device\nfree space on the full disk" in shown.stderr
    assert json.loads(shown.stdout)["error"]["message"] == "/a/file: No space left on device"


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM, errno.EROFS])
def test_a_folder_that_cannot_be_used_is_named_with_its_owner(
    invoke: Invoke, project: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def denied(_settings: object, **_options: object) -> None:
        raise OSError(number, os.strerror(number), str(project / "a" / "file"))

    monkeypatch.setattr("partitioned_pipelines.cli.commands.validate._load", denied)
    shown = invoke("validate", "--project", project)
    assert (
        f"error: {project}/a/file: {os.strerror(number)}\nsee who may use it: ls -ld {project}; other" in shown.stderr
    )


def test_other_users_cannot_read_or_change_the_state(project: Path) -> None:
    before = os.umask(0)
    try:
        state_folder(project)
    finally:
        os.umask(before)
    assert (project / ".pipelines").stat().st_mode & 0o777 == 0o700
