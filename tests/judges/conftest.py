"""The synthesized projects, for the tests of this folder."""

from tests.judges.fixtures import every_option, repository

__all__ = ["every_option", "repository"]
