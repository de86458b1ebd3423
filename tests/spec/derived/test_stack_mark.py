"""Tests of the mark of a stack's deployment, written into its template and read from it."""

from __future__ import annotations

import json

import pytest

from partitioned_pipelines.spec import STACK_MARK, StackMark


@pytest.mark.parametrize("mark", [StackMark("pipelines"), StackMark("a-b", "flights")])
def test_what_is_written_is_read(mark: StackMark) -> None:
    assert StackMark.parse(json.dumps({STACK_MARK: mark.document(), "Other": 1})) == mark


@pytest.mark.parametrize(
    "metadata", [None, "", "null", "[]", "{}", '{"PartitionedPipelines": 1}', '{"PartitionedPipelines": {}}']
)
def test_what_is_not_marked_is_nobodys(metadata: str | None) -> None:
    assert StackMark.parse(metadata) is None
