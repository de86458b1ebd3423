"""Tests of the README's commands for AWS, verbatim and in order, on the local target, from the files of a clone."""

from __future__ import annotations

import os
import pty
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from partitioned_pipelines.cli.settings import Settings, Target
from partitioned_pipelines.cli.target.cloud_process import CloudProcess
from partitioned_pipelines.cli.target.clouds import start_project_cloud
from partitioned_pipelines.cli.target.target import Cloud
from tests.end_to_end.deployment import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]

SETUP = "make setup && . .venv/bin/activate"


def readme_commands() -> list[str]:
    """Return the commands of the block below the README's heading about AWS."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    block = re.search(r"^## Deploy to AWS\n.*?^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert block is not None
    return re.findall(r"^\$ (.*)$", block[1], re.MULTILINE)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Return a folder with the files that a clone contains, without generated ones."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    folder = tmp_path / "clone"
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


@pytest.fixture
def cloud(clone: Path) -> Iterator[Cloud]:
    """Yield an empty local cloud, like a new account."""
    settings = Settings(clone, Target.LOCAL, "pipelines", json=False)
    started = start_project_cloud(settings, port=0, ends_with_this_process=True)
    assert isinstance(started, CloudProcess)
    try:
        yield Cloud.local(started.endpoint)
    finally:
        started.stop()


def on_a_terminal(command: str, folder: Path, answer: str) -> subprocess.CompletedProcess[str]:
    """Run a shell command on a terminal with a given answer."""
    ours, theirs = pty.openpty()
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "PYTEST_"))}
    try:
        os.write(ours, answer.encode())
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            cwd=folder,
            env={**clean, "PATH": os.pathsep.join([str(Path(sys.executable).parent), clean["PATH"]])},
            stdin=theirs,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
    finally:
        os.close(ours)
        os.close(theirs)


def test_the_commands_for_aws_succeed_in_order(clone: Path, cloud: Cloud) -> None:
    commands = readme_commands()
    assert commands[0] == SETUP, "which this test's environment has had"
    assert [command.split()[1] for command in commands[1:]] == ["deploy", "run", "query", "destroy"]
    said = {}
    for command in commands[1:]:
        assert command.count("--target aws") == 1
        finished = on_a_terminal(command.replace("--target aws", "--target local"), clone, "y\n")
        assert finished.returncode == 0, f"{command}\n{finished.stdout}{finished.stderr}"
        said[command.split()[1]] = finished
    assert "pipelines-feature-table deployed" in said["deploy"].stderr
    assert re.search(
        r"uploading examples/feature_table/raw\.csv to s3://\S+/raw/feature_table/2021/12/15/raw\.csv",
        said["run"].stderr,
    )
    assert "SUCCEEDED" in said["run"].stderr
    assert "10 rows" in said["query"].stderr
    destroyed = said["destroy"].stderr
    assert "table analytics.partitioned_table_sample: its definition and its registered partitions" in destroyed
    left = {stack["StackName"] for stack in cloud.cloudformation.describe_stacks()["Stacks"]}
    assert left == {"CDKToolkit"}
    (bucket,) = re.findall(r"s3://(\S+)/ \(retained", destroyed)
    assert cloud.s3.list_objects_v2(Bucket=bucket, Prefix="tables/analytics/partitioned_table_sample/")["KeyCount"] > 0
