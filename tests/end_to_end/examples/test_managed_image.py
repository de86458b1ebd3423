"""Tests of projects with SageMaker's managed images: their default stand-ins have scikit-learn."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.deployment import PROJECTS, deployed, pipelines

pytestmark = pytest.mark.e2e

FLOWERS = """\
flower,petal_length,petal_width
a,1.4,0.2
b,4.7,1.4
c,1.3,0.2
d,4.9,1.5
"""


@pytest.fixture
def flowers(tmp_path: Path) -> Path:
    path = tmp_path / "20261120.csv"
    path.write_text(FLOWERS, encoding="utf-8")
    return path


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    """Yield a project outside the repository, on a running local cloud."""
    path = shutil.copytree(PROJECTS / "managed_image", tmp_path / "project")
    with deployed(path):
        yield path


def test_a_run_on_the_stand_in_of_a_managed_image(project: Path, flowers: Path) -> None:
    finished = pipelines(
        "run", "flower_groups", "--date", "2026-11-20", "--input", f"flowers={flowers}", "--json", project=project
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert json.loads(finished.stdout)["partitions"] == {"created": 1, "repointed": 0, "unchanged": 0, "kept_newer": 0}
    asked = pipelines(
        "query", "SELECT flower, flower_group, scikit_learn FROM flowers.groups WHERE dt = DATE '2026-11-20' ORDER BY flower",
        "--json", project=project,
    )  # fmt: skip
    assert asked.returncode == 0, asked.stdout + asked.stderr
    rows = json.loads(asked.stdout)
    assert [(row["flower"], row["flower_group"]) for row in rows] == [("a", 0), ("b", 1), ("c", 0), ("d", 1)]
    assert {row["scikit_learn"].rpartition(".")[0] for row in rows} == {"1.9"}


def test_the_step_alone_has_the_same_stand_in(tmp_path: Path, flowers: Path) -> None:
    project = shutil.copytree(PROJECTS / "managed_image", tmp_path / "alone")
    output = tmp_path / "output"
    finished = pipelines(
        "step", "flower_groups", "group", "--date", "2026-11-20", "--input", f"flowers={flowers}", "--output", output,
        project=project,
    )  # fmt: skip
    assert finished.returncode == 0, finished.stdout + finished.stderr
    groups = (output / "dt=2026-11-20" / "groups.csv").read_text(encoding="utf-8").splitlines()
    assert [line.rpartition(",")[0] for line in groups] == ["a,0", "b,1", "c,0", "d,1"]
