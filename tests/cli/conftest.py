"""The command line in this process, and a small project to use it on."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from partitioned_pipelines.cli.main import app
from partitioned_pipelines.cli.terminal.output import standard_error
from partitioned_pipelines.spec import load_project
from tests.end_to_end.deployment import PROJECTS, ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from typer.testing import Result

    from partitioned_pipelines.spec import Project

    Invoke = Callable[..., Result]


@pytest.fixture(autouse=True)
def _console_of_this_test() -> Iterator[None]:
    """The console of errors is made once a process, for the standard error of its time: each test has another."""
    standard_error.cache_clear()
    yield
    standard_error.cache_clear()


@pytest.fixture
def invoke() -> Invoke:
    """Run ``pipelines`` with arguments; what it raises by mistake is raised in the test."""

    def run(*arguments: str | Path) -> Result:
        return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)

    return run


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one pipeline, word_count, whose step reads one file."""
    return shutil.copytree(PROJECTS / "outside", tmp_path / "project")


@pytest.fixture
def flights() -> Path:
    """The repository's own project, which is only read."""
    return ROOT


@pytest.fixture(scope="session")
def examples() -> Project:
    """The repository's own pipelines, loaded."""
    return load_project(ROOT)
