"""Fixtures of synthesized projects for this folder's tests."""

from tests.synthesized.fixtures import brought_along, every_option, locked_down, repository, waiting, warehouse

__all__ = ["brought_along", "every_option", "locked_down", "repository", "waiting", "warehouse"]
