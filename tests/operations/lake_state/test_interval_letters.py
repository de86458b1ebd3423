"""The letter of each state, from the smallest lake that has it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from partitioned_pipelines.operations.lake_state.interval_letters import (
    LETTER_OF,
    LETTERS,
    NAME_OF,
    OPEN,
    SHOWN,
    letter_of,
)
from partitioned_pipelines.runtime.intervals.interval_state import MISSING, ORDER, State
from partitioned_pipelines.runtime.intervals.state_rule import find_states
from tests.runtime.intervals.test_state_rule import (
    BY_CATALOG,
    BY_EXECUTIONS,
    BY_MARKS,
    DAY,
    MARCH,
    attempt,
    mark,
    shown,
)

if TYPE_CHECKING:
    from partitioned_pipelines.runtime.intervals.evidence import Attempt, TableEvidence

THERE = replace(BY_CATALOG, partitions=[shown(DAY, 5)], marks=[mark("published", 5)])
ROLLED_BACK = replace(THERE, partitions=[shown(DAY, 5)._replace(rolled_back=True)])
DROPPED = replace(BY_CATALOG, marks=[mark("published", 5)], dropped=[(DAY.start, DAY.end)])


@pytest.mark.parametrize(
    ("letter", "table", "attempts"),
    [
        ("t", THERE, []),
        ("t", THERE, [attempt("failed", 4)]),  # it failed before the run that readers see
        ("t", THERE, [attempt("failed", 6), attempt("succeeded", 7)]),
        ("t", THERE, [attempt("running", 6)]),  # readers see the earlier run meanwhile
        ("t", BY_EXECUTIONS, [attempt("succeeded", 5)]),
        ("b", ROLLED_BACK, []),
        ("b", ROLLED_BACK, [attempt("failed", 6)]),
        ("b", ROLLED_BACK, [attempt("running", 6)]),
        ("o", THERE, [attempt("failed", 6)]),
        ("o", THERE, [attempt("failed", 6), attempt("running", 7)]),
        ("o", replace(BY_MARKS, marks=[mark("published", 5)]), [attempt("failed", 6)]),
        ("r", BY_CATALOG, [attempt("running", 6)]),
        ("r", BY_CATALOG, [attempt("failed", 5), attempt("running", 6)]),
        ("r", replace(BY_CATALOG, marks=[mark("skipped", 5)]), [attempt("running", 6)]),
        ("f", BY_CATALOG, [attempt("failed", 5)]),
        ("f", BY_CATALOG, [attempt("failed", 6), attempt("succeeded", 5)]),
        ("s", replace(BY_CATALOG, marks=[mark("skipped", 5)]), []),
        ("s", replace(BY_CATALOG, marks=[mark("skipped", 5)]), [attempt("failed", 4)]),
        ("s", replace(BY_CATALOG, marks=[mark("empty", 5)]), []),
        ("s", DROPPED, []),
        ("m", BY_CATALOG, []),
        ("m", replace(BY_CATALOG, marks=[mark("published", 5)]), []),  # lost: published, and no partition shows it
    ],
)
def test_the_smallest_lake_of_each_letter(letter: str, table: TableEvidence, attempts: list[Attempt]) -> None:
    states = find_states(MARCH, [table], attempts)
    assert letter_of(states[1].tables["db.t"]) == letter
    assert letter_of(states[3].tables["db.t"]) == "m", "nothing is known of another day"


def test_a_later_failed_run_is_named_with_its_reason() -> None:
    state = find_states(MARCH, [THERE], [attempt("failed", 6)])[1].tables["db.t"]
    assert state.failed_since is not None
    assert (state.failed_since.run_id, state.failed_since.reason) == ("20260306T000000Z-0123abcd", "no space")


def test_an_interval_that_is_not_due_has_no_state() -> None:
    assert letter_of(None) == "."


def test_every_state_has_a_letter_and_every_letter_a_name() -> None:
    assert set(LETTER_OF) == set(ORDER)
    assert set(NAME_OF) == set(LETTERS)
    assert {letter_of(State(name)) for name in ORDER} | {"b", "o", "."} == set(LETTERS)


def test_what_is_missing_and_expected_is_open_and_what_is_published_is_shown() -> None:
    for name in ORDER:
        assert (letter_of(State(name)) in OPEN) == (name in MISSING - {"skipped"})
        assert (letter_of(State(name)) in SHOWN) == (name == "published")
