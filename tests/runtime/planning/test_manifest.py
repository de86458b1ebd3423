"""Tests of manifests: a step's input from a table is what the catalog points to when the run is planned."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING, Any, cast

import pytest

from partitioned_pipelines.lake.function_events.requests import InvalidRequestError
from partitioned_pipelines.lake.intervals.execution_input import IntervalRule
from partitioned_pipelines.runtime.planning import manifest
from partitioned_pipelines.runtime.planning.manifest import ManifestError, TableFiles, write_manifest
from partitioned_pipelines.runtime.planning.partition_list import PartitionList
from partitioned_pipelines.runtime.planning.planning import plan_run
from partitioned_pipelines.runtime.planning.step_inputs import MissingInputError
from tests.runtime.planning.test_planning import event

if TYPE_CHECKING:
    from mypy_boto3_glue import GlueClient

    from partitioned_pipelines.lake.function_events.payloads import TableInputSpec
    from tests.moto_lake import Lake

LOCATION = "s3://{lake}/tables/analytics/features/runs/"
KEY = "intermediates/feature_table/{run_id}/manifests/transform.features.json"


@pytest.fixture
def published(lake: Lake) -> Lake:
    """Return a lake with two runs: the second replaced one of the first's days, and wrote to another."""
    lake.create_table()
    lake.write("dt=2021-12-14/a.csv", run="r1")
    lake.write("dt=2021-12-15/a.csv", run="r1")
    lake.register("r1")
    lake.write("dt=2021-12-15/b.csv", run="r2")
    lake.write("dt=2021-12-15/c.csv", run="r2")
    lake.write("dt=2021-12-16/d.csv", run="r2")
    lake.write("dt=2021-12-16/_SUCCESS", b"x", run="r2")
    lake.write("dt=2021-12-16/empty.csv", b"", run="r2")
    lake.register("r2")
    return lake


def table_input(partitions: str = "all", keys: list[dict[str, str]] | None = None) -> dict[str, Any]:
    return {
        "name": "features",
        "database_name": "analytics",
        "table_name": "features",
        "partition_keys": keys or [{"name": "dt", "type": "string", "date_format": "%Y-%m-%d"}],
        "partitions": partitions,
        "location": LOCATION,
        "manifest": f"s3://{{lake}}/{KEY}",
    }


def plan(
    lake: Lake,
    execution_input: object,
    partitions: str = "all",
    keys: list[dict[str, str]] | None = None,
    **step: Any,
) -> dict[str, Any]:
    changed = {"inputs": [], "table_inputs": [table_input(partitions, keys)], **step}
    return cast("dict[str, Any]", plan_run(event(execution_input, **changed), lake.s3, glue=lambda: lake.glue))


def files(lake: Lake, planned: dict[str, Any]) -> tuple[str, list[str]]:
    """Return the manifest's prefix and its keys."""
    uri = planned["steps"]["extract"]["inputs"]["features"]
    assert uri == f"s3://lake/{KEY}".replace("{run_id}", planned["run_id"])
    body = lake.s3.get_object(Bucket="lake", Key=uri.removeprefix("s3://lake/"))["Body"].read()
    first, *rest = json.loads(body)
    return first["prefix"], rest


def test_all_that_the_catalog_points_to_and_nothing_else(published: Lake) -> None:
    prefix, keys = files(published, plan(published, {"date": "2021-12-15"}))
    assert prefix == "s3://lake/tables/analytics/features/runs/"
    assert sorted(keys) == [
        "r1/0b1c/dt=2021-12-14/a.csv",
        "r2/0b1c/dt=2021-12-15/b.csv",
        "r2/0b1c/dt=2021-12-15/c.csv",
        "r2/0b1c/dt=2021-12-16/d.csv",
    ]


@pytest.mark.parametrize(
    ("asked", "days"),
    [
        ({"date": "2021-12-14"}, {"dt=2021-12-14"}),
        ({"from": "2021-12-15", "to": "2021-12-17"}, {"dt=2021-12-15", "dt=2021-12-16"}),
        ({"from": "2021-01-01", "to": "2022-01-01"}, {"dt=2021-12-14", "dt=2021-12-15", "dt=2021-12-16"}),
    ],
)
def test_the_run_s_interval(published: Lake, asked: dict[str, str], days: set[str]) -> None:
    _, keys = files(published, plan(published, asked, "interval", arguments=[]))
    assert {key.split("/")[2] for key in keys} == days


def test_nothing_in_the_interval_is_a_missing_input(published: Lake) -> None:
    with pytest.raises(
        MissingInputError, match=r"the partitions of the run's interval of analytics\.features contain no files"
    ):
        plan(published, {"date": "2022-01-01"}, "interval")
    skipped = plan(published, {"date": "2022-01-01"}, "interval", missing_input="skip")
    assert skipped["outcome"] == "missing_input"
    assert "analytics.features contain no files" in skipped["reason"]
    assert not any("/manifests/" in key for key in published.object_keys())


def test_planning_again_gives_the_same_manifest(published: Lake) -> None:
    first = plan(published, {"date": "2021-12-15"})
    assert plan(published, {"date": "2021-12-15"}) == first
    assert len([key for key in published.object_keys() if "/manifests/" in key]) == 1


def test_a_partition_elsewhere_is_refused(published: Lake) -> None:
    partition = published.partitions()["2021-12-14",]
    published.glue.update_partition(
        DatabaseName="analytics",
        TableName="features",
        PartitionValueList=["2021-12-14"],
        PartitionInput={
            "Values": ["2021-12-14"],
            "StorageDescriptor": {**partition["StorageDescriptor"], "Location": "s3://elsewhere/x/"},
        },
    )
    with pytest.raises(ManifestError, match=r"2021-12-14 of analytics\.features is in s3://elsewhere/x/"):
        plan(published, {"date": "2021-12-15"})


def test_too_many_files_are_refused_by_name(published: Lake) -> None:
    table = TableFiles.from_payload(cast("TableInputSpec", table_input()), LOCATION.replace("{lake}", "lake"))
    interval = IntervalRule.from_spec({"timezone": "UTC", "date_offset_days": 0}).interval_of({"date": "2021-12-15"})
    refused = pytest.raises(
        ManifestError, match=r"analytics\.features has more than 3 files .* \(partitions: interval\)"
    )
    with closing(PartitionList()) as read, refused:
        write_manifest(published.s3, published.glue, table, interval, "s3://lake/m.json", read, most_files=3)
    assert "m.json" not in published.object_keys()


def test_many_partitions_are_read_page_by_page(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    lake.create_table(keys="n:int")
    for number in range(25):
        lake.write(f"n={number}/a.csv")
    lake.register()
    monkeypatch.setattr(manifest, "_LISTED_AT_ONCE", 4)
    # A state machine drops null values of a spec when it passes it.
    _, keys = files(lake, plan(lake, {"date": "2021-12-15"}, keys=[{"name": "n", "type": "int"}]))
    assert len(keys) == 25


def test_a_planner_without_a_catalog_says_so(lake: Lake) -> None:
    with pytest.raises(InvalidRequestError, match="step 'extract' reads a table"):
        plan_run(event({"date": "2021-12-15"}, inputs=[], table_inputs=[table_input()]), lake.s3)


def test_the_catalog_is_not_asked_where_no_table_is_read(lake: Lake) -> None:
    def glue() -> GlueClient:
        raise AssertionError

    lake.s3.put_object(Bucket="lake", Key="raw/feature_table/2021/12/15/day.csv", Body=b"a")
    assert plan_run(event({"date": "2021-12-15"}), lake.s3, glue=glue)["outcome"] == "run"


@pytest.mark.parametrize(
    ("keys", "timezone", "folders", "read"),
    [
        ("dt:date hour:int:%H", "UTC", ["dt=2026-11-01/hour=5", "dt=2026-11-01/hour=6", "dt=2026-11-01/hour=7"], [0]),
        ("dt:date hour:int:%H", None, ["dt=2026-11-01/hour=0", "dt=2026-11-01/hour=1", "dt=2026-11-01/hour=2"], [1]),
        ("dt:date hour:string:%H%z", None, ["dt=2026-11-01/hour=01-0400", "dt=2026-11-01/hour=01-0500"], [0]),
        ("dt:date", "Asia/Tokyo", ["dt=2026-10-31", "dt=2026-11-01"], [1]),
    ],
)
def test_partitions_of_the_runs_hour(
    lake: Lake, keys: str, timezone: str | None, folders: list[str], read: list[int]
) -> None:
    """The first of the two hours from 01:00 on 1 November in New York: 05:00 in UTC, and still 1 November in Tokyo."""
    lake.create_table(keys=keys)
    for folder in folders:
        lake.write(f"{folder}/a.csv")
    lake.register()
    given = {**table_input("interval"), "partition_keys": lake.keys, **({"timezone": timezone} if timezone else {})}
    request = event(
        {"from": "2026-11-01T05:00:00Z", "to": "2026-11-01T06:00:00Z"}, inputs=[], arguments=[], table_inputs=[given]
    )
    request["spec"].update(timezone="America/New_York", interval="hour", offset=-1)
    _, found = files(lake, cast("dict[str, Any]", plan_run(request, lake.s3, glue=lambda: lake.glue)))
    assert found == [f"r1/0b1c/{folders[index]}/a.csv" for index in read]
