"""Expressions of GetPartitions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cloud_under_test.lake import Lake


@pytest.mark.parametrize("kind", ["varchar(10)", "char(1)", "decimal(5,0)"])
def test_a_key_whose_type_has_a_size_is_compared(lake: Lake, kind: str) -> None:
    lake.table("a int", keys=f"k {kind}")
    lake.partition("1")
    lake.partition("2")
    text = "'2'" if "char" in kind else "2"
    found = lake.glue.get_partitions(DatabaseName=lake.database, TableName="t", Expression=f"k = {text}")["Partitions"]
    assert [one["Values"] for one in found] == [["2"]]
