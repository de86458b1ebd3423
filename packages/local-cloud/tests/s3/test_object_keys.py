"""Keys are accepted or rejected as by S3, and no key in a bucket breaks a listing or a query."""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from local_cloud.server import LocalCloud

Aws = Any
ODD = [
    *("a\x01b", "a\nb", "a\r\nb", "\n", "a\x7f", "\x85", "\ufffe", "a\\b", "../up", "a/../b", "/lead", "//two", "a//b"),
    *("a&b<c>", "%", "a%2Fb", "a+b", "a b", " ", ".", "..", "😀", "\u202e", "x" * 1024, "é" * 512),
]


@pytest.mark.parametrize("key", ODD, ids=lambda key: repr(key)[:20])
def test_an_odd_key_is_kept_and_listed_as_it_is(aws: Aws, bucket: str, key: str) -> None:
    s3 = aws("s3")
    s3.put_object(Bucket=bucket, Key=key, Body=b"1")
    assert [item["Key"] for item in s3.list_objects_v2(Bucket=bucket)["Contents"]] == [key]
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == b"1"
    s3.delete_object(Bucket=bucket, Key=key)
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


@pytest.mark.parametrize("key", ["x" * 1025, "é" * 513])
def test_a_key_that_is_too_long_is_refused(aws: Aws, bucket: str, key: str) -> None:
    with pytest.raises(ClientError) as refused:
        aws("s3").put_object(Bucket=bucket, Key=key, Body=b"1")
    assert refused.value.response["Error"]["Code"] == "KeyTooLongError"


@pytest.mark.parametrize("path", ["a%ff.csv", "%ed%a0%80", "%c3"], ids=["latin-1", "half of a pair", "cut"])
def test_a_key_that_is_not_utf_8_is_refused(local_cloud_server: LocalCloud, aws: Aws, bucket: str, path: str) -> None:
    port, key = urlsplit(local_cloud_server.endpoint_url).port, local_cloud_server.access_key.access_key_id
    scope = f"{key}/20260101/ap-northeast-1/s3/aws4_request"
    headers = {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=x"}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("PUT", f"/{bucket}/t/{path}", b"1", headers)
    answer = connection.getresponse()
    assert (answer.status, b"<Code>InvalidURI</Code>" in answer.read()) == (400, True)
    connection.close()
    assert "Contents" not in aws("s3").list_objects_v2(Bucket=bucket)
