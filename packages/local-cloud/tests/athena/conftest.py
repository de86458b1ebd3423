"""A lake for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from cloud_under_test.lake import Lake

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def lake(aws: Callable[[str], Any], name: str) -> Lake:
    """An empty bucket and database."""
    return Lake(aws, name)
