"""A listing that is read in one go is the one that botocore reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from lambdas.register_partitions.clients import build_clients

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

READ = ("Key", "LastModified", "ETag", "Size")
AWKWARD = [
    "t/dt=2021-12-15/a.csv",
    "t/k=a b/+&<>\"'.csv",
    "t/k=%20%2F/=:;?#[]@!$()*,.csv",
    "t/k=特徴量/が.csv",  # NFD
    "t/k=\u0001\t\n\r/x",
    "t/empty/",
    "t/]]>&amp;",
]


@pytest.fixture
def clients(aws: None) -> tuple[S3Client, S3Client]:
    """This project's client and a plain one, of a bucket with awkward keys."""
    ours, _ = build_clients()
    ours.create_bucket(Bucket="lake")
    for number, key in enumerate(AWKWARD):
        ours.put_object(Bucket="lake", Key=key, Body=b"x" * number)
    return ours, boto3.client("s3")


def listed(s3: S3Client, **request: Any) -> list[dict[str, Any]]:
    """Give the pages, with what registering reads of their objects."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket="lake", **request)
    return [
        {
            "contents": [{name: item.get(name) for name in READ} for item in page.get("Contents", [])],
            **{
                name: page.get(name)
                for name in ("Name", "Prefix", "KeyCount", "MaxKeys", "IsTruncated", "EncodingType")
            },
        }
        for page in pages
    ]


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"PaginationConfig": {"PageSize": 2}},
        {"Prefix": "t/k="},
        {"Prefix": "nothing/"},
        {"Prefix": "t/k=特", "EncodingType": "url"},
    ],
    ids=["whole", "pages", "prefix", "empty", "encoded by wish"],
)
def test_a_listing_is_botocores(clients: tuple[S3Client, S3Client], request_: dict[str, Any]) -> None:
    ours, theirs = (listed(client, **request_) for client in clients)
    assert ours == theirs
    if not request_:
        assert sorted(item["Key"] for page in ours for item in page["contents"]) == sorted(AWKWARD)


def test_an_error_is_botocores(clients: tuple[S3Client, S3Client]) -> None:
    told = []
    for client in clients:
        with pytest.raises(ClientError) as caught:
            client.list_objects_v2(Bucket="missing")
        told.append((caught.value.response["Error"]["Code"], str(caught.value)))
    assert told[0] == told[1]
    assert told[0][0] == "NoSuchBucket"
