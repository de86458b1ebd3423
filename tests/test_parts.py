"""Tests of .ci/parts.py: .ci/run runs all tests and checks all code."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conftest import MORE_PROJECTS, QUICK, THOROUGH

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).parents[1]
# These are quick, or run by a separate command.
OF_NO_PART = {"tests/ministack", "tests/synthesized", "tests/fixtures"}


@pytest.fixture(scope="module")
def parts() -> ModuleType:
    specification = importlib.util.spec_from_file_location("ci_parts", ROOT / ".ci" / "parts.py")
    assert specification
    assert specification.loader
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def tracked(*patterns: str) -> list[str]:
    return subprocess.run(
        ["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()


def test_each_folder_of_tests_belongs_to_a_part(parts: ModuleType) -> None:
    folders = {"/".join(file.split("/")[:2]) for file in tracked("tests/*/*.py")} | {"packages/local-cloud/tests"}
    assert folders - OF_NO_PART == {folder for part in parts.PARTS.values() for folder in part.tests}


def test_a_change_of_any_code_runs_something(parts: ModuleType) -> None:
    code = [
        file
        for file in tracked("*.py", "*.sh", "*.yaml", "*.json", "*.toml", "*.txt", "Makefile")
        if not file.startswith(("docs/", "tests/ministack/"))
    ]
    beside = {"tests/test_parts.py", "tests/test_who_imports_whom.py"}  # quick
    assert [file for file in code if not parts.changed_parts([file]) and file not in beside] == []


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("docs/how-to/operating.md", []),
        ("partitioned_pipelines/cli/commands/run.py", ["commands", "runs", "local_cloud"]),
        ("stacks/pipeline/pipeline_stack.py", ["stacks", "commands", "runs", "spark"]),
        ("tests/mutations/test_mutations.py", ["stacks"]),
        ("requirements/dev.txt", ["stacks", "runtime", "commands", "runs", "local_cloud", "spark"]),
    ],
)
def test_a_change_runs_the_parts_that_depend_on_it(parts: ModuleType, file: str, expected: list[str]) -> None:
    assert parts.changed_parts([file]) == expected


def test_without_a_commit_to_compare_with_all_parts_run(parts: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    assert parts.changed_parts(None) == list(parts.PARTS)
    assert parts.changed_files("no-such-commit") is None
    monkeypatch.setattr(parts, "ROOT", ROOT.parent)
    assert parts.changed_files("") is None


def test_make_test_reads_the_stacks_of_the_repository_alone() -> None:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--collect-only",
        "-q",
        "-m",
        "not thorough",
        "tests/stacks/test_every_property.py",
    ]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "-repository-feature_table]" in listed
    assert not [project for project in MORE_PROJECTS if f"-{project}" in listed]


def test_what_is_thorough_is_there() -> None:
    assert [path for path in (*THOROUGH, *QUICK) if not (ROOT / "tests" / path).exists()] == []


def test_the_shares_of_successive_submissions_are_all_the_tests(parts: ModuleType) -> None:
    every = list(parts.PARTS)
    shares = [parts.tests_of(every, f"{number}/4") for number in (1, 2, 3, 4)]
    folders = tuple(f"{folder}/" for folder in parts.tests_of(every, "1/1"))
    of_parts = [file for file in tracked("*/test_*.py") if file.startswith(folders)]
    assert sorted(file for share in shares for file in share) == sorted(of_parts)


def test_one_part_runs_whole_and_many_run_the_share_of_their_commit(
    parts: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert parts.share_for_submission(["stacks", "runs"]) == "1/1"
    commits = iter(["8", "9", "10", "11", "12"])
    monkeypatch.setattr(parts, "_git", lambda *_: next(commits))
    assert [parts.share_for_submission(list(parts.PARTS)) for _ in range(5)] == ["1/4", "2/4", "3/4", "4/4", "1/4"]
