"""Tests of the dependencies between steps: layers and cycles."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partitioned_pipelines.spec.derived.step_graph import dependencies, find_circle, layers
from partitioned_pipelines.spec.model.pipeline import Input, StepEntry, StepInput


def step(name: str, *reads: str, needs: tuple[str, ...] = ()) -> StepEntry:
    inputs: dict[str, Input] = {f"from_{other}": StepInput(step=other) for other in reads}
    return StepEntry(name=name, script="x.py", inputs=inputs, needs=needs)


def steps_of(text: str) -> list[StepEntry]:
    """Return the steps of ``a b<a c<ab``: the names after the sign are those that a step reads."""
    return [step(part[0], *part[2:]) for part in text.split()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", "a"),
        ("a b<a c<b", "a b c"),
        ("a b c<ab", "ab c"),
        ("c<ab b a", "ba c"),
        ("a b<a c<a d<bc", "a bc d"),
        ("a b<a c d<bc e<c", "ac be d"),
    ],
)
def test_layers(text: str, expected: str) -> None:
    assert " ".join("".join(each.name for each in layer) for layer in layers(steps_of(text))) == expected


def test_what_a_step_reads_twice_or_needs_as_well_counts_once() -> None:
    inputs: dict[str, Input] = {
        "x": StepInput(step="a", output="x"),
        "y": StepInput(step="a", output="y"),
        "raw": "s3://{lake}/raw/",
    }
    assert dependencies(StepEntry(name="b", script="x.py", inputs=inputs, needs=("a", "c"))) == ["a", "c"]


@pytest.mark.parametrize(
    ("text", "circle"),
    [
        ("a b<a", []),
        ("a<a", []),  # reported elsewhere
        ("a<x", []),  # as is an unknown step
        ("a<b b<a", ["a", "b", "a"]),
        ("z a<bz b<c c<a", ["a", "b", "c", "a"]),
        ("d<c c<b b<c a", ["c", "b", "c"]),
        ("a b<a c<a d<bc", []),
    ],
)
def test_circles(text: str, circle: list[str]) -> None:
    assert find_circle(steps_of(text)) == circle


def test_a_long_chain_is_no_recursion() -> None:
    chain = [step(f"s{number}", *([f"s{number + 1}"] if number < 3000 else [])) for number in range(3001)]
    assert find_circle(chain) == []
    assert len(find_circle([*chain[:-1], step("s3000", "s0")])) == 3002


def test_layers_of_a_circle_are_an_error() -> None:
    with pytest.raises(ValueError, match="steps wait for each other: a, b"):
        layers(steps_of("a<b b<a c"))


@given(st.lists(st.sets(st.integers(0, 7), max_size=4), min_size=1, max_size=8))
def test_either_there_is_a_circle_or_each_step_comes_after_what_it_waits_for(edges: list[set[int]]) -> None:
    steps = [
        step(f"s{number}", *(f"s{other}" for other in sorted(others) if other < len(edges) and other != number))
        for number, others in enumerate(edges)
    ]
    circle = find_circle(steps)
    if circle:
        assert circle[0] == circle[-1]
        waits = {each.name: dependencies(each) for each in steps}
        assert all(later in waits[earlier] for earlier, later in pairwise(circle))
        return
    done: set[str] = set()
    for layer in layers(steps):
        assert all(set(dependencies(each)) <= done for each in layer)
        done |= {each.name for each in layer}
    assert done == {each.name for each in steps}
