"""Tests of the record of what a run reads: the runs that wrote a table's partitions, and the objects of S3 inputs."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from partitioned_pipelines.lake.runs.inputs import InvalidRunInputsError, RunInputs, parse_partition_list
from partitioned_pipelines.runtime.planning import step_inputs
from partitioned_pipelines.runtime.planning.planning import plan_run
from tests.runtime.planning.test_manifest import published, table_input
from tests.runtime.planning.test_planning import OTHER_ARN, RAW, SCHEDULED, event, put

if TYPE_CHECKING:
    from tests.moto_lake import Lake

__all__ = ["published"]  # a fixture
FOLDER = "tables/analytics/features/receipts/inputs/"


def planned(lake: Lake, execution_input: object = None, **extract: Any) -> dict[str, Any]:
    request = event(execution_input or {"date": "2021-12-15"}, **extract)
    request["spec"]["run_inputs"] = f"s3://{{lake}}/{FOLDER}{{run_id}}/"
    return dict(plan_run(request, lake.s3, glue=lambda: lake.glue))


def read(lake: Lake, uri: str) -> bytes:
    body: bytes = lake.s3.get_object(Bucket="lake", Key=uri.removeprefix("s3://lake/"))["Body"].read()
    return body


def record(lake: Lake, plan: dict[str, Any]) -> RunInputs:
    return RunInputs.from_record(plan["inputs_record"], read(lake, plan["inputs_record"]))


def test_the_partitions_of_a_table_and_the_runs_that_wrote_them(published: Lake) -> None:
    plan = planned(published, inputs=[], table_inputs=[table_input()])
    assert plan["inputs_record"].startswith(f"s3://lake/{FOLDER}{plan['run_id']}/")
    (table,) = record(published, plan).tables
    assert (table.step, table.name, table.table) == ("extract", "features", "analytics.features")
    assert (table.partitions, table.runs) == (3, 2)
    body = read(published, table.partition_list)
    assert table.sha256 == hashlib.sha256(body).hexdigest()
    assert dict(parse_partition_list(table.partition_list, body)) == {
        ("2021-12-14",): "r1", ("2021-12-15",): "r2", ("2021-12-16",): "r2",
    }  # fmt: skip


def test_only_the_partitions_of_the_interval(published: Lake) -> None:
    plan = planned(published, inputs=[], table_inputs=[table_input("interval")])
    (table,) = record(published, plan).tables
    assert list(parse_partition_list(table.partition_list, read(published, table.partition_list))) == [
        (("2021-12-15",), "r2")
    ]


def test_a_table_in_place_has_its_runs_in_its_stamps(lake: Lake) -> None:
    lake.create_table("in_place")
    lake.write("dt=2021-12-15/a.csv")
    lake.register("r7")
    lake.glue.create_partition(
        DatabaseName="analytics",
        TableName="features",
        PartitionInput={
            "Values": ["2021-12-16"],
            "StorageDescriptor": {"Location": f"{lake.location}dt=2021-12-16/"},
        },
    )
    place = {**table_input(), "location": lake.location.replace("s3://lake/", "s3://{lake}/")}
    (table,) = record(lake, planned(lake, inputs=[], table_inputs=[place])).tables
    assert dict(parse_partition_list(table.partition_list, read(lake, table.partition_list))) == {
        ("2021-12-15",): "r7", ("2021-12-16",): None,
    }  # fmt: skip
    assert (table.partitions, table.runs) == (2, 1), "nobody's run wrote the other"


def test_the_objects_of_an_s3_input(lake: Lake) -> None:
    for key in (RAW, RAW.replace("day", "other"), "raw/feature_table/2021/12/15/folder/"):
        put(lake, key, b"" if key.endswith("/") else b"a")
    lake.s3.put_object(Bucket="lake", Key="raw/feature_table/2021/12/16/day.csv", Body=b"another day")
    (objects,) = record(lake, planned(lake)).objects
    modified = lake.s3.head_object(Bucket="lake", Key=RAW)["LastModified"]
    assert (objects.step, objects.name, objects.uri) == ("extract", "raw", "s3://lake/raw/feature_table/2021/12/15/")
    assert (objects.objects, objects.complete) == (2, True)
    assert 0 <= (objects.newest - modified).total_seconds() <= 2


def test_a_very_large_input_is_counted_in_part(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step_inputs, "MOST_COUNTED", 2)
    for number in range(3):
        put(lake, f"{RAW}.{number}")
    (objects,) = record(lake, planned(lake)).objects
    assert (objects.objects, objects.complete) == (2, False)


def test_a_plan_that_is_repeated_replaces_nothing(lake: Lake) -> None:
    put(lake)
    first = planned(lake)
    assert planned(lake) == first
    put(lake, RAW.replace("day", "other"))
    second = planned(lake)
    assert second["inputs_record"] != first["inputs_record"]
    assert len(record(lake, first).objects) == 1


def test_a_run_that_does_nothing_has_no_record(lake: Lake) -> None:
    assert "inputs_record" not in planned(lake, missing_input="skip")
    put(lake)
    assert planned(lake, SCHEDULED)["outcome"] == "run"
    request = event(SCHEDULED, OTHER_ARN)
    assert "inputs_record" not in plan_run(request, lake.s3), "a pipeline whose tables have no receipts"
    assert plan_run(request, lake.s3)["outcome"] == "duplicate"


def test_a_record_that_is_not_what_was_written_is_refused(lake: Lake) -> None:
    put(lake)
    uri = planned(lake)["inputs_record"]
    body = read(lake, uri)
    with pytest.raises(InvalidRunInputsError, match="its content has another SHA-256"):
        RunInputs.from_record(uri, body.replace(b"1", b"2"))
    other = json.dumps({"tables": [{}], "objects": []}).encode()
    named = f"{uri.rpartition('/')[0]}/{hashlib.sha256(other).hexdigest()}.json"
    with pytest.raises(InvalidRunInputsError, match="is not a record of a run's inputs: KeyError"):
        RunInputs.from_record(named, other)
