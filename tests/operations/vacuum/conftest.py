"""Fixtures of a table whose second run has replaced the first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.runtime.registration.published_runs import DAY, START, publish

if TYPE_CHECKING:
    from tests.moto_lake import Lake


@pytest.fixture
def two_runs(lake: Lake) -> Lake:
    """Return a lake in which r2 has replaced everything that r1 wrote, a day later; day 2 was only ever r2's."""
    lake.create_table()
    publish(lake, "r1", START, 1)
    publish(lake, "r2", START + DAY, 1, 2)
    return lake
