"""Fixtures of synthesized projects for this folder's tests."""

from tests.synthesized.fixtures import brought_along, every_option, locked_down, repository, waiting, warehouse
from tests.synthesized.sagemaker_fixtures import by_pipelines, by_step_functions

__all__ = [
    "brought_along",
    "by_pipelines",
    "by_step_functions",
    "every_option",
    "locked_down",
    "repository",
    "waiting",
    "warehouse",
]
