"""Tests that the digest changes with the content of a deployment, and with nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from partitioned_pipelines.cli.deployment.project_digest import project_digest, read_digest
from partitioned_pipelines.spec import load_project

if TYPE_CHECKING:
    from pathlib import Path


def digest(project: Path, prefix: str = "p") -> str:
    return project_digest(load_project(project), prefix).text


@pytest.mark.parametrize(
    "changed", ["code/count_words.py", "code/tokenizer.py", "code/requirements.txt", "code/Dockerfile", "code/new/file"]
)
def test_a_file_that_is_deployed_changes_it(project: Path, changed: str) -> None:
    before = digest(project)
    path = project / changed
    path.parent.mkdir(exist_ok=True)
    path.write_bytes((path.read_bytes() if path.exists() else b"") + b"\n#")
    assert digest(project) != before


def test_a_pipeline_file_changes_it(project: Path) -> None:
    before = digest(project)
    file = project / "pipelines" / "word_count.yaml"
    file.write_text(file.read_text(encoding="utf-8") + "# a comment\n", encoding="utf-8")
    assert digest(project) != before


def test_a_file_that_is_removed_or_renamed_changes_it(project: Path) -> None:
    before = digest(project)
    (project / "code" / "tokenizer.py").rename(project / "code" / "words.py")
    renamed = digest(project)
    (project / "code" / "words.py").unlink()
    assert len({before, renamed, digest(project)}) == 3


def test_the_prefix_changes_it(project: Path) -> None:
    assert digest(project, "p") != digest(project, "q")


@pytest.mark.parametrize(
    "changed", ["README.md", "data/raw.csv", ".pipelines/local_cloud.json", "code/__pycache__/x.pyc", "code/.git/index"]
)
def test_what_is_not_deployed_does_not_change_it(project: Path, changed: str) -> None:
    before = digest(project)
    (project / changed).parent.mkdir(parents=True, exist_ok=True)
    (project / changed).write_bytes(b"1")
    assert digest(project) == before


def test_a_touched_file_does_not_change_it(project: Path) -> None:
    before = digest(project)
    (project / "code" / "count_words.py").touch()
    assert digest(project) == before


def test_a_file_that_a_linked_folder_holds_changes_it(project: Path) -> None:
    (project / "shared").mkdir()
    (project / "shared" / "dates.py").write_text("one", encoding="utf-8")
    (project / "code" / "shared").symlink_to(project / "shared")
    before = digest(project)
    (project / "shared" / "dates.py").write_text("two", encoding="utf-8")
    assert digest(project) != before


@pytest.mark.parametrize(
    ("ignored", "inside"),
    [
        (None, True),
        ("*.py\n", False),
        ("# all\n*\n", False),
        ("*\n!count_words.py\n", True),
        ("**/*.py\n", False),
        ("[!x]*.py\n", True),  # begins with ! or x
    ],
)
def test_a_script_counts_as_part_of_an_image_unless_it_is_ignored(
    project: Path, ignored: str | None, inside: bool
) -> None:
    if ignored is not None:
        (project / "code" / ".dockerignore").write_text(ignored, encoding="utf-8")
    before = read_digest(digest(project))
    (project / "code" / "count_words.py").write_text("changed", encoding="utf-8")
    after = read_digest(digest(project))
    assert before
    assert after
    assert before.scripts != after.scripts
    assert (before.rest != after.rest) is inside


@pytest.mark.parametrize("changed", ["Dockerfile", ".dockerignore", "deployment.yaml", "pipelines/word_count.yaml"])
def test_a_dockerignore_hides_nothing_that_is_deployed_in_another_way(project: Path, changed: str) -> None:
    (project / "code" / "Dockerfile").rename(project / "Dockerfile")
    file = project / "pipelines" / "word_count.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("code/Dockerfile", "Dockerfile"), encoding="utf-8")
    (project / ".dockerignore").write_text("*\n", encoding="utf-8")
    (project / "deployment.yaml").write_text("{}\n", encoding="utf-8")
    before = read_digest(digest(project))
    (project / changed).write_text((project / changed).read_text(encoding="utf-8") + "# more\n", encoding="utf-8")
    after = read_digest(digest(project))
    assert before
    assert after
    assert before.rest != after.rest


@pytest.mark.parametrize("text", ["", "deadbeef", "[]", '{"rest": "1"}'])
def test_a_digest_that_is_none_is_not_read(text: str) -> None:
    assert read_digest(text) is None
