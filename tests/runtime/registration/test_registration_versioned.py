"""Tests of registering runs that each write to a separate folder."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from partitioned_pipelines.lake.key_layout import receipts_prefix

if TYPE_CHECKING:
    from tests.moto_lake import Lake

FIRST = datetime(2026, 11, 23, 16, 0, 0, tzinfo=UTC)
LATER = FIRST + timedelta(milliseconds=1)


def test_a_first_run_creates(lake: Lake) -> None:
    lake.create_table()
    lake.write("dt=2021-12-15/a.csv")
    lake.write("dt=2021-12-15/b.csv")
    lake.write("dt=2021-12-16/a.csv")
    assert lake.register() == {
        "table": "analytics.features",
        "outcome": "registered",
        "continuation": {},
        "created": 2,
        "repointed": 0,
        "unchanged": 0,
        "kept_newer": 0,
        "objects": 3,
        "bytes": 12,
        "swept": 0,
        "bad_paths": [],
        "bad_path_count": 0,
        "skipped_partitions": 0,
        "ignored": {"hidden": 0, "empty": 0, "marker": 0},
        "receipt": f"s3://lake/{receipts_prefix('analytics', 'features')}r1.json",
    }
    assert lake.locations() == {
        (day,): f"s3://lake/tables/analytics/features/runs/r1/0b1c/dt={day}/" for day in ("2021-12-15", "2021-12-16")
    }


def test_a_partition_carries_the_tables_descriptor_and_its_runs_stamp(lake: Lake) -> None:
    lake.create_table()
    lake.write("dt=2021-12-15/a.csv")
    lake.register()
    table = lake.glue.get_table(DatabaseName="analytics", Name="features")["Table"]
    (partition,) = lake.partitions().values()
    assert partition["StorageDescriptor"] == {
        **table["StorageDescriptor"],
        "Location": "s3://lake/tables/analytics/features/runs/r1/0b1c/dt=2021-12-15/",
    }
    assert partition["StorageDescriptor"]["Columns"][0]["Comment"] == "feature1の説明。"
    stamp = dict(partition["Parameters"])
    assert datetime.fromisoformat(stamp.pop("registered_at"))
    assert stamp == {
        "run_id": "r1",
        "run_started_at": "2026-11-23T16:25:08.123Z",
        "pipeline": "feature_table",
        "script_hash": "abc",
        "image_uri": "image@sha256:1",
        "objects": "1",
        "bytes": "4",
    }


def test_a_later_run_repoints_and_leaves_the_first_ones_files(lake: Lake) -> None:
    lake.create_table()
    lake.write("dt=2021-12-15/a.csv")
    lake.write("dt=2021-12-15/b.csv")
    lake.register(started_at=FIRST)
    lake.write("dt=2021-12-15/a.csv", run="r2")
    lake.write("dt=2021-12-16/a.csv", run="r2")
    result = lake.register("r2", LATER)
    assert (result["created"], result["repointed"], result["unchanged"], result["kept_newer"]) == (1, 1, 0, 0)
    assert set(lake.stamps("run_id").values()) == {"r2"}
    assert all("/runs/r2/" in location for location in lake.locations().values())
    assert len([key for key in lake.object_keys() if "/runs/r1/" in key]) == 2


def test_registering_again_changes_nothing_and_updates_nothing(lake: Lake) -> None:
    lake.create_table()
    lake.write("dt=2021-12-15/a.csv")
    lake.register()
    before = lake.partitions()
    lake.forget_calls()
    result = lake.register()
    assert (result["created"], result["repointed"], result["unchanged"]) == (0, 0, 1)
    assert lake.calls["BatchUpdatePartition"] == 0
    assert lake.partitions() == before


def test_a_redrive_of_a_run_repoints_to_its_own_attempt(lake: Lake) -> None:
    lake.create_table()
    lake.write("dt=2021-12-15/a.csv")
    lake.register()
    event = lake.event()
    event["source"]["s3_uri"] = event["source"]["s3_uri"].replace("0b1c", "9f00")
    lake.s3.put_object(Bucket="lake", Key=f"{lake.root().replace('0b1c', '9f00')}dt=2021-12-15/a.csv", Body=b"b,1\n")
    assert lake.send(event)["repointed"] == 1
    assert "/r1/9f00/" in lake.locations()["2021-12-15",]


def test_an_earlier_run_that_ends_late_replaces_nothing(lake: Lake) -> None:
    lake.create_table()
    lake.write("dt=2021-12-15/a.csv", run="r2")
    lake.register("r2", LATER)
    lake.write("dt=2021-12-15/a.csv")
    lake.write("dt=2021-12-16/a.csv")
    result = lake.register("r1", FIRST)
    assert (result["created"], result["repointed"], result["kept_newer"]) == (1, 0, 1)
    assert lake.stamps("run_id") == {("2021-12-15",): "r2", ("2021-12-16",): "r1"}
    receipt = json.loads(lake.s3.get_object(Bucket="lake", Key=result["receipt"][10:])["Body"].read())
    assert [each["values"] for each in receipt["partitions"]] == [["2021-12-16"]]
    assert [(each["values"], each["kept_by"]) for each in receipt["kept_newer"]] == [(["2021-12-15"], "r2")]


@pytest.mark.parametrize("order", [("r1", "r2"), ("r2", "r1")])
def test_of_two_runs_that_started_at_once_the_same_one_stays(lake: Lake, order: tuple[str, str]) -> None:
    lake.create_table()
    for run in order:
        lake.write("dt=2021-12-15/a.csv", run=run)
        lake.register(run, FIRST.replace(microsecond=500))
    assert lake.stamps("run_id") == {("2021-12-15",): "r2"}


@pytest.mark.parametrize("parameters", [{}, {"run_id": "x", "run_started_at": "yesterday"}, {"run_id": "x"}])
def test_a_partition_with_no_stamp_of_ours_is_repointed(lake: Lake, parameters: dict[str, str]) -> None:
    lake.create_table()
    lake.glue.create_partition(
        DatabaseName="analytics",
        TableName="features",
        PartitionInput={
            "Values": ["2021-12-15"],
            "StorageDescriptor": {"Location": "s3://elsewhere/dt=2021-12-15/"},
            "Parameters": {"numRows": "1000000", **parameters},
        },
    )
    lake.write("dt=2021-12-15/a.csv")
    assert lake.register()["repointed"] == 1
    (partition,) = lake.partitions().values()
    assert partition["StorageDescriptor"]["Location"].startswith("s3://lake/")
    assert "numRows" not in partition["Parameters"]


def test_an_old_schema_is_repaired(lake: Lake) -> None:
    lake.create_table()
    lake.write("dt=2021-12-15/a.csv")
    lake.register()
    table = lake.glue.get_table(DatabaseName="analytics", Name="features")["Table"]
    columns = [*table["StorageDescriptor"]["Columns"], {"Name": "feature9", "Type": "double"}]
    lake.glue.update_table(
        DatabaseName="analytics",
        TableInput={
            "Name": "features",
            "PartitionKeys": table["PartitionKeys"],
            "StorageDescriptor": {**table["StorageDescriptor"], "Columns": columns},  # type: ignore[typeddict-item,misc]
        },
    )
    assert lake.register()["repointed"] == 1
    (partition,) = lake.partitions().values()
    assert [column["Name"] for column in partition["StorageDescriptor"]["Columns"]][-1] == "feature9"


def test_defaults_that_glue_adds_are_no_difference(lake: Lake) -> None:
    lake.create_table()
    lake.write("dt=2021-12-15/a.csv")
    lake.register()

    def add_defaults(parsed: dict[str, list[dict[str, dict[str, object]]]]) -> None:
        for partition in parsed["Partitions"]:
            partition["StorageDescriptor"].update(
                Compressed=False, NumberOfBuckets=0, SortColumns=[], Parameters={}, StoredAsSubDirectories=False
            )

    lake.amend("glue.BatchGetPartition", add_defaults)
    assert lake.register()["unchanged"] == 1


def test_several_keys_and_odd_values(lake: Lake) -> None:
    lake.create_table(keys="year:int: month:int: city:string:")
    lake.write("year=2013/month=1/city=東京%2F都/a.csv")
    lake.write("year=2013/month=2/city=__HIVE_DEFAULT_PARTITION__/a.csv")
    assert lake.register()["created"] == 2
    assert lake.locations() == {
        ("2013", "1", "東京/都"): f"s3://lake/{lake.root()}year=2013/month=1/city=東京%2F都/",
        ("2013", "2", "__HIVE_DEFAULT_PARTITION__"): (
            f"s3://lake/{lake.root()}year=2013/month=2/city=__HIVE_DEFAULT_PARTITION__/"
        ),
    }


def test_the_receipt_says_what_is_live(lake: Lake) -> None:
    lake.create_table()
    lake.write("dt=2021-12-15/a.csv")
    result = lake.register()
    receipt = json.loads(lake.s3.get_object(Bucket="lake", Key=result["receipt"][10:])["Body"].read())
    assert datetime.fromisoformat(receipt.pop("registered_at"))
    assert receipt == {
        "format_version": 2,
        "table": "analytics.features",
        "layout": "versioned",
        "root": f"s3://lake/{lake.root()}",
        "run": {
            "pipeline": "feature_table",
            "run_id": "r1",
            "started_at": "2026-11-23T16:25:08.123Z",
            "execution_arn": "arn:aws:states:ap-northeast-1:123456789012:execution:x:r1",
            "process_start": "2021-12-15",
            "process_end": "2021-12-16",
            "script_hash": "abc",
            "image_uri": "image@sha256:1",
        },
        "region": "ap-northeast-1",
        "usage": None,
        "objects": 1,
        "bytes": 4,
        "rows": None,
        "partitions": [{"values": ["2021-12-15"], "folder": "dt=2021-12-15/", "objects": 1, "bytes": 4, "rows": None}],
        "kept_newer": [],
        "ignored": {"hidden": 0, "empty": 0, "marker": 0},
        "bad_path_count": 0,
        "bad_paths": [],
        "skipped_partition_count": 0,
        "skipped_partitions": [],
    }
    # The receipt is written last, and then the lease is released.
    assert lake.order[-3:] == ["PutObject", "DeleteObject", "GetObject"]
