"""Tests that the registration's clients parse times like botocore, only faster."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore import xform_name
from botocore.config import Config
from botocore.utils import parse_timestamp

from lambdas.register_partitions.clients import build_clients, read_timestamp
from lambdas.register_partitions.partition_lists import UnexpectedBotocoreError, send_lists_as_they_are
from local_cloud.request_validation.rules import rule_of
from local_cloud.request_validation.violations import find_violations


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-24T15:00:00.000Z",
        "2026-11-24T15:00:00Z",
        "20261124T150000Z",
        "2026-11-24T15:00:00+09:00",
        "Tue, 24 Nov 2026 15:00:00 GMT",
        "1764000000",
        "1764000000.5",
        1764000000,
        1764000000.25,
    ],
)
def test_a_time_is_the_one_that_botocore_reads(text: Any) -> None:
    assert read_timestamp(text) == parse_timestamp(text)
    assert read_timestamp(text).tzinfo is not None


def test_what_is_no_time_is_refused() -> None:
    with pytest.raises(ValueError, match="Invalid timestamp"):
        read_timestamp("noonZ")


@pytest.mark.usefixtures("aws")
def test_the_clients_give_the_times_that_others_give() -> None:
    ours, glue = build_clients()
    theirs = boto3.client("s3")
    ours.create_bucket(Bucket="lake")
    ours.put_object(Bucket="lake", Key="a", Body=b"a")
    times = [client.get_object(Bucket="lake", Key="a")["LastModified"] for client in (ours, theirs)]
    assert times[0] == times[1]
    glue.create_database(DatabaseInput={"Name": "db"})
    created = glue.get_database(Name="db")["Database"]["CreateTime"]
    assert created == boto3.client("glue").get_database(Name="db")["Database"]["CreateTime"]


PARTITION: Any = {
    "Values": ['a"é日', "x"],
    "StorageDescriptor": {
        "Columns": [{"Name": "a", "Type": "string", "Comment": "特徴量"}],
        "Location": "s3://lake/t/",
        "NumberOfBuckets": 0,
        "Compressed": False,
        "SerdeInfo": {"SerializationLibrary": "l", "Parameters": {"field.delim": ","}},
        "StoredAsSubDirectories": False,
    },
    "Parameters": {"run_id": "r"},
}
TABLE = {"DatabaseName": "db", "TableName": "t"}


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("batch_create_partition", {**TABLE, "PartitionInputList": [PARTITION, PARTITION]}),
        ("batch_get_partition", {**TABLE, "PartitionsToGet": [{"Values": ("a", "é")}]}),
        (
            "batch_update_partition",
            {**TABLE, "Entries": [{"PartitionValueList": ["a"], "PartitionInput": PARTITION}]},
        ),
    ],
)
def test_a_request_is_the_one_that_botocore_writes(
    operation: str, request_: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    sent = []

    def answer(params: dict[str, Any], **_: object) -> tuple[SimpleNamespace, dict[str, Any]]:
        sent.append((json.loads(params["body"]), params["headers"]))
        return SimpleNamespace(status_code=200), {}

    for client in (build_clients()[1], boto3.client("glue")):
        events: Any = client.meta.events
        events.register("before-call", answer)
        getattr(client, operation)(**request_)
    ours, theirs = sent
    assert ours[0] == theirs[0]
    assert ours[1]["X-Amz-Target"] == theirs[1]["X-Amz-Target"]


OPERATIONS = ["BatchCreatePartition", "BatchGetPartition", "BatchUpdatePartition"]


def client_of_a_botocore_without(event: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a client that never calls the handlers of an event."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    glue: Any = boto3.client("glue", config=Config(parameter_validation=False))
    events = glue.meta.events

    def register(name: str, handler: Any) -> None:
        if not name.startswith(event):
            events.register(name, handler)

    part: Any = SimpleNamespace(
        meta=SimpleNamespace(events=SimpleNamespace(register_first=register, register_last=register))
    )
    send_lists_as_they_are(part)
    return glue


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_list_that_was_not_put_back_is_missed_by_glue(operation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Glue rejects a missing list; it would accept an empty one, and answer without errors."""
    glue = client_of_a_botocore_without("before-call", monkeypatch)
    found = []

    def answer(model: Any, params: dict[str, Any], **_: object) -> tuple[SimpleNamespace, dict[str, Any]]:
        found.extend(find_violations(json.loads(params["body"]), rule_of(model.input_shape)))
        return SimpleNamespace(status_code=200), {}

    glue.meta.events.register("before-call", answer)
    _call(glue, operation)
    (violation,) = found
    assert violation.startswith("Value null at ")


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_list_that_was_not_set_aside_is_not_sent(operation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    glue = client_of_a_botocore_without("provide-client-params", monkeypatch)
    with pytest.raises(UnexpectedBotocoreError, match=f"{operation} was not sent"):
        _call(glue, operation)


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("changed", [{"body": {}}, {"body": "{}"}, {"headers": {}}], ids=str)
def test_a_request_of_another_form_is_not_sent(
    operation: str, changed: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    glue = client_of_a_botocore_without("nothing", monkeypatch)
    glue.meta.events.register_first(f"before-call.glue.{operation}", lambda params, **_: params.update(changed))
    with pytest.raises(UnexpectedBotocoreError, match=f"{operation} was not sent"):
        _call(glue, operation)


def _call(glue: Any, operation: str) -> None:
    requests: dict[str, dict[str, Any]] = {
        "BatchCreatePartition": {"PartitionInputList": [PARTITION]},
        "BatchGetPartition": {"PartitionsToGet": [{"Values": ["a"]}]},
        "BatchUpdatePartition": {"Entries": [{"PartitionValueList": ["a"], "PartitionInput": PARTITION}]},
    }
    getattr(glue, xform_name(operation))(**TABLE, **requests[operation])
