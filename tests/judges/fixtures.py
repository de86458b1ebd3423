"""The two projects that the stacks are judged by, each synthesized once in a test process."""

import pytest

from tests.judges.every_option import write_every_option_project
from tests.judges.synthesis import ROOT, Synthesis, synthesize

__all__ = ["EVERY_OPTION", "PIPELINES", "REPOSITORY", "every_option", "repository"]

REPOSITORY, EVERY_OPTION = "repository", "every_option"
PIPELINES = [
    (REPOSITORY, "feature_table"),
    (REPOSITORY, "flights"),
    (EVERY_OPTION, "everything"),
    (EVERY_OPTION, "by_hand"),
    (EVERY_OPTION, "kinds"),
    (EVERY_OPTION, "repaired"),
]


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    """The repository's own pipelines."""
    return synthesize(ROOT, tmp_path_factory.mktemp("repository") / "cdk.out")


@pytest.fixture(scope="session")
def every_option(tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    """Pipelines that use every option of a pipeline file."""
    folder = tmp_path_factory.mktemp("every_option")
    return synthesize(write_every_option_project(folder / "project"), folder / "cdk.out")
