"""A table whose second run has replaced the first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.runtime.registration.published_runs import DAY, START, publish

if TYPE_CHECKING:
    from tests.moto_lake import Lake


@pytest.fixture
def two_runs(lake: Lake) -> Lake:
    """r2 has replaced all that r1 wrote, a day later; day 2 has been r2's alone."""
    lake.create_table()
    publish(lake, "r1", START, 1)
    publish(lake, "r2", START + DAY, 1, 2)
    return lake
