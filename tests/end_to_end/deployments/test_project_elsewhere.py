"""Tests of a project outside the repository, with its own image, in one command that starts its cloud."""

import json
import shutil
from pathlib import Path

import pytest

from tests.end_to_end.deployment import PROJECTS, pipelines

pytestmark = pytest.mark.e2e


@pytest.fixture
def project(tmp_path: Path) -> Path:
    path = tmp_path / "somewhere else" / "project"
    shutil.copytree(PROJECTS / "outside", path)
    return path


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "20261120.txt"
    path.write_text("The cat and the dog and the bird", encoding="utf-8")
    return path


def test_run_starts_a_cloud_of_its_own_and_ends_it(project: Path, text: Path) -> None:
    finished = pipelines(
        "run", "word_count", "--date", "2026-11-20", "--input", f"text={text}", "--json", project=project
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    document = json.loads(finished.stdout)
    assert document["partitions"] == {"created": 1, "repointed": 0, "unchanged": 0, "kept_newer": 0}
    after = pipelines("query", "SELECT 1", project=project)
    assert after.returncode == 3, "the cloud must have ended with the command"
    assert "pipelines local up" in after.stderr


def test_one_step_alone_needs_no_cloud(project: Path, text: Path, tmp_path: Path) -> None:
    output = tmp_path / "output"
    finished = pipelines(
        "step", "word_count", "count", "--date", "2026-11-20", "--input", f"text={text}", "--output", output,
        project=project,
    )  # fmt: skip
    assert finished.returncode == 0, finished.stdout + finished.stderr
    written = output / "dt=2026-11-20" / "counts.csv"
    assert written.read_text() == "the,3,three\nand,2,two\ncat,1,one\n"
