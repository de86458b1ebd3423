"""Fixtures of a table with two runs: each has its own partition, and one that the second run has replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.runtime.registration.published_runs import DAY, START, publish

if TYPE_CHECKING:
    from tests.moto_lake import Lake


@pytest.fixture
def two_runs(lake: Lake) -> Lake:
    lake.create_table()
    publish(lake, "r1", START, 1, 2)
    publish(lake, "r2", START + DAY, 2, 3)
    return lake
