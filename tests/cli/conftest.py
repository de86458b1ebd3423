"""Fixtures for the command line in this process, with a small project."""

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
    """Reset the console for errors, which is created once per process for one standard error: each test has its own."""
    standard_error.cache_clear()
    yield
    standard_error.cache_clear()


@pytest.fixture
def invoke() -> Invoke:
    """Return a function that runs ``pipelines`` with arguments; unexpected exceptions are raised in the test."""

    def run(*arguments: str | Path) -> Result:
        return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)

    return run


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project with one pipeline, word_count, whose step reads one file."""
    return shutil.copytree(PROJECTS / "outside", tmp_path / "project")


@pytest.fixture
def flights() -> Path:
    """Return the repository's own project, for reading only."""
    return ROOT


@pytest.fixture(scope="session")
def examples() -> Project:
    """Return the repository's own pipelines, loaded."""
    return load_project(ROOT)
