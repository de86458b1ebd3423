"""Tests of the commands without the local cloud's package, which is not required for deployments to AWS."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.end_to_end.deployment import ROOT

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = """
import sys
sys.modules.update(dict.fromkeys(("local_cloud", "moto", "duckdb", "dockerfile_parse")))
from partitioned_pipelines.cli.main import run
run()
"""


def pipelines(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", SCRIPT, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("arguments", [["--help"], ["validate"], ["local", "status"], ["deploy", "--help"]])
def test_what_needs_no_local_cloud_works(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert "no module" not in done.stderr
    assert done.returncode in ({0, 3} if arguments == ["local", "status"] else {0}), done.stderr


def test_the_templates_are_synthesized(tmp_path: Path) -> None:
    done = pipelines("synth", "--output", tmp_path / "cdk.out", "--project", ROOT)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "cdk.out" / "pipelines-flights.template.json").is_file()


@pytest.mark.parametrize(
    "arguments",
    [
        ["step", "feature_table", "transform", "--date", "2021-12-15", "--output", "{folder}"],
        ["local", "up"],
    ],
)
def test_what_needs_it_says_how_to_install_it(arguments: list[str], tmp_path: Path) -> None:
    for folder in ("pipelines", "processing_scripts"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    given = [argument.format(folder=tmp_path / "out") for argument in arguments]
    done = pipelines(*given, "--project", tmp_path, "--json")
    assert done.returncode == 3, done.stderr
    error = json.loads(done.stdout)["error"]
    assert error["message"].startswith("the local cloud is not installed")
    assert "pip install ./packages/local-cloud" in error["remedy"]
