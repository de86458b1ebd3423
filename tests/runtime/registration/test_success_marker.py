"""Tests that Spark's output is registered only with its success marker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from partitioned_pipelines.runtime.registration.checks import IncompleteOutputError

if TYPE_CHECKING:
    from partitioned_pipelines.lake.key_layout import Layout
    from tests.moto_lake import Lake


def spark_event(lake: Lake) -> dict[str, Any]:
    event = lake.event()
    event["source"]["require_success_marker"] = True
    return event


@pytest.mark.parametrize("layout", ["versioned", "in_place"])
def test_with_the_marker(lake: Lake, layout: Layout) -> None:
    lake.create_table(layout)
    lake.write("dt=2021-12-15/part-0.csv")
    lake.write("_SUCCESS", b"")
    assert lake.send(spark_event(lake))["created"] == 1


@pytest.mark.parametrize("elsewhere", [None, "dt=2021-12-15/_SUCCESS", "_SUCCESS.crc", "_temporary/_SUCCESS"])
def test_without_the_marker_nothing_is_registered(lake: Lake, elsewhere: str | None) -> None:
    lake.create_table()
    lake.write("dt=2021-12-15/part-0.csv")
    if elsewhere:
        lake.write(elsewhere, b"")
    with pytest.raises(
        IncompleteOutputError, match=r"s3://lake/.* has no _SUCCESS of this run.*processingjobconfig\.json"
    ):
        lake.send(spark_event(lake))
    assert lake.partitions() == {}


def test_the_marker_of_an_earlier_run_in_place_says_nothing_of_this_one(lake: Lake) -> None:
    lake.create_table("in_place")
    lake.write("_SUCCESS", b"")
    lake.age()
    lake.write("dt=2021-12-15/part-0.csv")
    with pytest.raises(IncompleteOutputError):
        lake.send(spark_event(lake))


def test_other_jobs_write_none(lake: Lake) -> None:
    lake.create_table()
    lake.write("dt=2021-12-15/a.csv")
    assert lake.register()["created"] == 1
