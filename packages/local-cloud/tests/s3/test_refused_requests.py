"""Requests that no SDK sends are refused as S3 refuses them, and change nothing."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any

import pytest

from cloud_under_test.raw_requests import send

if TYPE_CHECKING:
    from collections.abc import Callable

    from local_cloud.server import LocalCloud

Client = Any
COMPLETE = "<CompleteMultipartUpload><Part>{}<ETag>x</ETag></Part></CompleteMultipartUpload>"


@pytest.fixture
def key(aws: Callable[[str], Client], bucket: str) -> str:
    """The path of an object in a bucket."""
    aws("s3").put_object(Bucket=bucket, Key="key", Body=b"hello")
    return f"/{bucket}/key"


@pytest.mark.parametrize("configuration", ["analytics", "intelligent-tiering", "inventory", "metrics"])
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_a_configuration_needs_an_id(
    local_cloud_server: LocalCloud, aws: Callable[[str], Client], bucket: str, configuration: str, method: str
) -> None:
    status, _, text = send(local_cloud_server, "s3", method, f"/{bucket}?{configuration}", b"", {})
    assert (status, "InvalidArgument" in text) == (400, True), text
    aws("s3").head_bucket(Bucket=bucket)


@pytest.mark.parametrize(
    ("method", "place", "query"),
    [
        ("DELETE", "bucket", "acl"),
        ("DELETE", "bucket", "versioning"),
        ("DELETE", "object", "policy"),
        ("DELETE", "object", "uploads"),
        ("PUT", "object", "policy"),
        ("PUT", "object", "versions"),
        ("GET", "object", "lifecycle"),
        ("PUT", "bucket", "retention"),
    ],
)
def test_a_method_that_a_sub_resource_lacks_is_refused(
    local_cloud_server: LocalCloud, aws: Callable[[str], Client], key: str, method: str, place: str, query: str
) -> None:
    bucket = key.split("/")[1]
    path = key if place == "object" else f"/{bucket}"
    status, _, text = send(local_cloud_server, "s3", method, f"{path}?{query}", b"", {})
    assert (status, "MethodNotAllowed" in text) == (405, True), text
    assert aws("s3").get_object(Bucket=bucket, Key="key")["Body"].read() == b"hello"


def test_an_empty_bucket_is_not_deleted_with_a_sub_resource(
    local_cloud_server: LocalCloud, aws: Callable[[str], Client], bucket: str
) -> None:
    assert send(local_cloud_server, "s3", "DELETE", f"/{bucket}?acl", b"", {})[0] == 405
    aws("s3").head_bucket(Bucket=bucket)


@pytest.mark.parametrize(
    ("method", "query", "headers", "status", "code"),
    [
        ("PUT", "", {"If-Match": "*"}, 501, "NotImplemented"),
        ("GET", "partNumber=0", {}, 400, "InvalidArgument"),
        ("GET", "partNumber=", {}, 400, "InvalidArgument"),
        ("GET", "partNumber=10001", {}, 400, "InvalidArgument"),
        ("GET", "partNumber=2", {}, 416, "InvalidPartNumber"),
        ("PUT", "partNumber=0&uploadId=x", {}, 400, "InvalidArgument"),
        ("PUT", "partNumber=10001&uploadId=x", {"x-amz-copy-source": "/b/k"}, 400, "InvalidArgument"),
        ("GET", "acl&tagging", {}, 400, "InvalidArgument"),
        ("GET", "attributes", {}, 400, "InvalidArgument"),
        ("GET", "response-content-type=a%0d%0ab:c", {}, 400, "InvalidArgument"),
        ("PUT", "", {"x-amz-grant-read": "x"}, 400, "InvalidArgument"),
        ("PUT", "", {"x-amz-grant-nope": "id=1"}, 400, "InvalidArgument"),
    ],
)
def test_what_the_query_and_the_headers_say_is_checked(
    local_cloud_server: LocalCloud, key: str, method: str, query: str, headers: dict[str, str], status: int, code: str
) -> None:
    answered, _, text = send(local_cloud_server, "s3", method, f"{key}?{query}".rstrip("?"), b"", headers)
    assert (answered, code in text) == (status, True), text


@pytest.mark.parametrize("value", ["x", "bytes=abc", "bytes=-", "bytes=0-1,3-4"])
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_an_invalid_range_is_ignored(local_cloud_server: LocalCloud, key: str, value: str, method: str) -> None:
    status, _, text = send(local_cloud_server, "s3", method, key, b"hello", {"Range": value})
    assert (status, text) == (200, "hello" if method == "GET" else "")


@pytest.mark.parametrize(
    ("method", "place", "query", "body"),
    [
        ("PUT", "object", "tagging", b"<Tagging><Nope/></Tagging>"),
        ("PUT", "object", "tagging", b"<Tagging><TagSet><Tag/></TagSet></Tagging>"),
        ("PUT", "bucket", "tagging", b"<Tagging>text</Tagging>"),
        ("PUT", "bucket", "acl", b"<AccessControlPolicy>text</AccessControlPolicy>"),
        ("PUT", "bucket", "cors", b"<CORSConfiguration><CORSRule/></CORSConfiguration>"),
        ("PUT", "bucket", "lifecycle", b"<LifecycleConfiguration><Rule/></LifecycleConfiguration>"),
        ("PUT", "bucket", "notification", b"<NotificationConfiguration>text</NotificationConfiguration>"),
        ("PUT", "bucket", "ownershipControls", b"<OwnershipControls><Nope/></OwnershipControls>"),
        ("PUT", "bucket", "inventory&id=a", b"<InventoryConfiguration><Nope/></InventoryConfiguration>"),
        ("POST", "bucket", "delete", b"<Delete><Object/></Delete>"),
        ("POST", "object", "restore", b"<RestoreRequest><Days>x</Days></RestoreRequest>"),
        ("POST", "object", "uploadId=x", COMPLETE.format("<PartNumber>a</PartNumber>").encode()),
    ],
)
def test_a_document_of_another_shape_is_refused(
    local_cloud_server: LocalCloud, key: str, method: str, place: str, query: str, body: bytes
) -> None:
    path = key if place == "object" else key.removesuffix("/key")
    digest = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()  # DeleteObjects needs one
    status, _, text = send(local_cloud_server, "s3", method, f"{path}?{query}", body, {"Content-MD5": digest})
    assert (status, "MalformedXML" in text) == (400, True), text


def test_a_part_needs_a_number(local_cloud_server: LocalCloud, aws: Callable[[str], Client], key: str) -> None:
    upload = aws("s3").create_multipart_upload(Bucket=key.split("/")[1], Key="key")["UploadId"]
    path = f"{key}?uploadId={upload}"
    status, _, text = send(local_cloud_server, "s3", "POST", path, COMPLETE.format("").encode(), {})
    assert (status, "MalformedXML" in text) == (400, True), text


def test_documents_that_the_model_allows_are_accepted(aws: Callable[[str], Client], key: str) -> None:
    s3, where = aws("s3"), {"Bucket": key.split("/")[1], "Key": "key"}
    s3.put_object_tagging(**where, Tagging={"TagSet": [{"Key": "a", "Value": ""}, {"Key": "b", "Value": "c"}]})
    assert len(s3.get_object_tagging(**where)["TagSet"]) == 2
    s3.put_object_tagging(**where, Tagging={"TagSet": []})
    assert s3.get_object_tagging(**where)["TagSet"] == []
    owner = s3.get_bucket_acl(Bucket=where["Bucket"])["Owner"]
    grant = {"Grantee": {"Type": "CanonicalUser", "ID": owner["ID"]}, "Permission": "READ"}
    s3.put_bucket_acl(Bucket=where["Bucket"], AccessControlPolicy={"Owner": owner, "Grants": [grant]})
    assert [grant["Permission"] for grant in s3.get_bucket_acl(Bucket=where["Bucket"])["Grants"]] == ["READ"]


def test_the_tags_of_a_missing_object_cannot_be_deleted(aws: Callable[[str], Client], bucket: str) -> None:
    with pytest.raises(aws("s3").exceptions.ClientError, match="NoSuchKey"):
        aws("s3").delete_object_tagging(Bucket=bucket, Key="nope")
