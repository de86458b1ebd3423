"""The fast parsing of answers: boto3's clients return the same as without it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ClientError

from partitioned_pipelines.cli.target.answer_parsing import parse_fast, read_timestamp

PARTITION: dict[str, Any] = {
    "Values": ["2026-11-28"],
    "DatabaseName": "analytics",
    "TableName": "t",
    "CreationTime": 1764288000.25,
    "LastAccessTime": 1764288001,
    "StorageDescriptor": {"Location": "s3://lake/t/", "Compressed": False, "SerdeInfo": {"Parameters": {"k": "v"}}},
    "Parameters": {"run_id": "r", "objects": "1"},
    "CatalogId": "123456789012",
}
LISTING = b"""<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>lake</Name>
<KeyCount>1</KeyCount><IsTruncated>false</IsTruncated><Contents><Key>a</Key><LastModified>2026-11-28T06:05:00.123Z</LastModified>
<ETag>"e"</ETag><Size>1</Size></Contents></ListBucketResult>"""


class Body(BytesIO):
    def stream(self, **_: object) -> Any:
        """Yield the body, as urllib3 does."""
        yield self.read()


def client_of(service: str, status: int, body: bytes, *, fast: bool) -> Any:
    """Return a client of boto3 whose calls all get one answer."""
    core = botocore.session.Session()
    if fast:
        parse_fast(core)
    session = boto3.Session("a", "b", region_name="ap-northeast-1", botocore_session=core)
    client: Any = session.client(service)  # type: ignore[call-overload]
    headers = HTTPHeaders.from_dict({"x-amzn-RequestId": "id", "x-amz-request-id": "id"})
    client.meta.events.register("before-send", lambda **_: AWSResponse("", status, headers, Body(body)))
    return client


def answers(service: str, call: str, body: bytes, **request: Any) -> tuple[Any, Any]:
    """Return an answer as it is parsed with and without fast parsing."""
    fast, plain = (getattr(client_of(service, 200, body, fast=each), call)(**request) for each in (True, False))
    return fast, plain


@pytest.mark.parametrize(
    "answer",
    [
        {"Partitions": [PARTITION, PARTITION | {"LastAnalyzedTime": 1764288002.5}], "NextToken": "more"},
        {"Partitions": []},
        {"Partitions": [PARTITION | {"LastAnalyzedTime": None, "Parameters": None}]},
    ],
    ids=["a page", "none", "nulls"],
)
def test_a_page_of_partitions_is_what_botocore_returns(answer: dict[str, Any]) -> None:
    fast, plain = answers(
        "glue", "get_partitions", json.dumps(answer).encode(), DatabaseName="analytics", TableName="t"
    )
    assert fast == plain
    assert len(fast["Partitions"]) == len(answer["Partitions"])


def test_an_error_is_raised_as_botocore_raises_it() -> None:
    body = json.dumps({"__type": "EntityNotFoundException", "Message": "no table t"}).encode()
    client = client_of("glue", 400, body, fast=True)
    with pytest.raises(client.exceptions.EntityNotFoundException, match="no table t") as raised:
        client.get_partitions(DatabaseName="analytics", TableName="t")
    assert isinstance(raised.value, ClientError)


def test_the_times_of_a_listing_are_what_botocore_returns() -> None:
    fast, plain = answers("s3", "list_objects_v2", LISTING, Bucket="lake")
    assert fast == plain
    assert fast["Contents"][0]["LastModified"] == datetime(2026, 11, 28, 6, 5, 0, 123000, UTC)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, datetime(1970, 1, 1, tzinfo=UTC)),
        (1764288000.25, datetime(2025, 11, 28, 0, 0, 0, 250000, UTC)),
        ("2026-11-28T06:05:00Z", datetime(2026, 11, 28, 6, 5, tzinfo=UTC)),
        ("2026-11-28T15:05:00+09:00", datetime(2026, 11, 28, 6, 5, tzinfo=UTC)),
        ("Sat, 28 Nov 2026 06:05:00 GMT", datetime(2026, 11, 28, 6, 5, tzinfo=UTC)),
        ("1764288000", datetime(2025, 11, 28, tzinfo=UTC)),
    ],
)
def test_timestamps_of_every_form_are_aware(value: Any, expected: datetime) -> None:
    assert read_timestamp(value) == expected
    assert read_timestamp(value).utcoffset() is not None


def test_a_timestamp_without_an_offset_is_left_to_botocore() -> None:
    """botocore returns it without a timezone, too."""
    assert read_timestamp("2026-11-28T06:05:00") - datetime(2026, 11, 28, 6, 5) == timedelta()  # noqa: DTZ001
