"""Tests of the descriptions of schedules that are paused and resumed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from partitioned_pipelines.lake.schedule.pause import (
    is_paused,
    paused_description,
    paused_since,
    resumed_at,
    resumed_description,
)

FIRST, LATER = datetime(2026, 11, 23, 21, 0, tzinfo=UTC), datetime(2026, 11, 24, 6, 30, 15, tzinfo=UTC)


def test_a_pause_says_since_when_and_keeps_the_description() -> None:
    paused = paused_description("Runs told", FIRST)
    assert paused == "paused since 2026-11-23T21:00:00Z: Runs told"
    assert is_paused(paused)
    assert paused_since(paused) == FIRST


def test_a_resumption_restores_the_description_and_says_since_when() -> None:
    resumed = resumed_description(paused_description("Runs told", FIRST), LATER)
    assert resumed == "Runs told (resumed at 2026-11-24T06:30:15Z)"
    assert not is_paused(resumed)
    assert resumed_at(resumed) == LATER
    assert paused_since(resumed) is None


def test_descriptions_do_not_grow() -> None:
    description = "Runs told"
    for _ in range(3):
        description = resumed_description(paused_description(description, FIRST), LATER)
    assert description == "Runs told (resumed at 2026-11-24T06:30:15Z)"
    assert paused_description(paused_description("Runs told", FIRST), LATER).endswith("Z: Runs told")


@pytest.mark.parametrize("description", ["", "Runs told", "Runs told (resumed at noon)", "unpaused"])
def test_a_description_that_is_not_ours_tells_nothing(description: str) -> None:
    assert (is_paused(description), paused_since(description), resumed_at(description)) == (False, None, None)


@pytest.mark.parametrize("description", ["paused", "paused by Ann: holidays", "paused since yesterday: Runs told"])
def test_a_pause_by_hand_has_no_known_beginning(description: str) -> None:
    assert is_paused(description)
    assert paused_since(description) is None


@pytest.mark.parametrize("length", [400, 512])
def test_the_longest_description_of_a_schedule_is_kept(length: int) -> None:
    description = "x" * length
    assert len(paused_description(description, FIRST)) <= 512
    resumed = resumed_description(paused_description(description, FIRST), LATER)
    assert len(resumed) <= 512
    assert resumed_at(resumed) == LATER
