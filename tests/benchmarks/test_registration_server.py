"""Tests that the benchmark's server answers like moto, so that measured clients see the same S3 and Glue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from benchmarks.registering.table import REGION, partition_input, registration_event, run_prefix, table_input
from benchmarks.registering.ways import Lake
from lambdas.register_partitions.clients import build_clients
from partitioned_pipelines.runtime.registration.registration import register_partitions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

COUNT = 1003  # more than a page of a listing, and than one reading call
TABLE = {"DatabaseName": "db", "TableName": "t"}


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)


@pytest.fixture
def lake() -> Iterator[Lake]:
    lake = Lake(0)
    yield lake
    lake.stop()


def code_of(call: Callable[[], object]) -> str:
    try:
        call()
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "done"


def answers(s3: Any, glue: Any) -> list[Any]:
    """Call the operations of a registration, and some of those after an error; return their visible results."""
    seen: list[Any] = []
    event = registration_event("run")
    for _ in range(2):
        result = register_partitions(event, s3, glue)
        seen.append({name: result[name] for name in ("outcome", "created", "unchanged", "objects", "bytes")})
    listed = [
        item
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket="lake", Prefix=run_prefix("run"))
        for item in page["Contents"]
    ]
    seen.append([(item["Key"], item["Size"], item["ETag"]) for item in listed])
    partitions = glue.batch_get_partition(**TABLE, PartitionsToGet=[{"Values": [str(n)]} for n in (0, 7, COUNT)])
    stamps = [each["Parameters"] for each in partitions["Partitions"]]
    seen += [[sorted(stamp) for stamp in stamps], [each["Values"] for each in partitions["Partitions"]]]
    seen.append([each["StorageDescriptor"]["Location"] for each in partitions["Partitions"]])

    again = glue.batch_create_partition(**TABLE, PartitionInputList=[partition_input("run", n) for n in (7, COUNT)])
    seen.append([(item["PartitionValues"], item["ErrorDetail"]["ErrorCode"]) for item in again["Errors"]])
    entries = [{"PartitionValueList": [str(n)], "PartitionInput": partition_input("run", n)} for n in (7, COUNT + 1)]
    missing = glue.batch_update_partition(**TABLE, Entries=entries)["Errors"]
    seen.append([(item["PartitionValueList"], item["ErrorDetail"]["ErrorCode"]) for item in missing])
    new: dict[str, Any] = {**TABLE, "PartitionInput": partition_input("run", COUNT + 2)}
    seen += [code_of(lambda: glue.create_partition(**new)), code_of(lambda: glue.create_partition(**new))]

    here = {"Bucket": "lake", "Key": "locks/it"}
    etag = s3.put_object(**here, Body=b"0123456789", IfNoneMatch="*")["ETag"]
    seen += [
        etag,
        s3.get_object(**here, Range="bytes=2-4")["Body"].read(),
        s3.get_object(**here, Range="bytes=-3")["Body"].read(),
    ]
    for condition in ({"IfNoneMatch": "*"}, {"IfMatch": '"other"'}, {"IfMatch": etag}):
        seen.append(code_of(lambda condition=condition: s3.put_object(**here, Body=b"1", **condition)))  # type: ignore[misc]
    s3.delete_object(**here)
    return [*seen, code_of(lambda: s3.get_object(**here))]


def test_it_answers_as_moto_does(lake: Lake) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", lake.endpoint)
        lake.hold("run", 0, COUNT)
        ours = answers(*build_clients())
    with mock_aws():
        s3, glue = build_clients()
        s3.create_bucket(Bucket="lake", CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"})
        glue.create_database(DatabaseInput={"Name": "db"})
        table: Any = table_input()
        glue.create_table(DatabaseName="db", TableInput=table)
        for number in range(COUNT):
            s3.put_object(Bucket="lake", Key=f"{run_prefix('run')}n={number}/a.csv", Body=b"a,1\n")
        theirs = answers(s3, glue)
    assert ours == theirs


def test_it_refuses_what_glue_refuses(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """moto itself accepts more than 100 partitions."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", lake.endpoint)
    _, glue = build_clients()
    inputs: Any = [partition_input("run", number) for number in range(101)]
    with pytest.raises(ClientError, match="InvalidInputException"):
        glue.batch_create_partition(DatabaseName="db", TableName="t", PartitionInputList=inputs)


def test_calls_are_counted_where_they_arrive(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", lake.endpoint)
    s3, glue = build_clients()
    lake.hold("earlier", 0, 5000)
    lake.hold("earlier", 0, 5000, registered=True)
    lake.hold("run", 5000, 10)
    measured = lake.measure(
        lambda run: register_partitions(registration_event(run, audited=True), s3, glue), "run", 5010
    )
    assert (measured.calls, measured.beside) == (4, 6), (
        "a look at registered partitions, and one that confirms, among them"
    )
