"""Letters in run-length form: what is encoded is decoded to the same, and other strings are refused."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partitioned_pipelines.operations.lake_state.interval_letters import LETTERS, Letter
from partitioned_pipelines.operations.lake_state.run_length import (
    InvalidRunLengthError,
    decode,
    encode,
    length,
    parts,
)

letters = st.lists(st.sampled_from(LETTERS), max_size=300)
runs = st.lists(st.tuples(st.sampled_from(LETTERS), st.integers(1, 2000)), max_size=20)


@given(letters)
def test_round_trip(found: list[Letter]) -> None:
    assert decode(encode(found)) == found
    assert length(encode(found)) == len(found)


@given(runs)
def test_long_runs_are_short_and_no_two_neighbours_are_equal(found: list[tuple[Letter, int]]) -> None:
    encoded = encode(letter for letter, count in found for _ in range(count))
    shown = [letter for letter, _ in parts(encoded)]
    assert all(one != other for one, other in pairwise(shown))
    assert len(encoded) <= 5 * len(found)
    assert sum(count for _, count in parts(encoded)) == sum(count for _, count in found)


def test_the_form() -> None:
    found: list[Letter] = ["t"] * 3
    assert encode([*found, "f", "f"]) == "t3f2"
    assert encode(["t", ".", "m", "m"]) == "t.m2"
    assert encode([]) == ""
    assert decode("") == []


@pytest.mark.parametrize("text", ["x", "3t", "t0", "t1", "t01", "t-1", "t 3", "T3", "t3\n", "t٣"])
def test_other_strings_are_refused(text: str) -> None:
    with pytest.raises(InvalidRunLengthError):
        decode(text)
