"""Functions and jobs have their roles' credentials, and the request log contains their requests."""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
import pytest

from cloud_under_test.admin import ask
from local_cloud.access import role_access_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from local_cloud.server import LocalCloud

Aws = Any


def _admin(cloud: LocalCloud, method: str, path: str) -> Any:
    return ask(cloud, method, path)[1]


Client = Any


@pytest.fixture
def role(name: str) -> str:
    return f"arn:aws:iam::123456789012:role/{name}"


@pytest.fixture
def client(local_cloud_server: LocalCloud, role: str) -> Callable[[str], Client]:
    """Return a client with the role's credentials."""
    key = role_access_key(role)

    def make(service: str) -> Client:
        return boto3.client(  # type: ignore[call-overload]  # the service's name is not a literal here
            service,
            endpoint_url=local_cloud_server.endpoint_url,
            region_name=local_cloud_server.settings.region,
            aws_access_key_id=key.access_key_id,
            aws_secret_access_key=key.secret_access_key,
        )

    return make


def _noted(cloud: LocalCloud, role: str) -> list[tuple[str, dict[str, str], int]]:
    return [
        (entry["operation"], entry["parameters"], entry["status"])
        for entry in _admin(cloud, "GET", "requests")["requests"]
        if entry["role_arn"] == role
    ]


def test_an_unreadable_request_is_refused_as_ever(local_cloud_server: LocalCloud, role: str) -> None:
    _admin(local_cloud_server, "POST", "requests/record")
    key = role_access_key(role).access_key_id
    where = urlsplit(local_cloud_server.endpoint_url)
    for headers in ({}, {"Content-Encoding": "gzip"}):
        connection = http.client.HTTPConnection(str(where.hostname), where.port, timeout=30)
        signed = f"AWS4-HMAC-SHA256 Credential={key}/20260101/ap-northeast-1/glue/aws4_request, SignedHeaders=host, Signature=0"
        target = {"Authorization": signed, "X-Amz-Target": "AWSGlue.GetTables"}
        connection.request("POST", "/", b"{", target | headers)
        answer = connection.getresponse()
        assert (answer.status, b"SerializationException" in answer.read()) == (400, True)
        connection.close()
    assert _noted(local_cloud_server, role) == []


def test_it_notes_what_a_role_asks_for_and_nobody_else(
    local_cloud_server: LocalCloud,
    aws: Callable[[str], Aws],
    client: Callable[[str], Client],
    bucket: str,
    role: str,
) -> None:
    _admin(local_cloud_server, "POST", "requests/record")
    aws("s3").put_object(Bucket=bucket, Key="nobody's", Body=b"x")
    s3 = client("s3")
    s3.put_object(Bucket=bucket, Key="a b/ü=1", Body=b"x")
    assert s3.get_object(Bucket=bucket, Key="a b/ü=1")["Body"].read() == b"x", "the body is still there to be read"
    s3.list_objects_v2(Bucket=bucket, Prefix="a b/")
    s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "a b/ü=1"}, {"Key": "c&d"}]})
    client("glue").get_databases()
    with pytest.raises(s3.exceptions.NoSuchKey):
        s3.get_object(Bucket=bucket, Key="missing")
    named = {"Bucket": bucket, "Key": "a b/ü=1"}
    assert _noted(local_cloud_server, role) == [
        ("PutObject", named, 200),
        ("GetObject", named, 200),
        ("ListObjectsV2", {"Bucket": bucket, "Prefix": "a b/"}, 200),
        ("DeleteObject", named, 200),
        ("DeleteObject", {"Bucket": bucket, "Key": "c&d"}, 200),
        ("GetDatabases", {}, 200),
        ("GetObject", {"Bucket": bucket, "Key": "missing"}, 404),
    ]
    everything = _admin(local_cloud_server, "GET", "requests")["requests"]
    assert not [entry for entry in everything if entry["parameters"].get("Key") == "nobody's"]


def test_operations_of_s3_have_their_own_names(
    local_cloud_server: LocalCloud, client: Callable[[str], Client], bucket: str, role: str
) -> None:
    """Operations with the same method and path are distinguished by query parameters and headers."""
    s3 = client("s3")
    _admin(local_cloud_server, "POST", "requests/record")
    s3.put_object(Bucket=bucket, Key="from/ü 1", Body=b"x")
    s3.copy_object(Bucket=bucket, Key="to/1", CopySource={"Bucket": bucket, "Key": "from/ü 1"})
    upload = s3.create_multipart_upload(Bucket=bucket, Key="to/2")["UploadId"]
    part = {"Bucket": bucket, "Key": "to/2", "UploadId": upload}
    s3.upload_part(**part, PartNumber=1, Body=b"x")
    s3.upload_part_copy(**part, PartNumber=2, CopySource={"Bucket": bucket, "Key": "from/ü 1"})
    s3.list_multipart_uploads(Bucket=bucket, Prefix="to/")
    s3.list_parts(**part)
    s3.abort_multipart_upload(**part)
    s3.list_objects(Bucket=bucket, Prefix="to/")
    s3.head_bucket(Bucket=bucket)
    s3.get_bucket_location(Bucket=bucket)
    s3.get_object_tagging(Bucket=bucket, Key="to/1")
    s3.list_buckets()
    source, copied = f"{bucket}/from/ü 1", {"Bucket": bucket, "Key": "to/2"}
    assert [(operation, parameters) for operation, parameters, _ in _noted(local_cloud_server, role)] == [
        ("PutObject", {"Bucket": bucket, "Key": "from/ü 1"}),
        ("CopyObject", {"Bucket": bucket, "Key": "to/1", "CopySource": source}),
        ("CreateMultipartUpload", copied),
        ("UploadPart", copied),
        ("UploadPartCopy", {**copied, "CopySource": source}),
        ("ListMultipartUploads", {"Bucket": bucket, "Prefix": "to/"}),
        ("ListParts", copied),
        ("AbortMultipartUpload", copied),
        ("ListObjects", {"Bucket": bucket, "Prefix": "to/"}),
        ("HeadBucket", {"Bucket": bucket}),
        ("GetBucketLocation", {"Bucket": bucket}),
        ("GetObjectTagging", {"Bucket": bucket, "Key": "to/1"}),
        ("ListBuckets", {"Prefix": ""}),
    ]
