"""Tests of ``backfill`` and ``backfills``: options that contradict each other, the question, and what is printed."""

from __future__ import annotations

import json
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import boto3
import pytest

import partitioned_pipelines.cli.commands.backfills as backfills_module
import partitioned_pipelines.cli.runs.published_table as published_table_module
from partitioned_pipelines.cli.backfills.machine import BackfillMachine, RunCounts
from partitioned_pipelines.cli.errors import ExitCode
from partitioned_pipelines.cli.target.target import Cloud
from tests.end_to_end.deployment import PROJECTS
from tests.moto_lake import REGION, aws, s3

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

    from tests.cli.conftest import Invoke

    Pipelines = Callable[..., Any]

__all__ = ["aws", "s3"]  # fixtures of moto's lake

ALL = ("backfill", "daily_lines", "--all", "--from", "2026-03-01", "--to", "2026-03-04")


def stack(name: str, outputs: dict[str, str]) -> None:
    """Create a stack with these outputs."""
    template = {
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {key: {"Value": value} for key, value in outputs.items()},
    }
    boto3.client("cloudformation", region_name=REGION).create_stack(StackName=name, TemplateBody=json.dumps(template))


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    """Return a project with one pipeline, daily_lines, whose table is versioned."""
    return shutil.copytree(PROJECTS / "daily_lines", tmp_path / "project")


@pytest.fixture
def cloud(s3: S3Client, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """Return moto with a lake; it does not run what is started."""
    made = Cloud(boto3.Session(region_name=REGION), None)

    @contextmanager
    def open_cloud(_settings: object) -> Iterator[Cloud]:
        yield made

    for module in (published_table_module, backfills_module):
        monkeypatch.setattr(module, "open_cloud", open_cloud)
    stack("pipelines-data-lake", {"LakeBucketName": "lake"})
    return made


@pytest.fixture
def deployed(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """Return the cloud with the pipeline's two state machines, whose backfills have no runs yet."""
    sfn, definition = cloud.step_functions, json.dumps({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}})
    name = "pipelines-daily-lines"
    arns = [
        sfn.create_state_machine(name=each, definition=definition, roleArn="arn:aws:iam::123456789012:role/r")
        for each in (name, f"{name}_backfill")
    ]
    machine, backfill = (created["stateMachineArn"] for created in arns)
    stack(name, {"StateMachineArn": machine, "BackfillStateMachineArn": backfill})
    monkeypatch.setattr(BackfillMachine, "counts", lambda _self, _backfill: RunCounts(3, 0, 0, 0))
    return cloud


@pytest.fixture
def pipelines(invoke: Invoke, lines: Path) -> Pipelines:
    """Return a function that runs a command; it returns the document with --json, otherwise what was printed."""

    def run(*arguments: str, code: int = ExitCode.OK) -> Any:
        result = invoke(*arguments, "--project", lines, "--target", "aws")
        assert result.exit_code == code, result.output
        return json.loads(result.stdout) if "--json" in arguments else result.output

    return run


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--missing", "--all"), ["mutually exclusive"]),
        (("--all",), ["the time to process is missing", "--from 2026-03-01 --to 2026-04-01"]),
        (("--all", "--from", "2026-03-01"), ["--to is missing"]),
        (("--stop", "--from", "2026-03-01"), ["--stop cannot be combined"]),
        (("--stop", "--failed"), ["--stop cannot be combined"]),
        (("--stop", "--dry-run"), ["--stop cannot be combined"]),
        (("--stop", "--chunk", "30d"), ["--stop cannot be combined"]),
        (("--from", "2026-03-01", "--to", "2026-03-04", "--chunk", "5"), ["--chunk: invalid duration '5'", "30d"]),
        (("--max-concurrency", "0"), ["greater than or equal"]),
        (("--max-concurrency", "101"), ["less than or equal"]),
    ],
)
def test_options_that_make_no_sense(pipelines: Pipelines, arguments: tuple[str, ...], said: list[str]) -> None:
    shown = " ".join(pipelines("backfill", "daily_lines", *arguments, code=ExitCode.INVALID).split())
    for words in said:
        assert words in shown


def test_a_stack_from_before_there_were_backfills(cloud: Cloud, pipelines: Pipelines) -> None:
    stack("pipelines-daily-lines", {"StateMachineArn": "arn:aws:states:::stateMachine:m"})
    for arguments in (ALL, ("backfill", "daily_lines", "--stop"), ("backfills", "daily_lines")):
        said = pipelines(*arguments, code=ExitCode.NO_CLOUD)
        assert "the stack pipelines-daily-lines has no state machine for backfills yet" in said
        assert "pipelines deploy" in said
    assert "has no state machine for backfills yet" in pipelines("backfills"), "the other pipelines are listed"


def test_a_dry_run_starts_nothing(deployed: Cloud, pipelines: Pipelines, s3: S3Client) -> None:
    said = pipelines(*ALL, "--dry-run")
    assert "daily_lines: 3 runs from 2026-03-01 to 2026-03-04 (--all)" in said
    assert "first 2026-03-01, last 2026-03-03, oldest first, 4 at a time" in said
    assert "3 jobs, instance-hours: unknown" in said
    assert s3.list_objects_v2(Bucket="lake")["KeyCount"] == 0
    assert pipelines("backfills", "--json") == []


def test_without_a_terminal_it_must_be_confirmed(deployed: Cloud, pipelines: Pipelines) -> None:
    said = pipelines(*ALL, code=ExitCode.INVALID)
    assert "the confirmation needs a terminal" in said
    assert "add --yes" in said
    assert pipelines("backfills", "--json") == []


def test_a_start_a_repetition_and_the_list(deployed: Cloud, pipelines: Pipelines) -> None:
    started = pipelines(*ALL, "--yes", "--json")
    assert (started["started"], started["max_concurrency"], len(started["runs"])) == (True, 4, 3)
    said = pipelines(*ALL, "--yes")
    assert "daily_lines: 0 runs" in said
    assert f"left out, in the running backfill {started['backfill']}: 2026-03-01, 2026-03-02, 2026-03-03" in said
    assert "nothing to run" in said
    assert f"{started['backfill']} is running, follow it: pipelines backfills daily_lines --follow" in said
    (listed,) = pipelines("backfills", "--json")
    assert (listed["backfill"], listed["status"], listed["mode"]) == (started["backfill"], "RUNNING", "all")
    assert (listed["from"], listed["to"], listed["runs"], listed["left"]) == ("2026-03-01", "2026-03-04", 3, 3)
    assert f"{started['backfill']}  daily_lines" in pipelines("backfills")
    stopped = pipelines("backfill", "daily_lines", "--stop", "--json")
    assert [(each["backfill"], each["status"]) for each in stopped["stopped"]] == [(started["backfill"], "ABORTED")]
    again = pipelines(*ALL, "--yes", "--json")
    assert again["started"]
    assert again["backfill"] != started["backfill"]
    assert [run["name"].startswith(f"{again['backfill']}-") for run in again["runs"]] == [True] * 3


def test_the_list_has_a_limit(deployed: Cloud, pipelines: Pipelines) -> None:
    """A list of all needs calls for each backfill."""
    first = pipelines(*ALL, "--yes", "--json")["backfill"]
    second = pipelines(
        "backfill", "daily_lines", "--all", "--from", "2026-04-01", "--to", "2026-04-03", "--yes", "--json"
    )
    listed = pipelines("backfills")
    assert all(f"{each}  daily_lines" in listed for each in (first, second["backfill"]))
    said = pipelines("backfills", "daily_lines", "--limit", "1")
    assert sum(f"{each}  daily_lines" in said for each in (first, second["backfill"])) == 1
    assert "and 1 older: pipelines backfills daily_lines --limit 2" in said
    assert "older" not in pipelines("backfills", "--limit", "2")
