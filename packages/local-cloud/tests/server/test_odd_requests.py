"""Requests that no SDK sends are refused in the service's protocol: never by a failure of the cloud, or an HTML page."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from cloud_under_test.raw_requests import SIGNED, send

if TYPE_CHECKING:
    from local_cloud.server import LocalCloud

UNKNOWN, UNREADABLE, MALFORMED = "UnknownOperationException", "SerializationException", "MalformedInput"
TARGETS = {
    "glue": "AWSGlue.GetTables",
    "sagemaker": "SageMaker.ListProcessingJobs",
    "monitoring": "GraniteServiceVersion20100801.DescribeAlarms",
    "kms": "TrentService.ListKeys",
    "sqs": "AmazonSQS.ListQueues",
}
JSON_BODIES = {
    "a list": b"[]",
    "a string": b'"x"',
    "not JSON": b"{",
    "not UTF-8": b'{"a": "\xff"}',
    "UTF-16": "{}".encode("utf-16"),
    "a BOM": b"\xef\xbb\xbf{}",
    "not gzip": b"{}",
    "deep": b'{"a":' * 50_000,
}
# The service, the method, the path, the type of the content, the body, and the code in the answer.
ODD = [
    ("s3", "POST", "/bucket/key", "", b"", "NotImplemented"),
    ("s3", "TRACE", "/", "", b"", "NotImplemented"),
    ("s3", "FOO", "/bucket", "", b"", "NotImplemented"),
    ("s3", "POST", "/bucket?acl", "", b"", "NotImplemented"),
    ("s3", "POST", "/bucket/key?select", "", b"", "NotImplemented"),
    ("s3", "GET", "/bucket?list-type=2&max-keys=-1", "", b"", "InvalidArgument"),
    ("s3", "GET", "/bucket?versions&max-keys=abc", "", b"", "InvalidArgument"),
    ("s3", "GET", "/bucket?encoding-type=bogus", "", b"", "InvalidArgument"),
    ("s3", "PUT", "/bucket?tagging", "", b"", "MissingRequestBodyError"),
    ("s3", "PUT", "/bucket?tagging", "", b"<Other><a/></Other>", "MalformedXML"),
    ("s3", "PUT", "/bucket?tagging", "", b"<Tagging", "MalformedXML"),
    ("s3", "PUT", "/bucket?tagging", "", b"<Tagging/>", "MalformedXML"),
    ("s3", "PUT", "/bucket?tagging", "", b'<!DOCTYPE a [<!ENTITY b "c">]><Tagging>&b;</Tagging>', "MalformedXML"),
    ("iam", "POST", "/", "application/x-www-form-urlencoded", b"Action=Nope", "InvalidAction"),
    ("iam", "POST", "/", "application/x-www-form-urlencoded", b"", "InvalidAction"),
    ("sns", "POST", "/", "application/x-www-form-urlencoded", b"Action=Publish&Action=Nope", "InvalidAction"),
    ("ec2", "GET", "/?Action=Nope", "", b"", "InvalidAction"),
    ("cloudformation", "POST", "/", "application/x-www-form-urlencoded", b"Action=ListStacks&X=\xff", MALFORMED),
    ("lambda", "POST", "/2015-03-31/functions/x/invocations", "application/json", b"\xff", UNREADABLE),
    ("lambda", "GET", "/nope", "", b"", UNKNOWN),
    ("lambda", "POST", "/2015-03-31/functions//versions", "application/json", b"{}", UNKNOWN),
    ("scheduler", "POST", "/tags/a/b", "application/json", b"{", UNKNOWN),
    ("cloudformation", "GET", "/?Action=DescribeStacks&StackName=nope", "", b"Action=ListStacks", "ValidationError"),
    ("cloudformation", "POST", "/", "text/plain", b"Action=DescribeStacks&StackName=nope", "ValidationError"),
    ("glue", "POST", "/", "application/x-amz-json-1.1", b"{}", UNKNOWN),
]


@pytest.mark.parametrize(("service", "method", "path", "kind", "body", "code"), ODD)
def test_a_request_of_no_operation_is_refused(
    local_cloud_server: LocalCloud, service: str, method: str, path: str, kind: str, body: bytes, code: str
) -> None:
    status, answered, text = send(local_cloud_server, service, method, path, body, {"Content-Type": kind})
    assert (status in {400, 501}, "html" in answered, code in text) == (True, False, True), (status, answered, text)


@pytest.mark.parametrize("service", TARGETS)
@pytest.mark.parametrize("body", JSON_BODIES)
def test_an_unreadable_body_is_refused(local_cloud_server: LocalCloud, service: str, body: str) -> None:
    encoding = {"Content-Encoding": "gzip"} if body == "not gzip" else {}
    headers = {"X-Amz-Target": TARGETS[service], "Content-Type": "application/x-amz-json-1.1", **encoding}
    status, answered, text = send(local_cloud_server, service, "POST", "/", JSON_BODIES[body], headers)
    assert (status, "html" in answered) == (400, False), text
    assert UNREADABLE in text or "nested too deeply" in text


@pytest.mark.parametrize("service", TARGETS)
@pytest.mark.parametrize("target", ["{}.Nope", "Other.Nope", "nope"])
def test_an_unknown_target_is_refused(local_cloud_server: LocalCloud, service: str, target: str) -> None:
    headers = {"X-Amz-Target": target.format(TARGETS[service].partition(".")[0])}
    status, _, text = send(local_cloud_server, service, "POST", "/", b"{}", headers)
    assert (status, UNKNOWN in text) == (400, True), text


@pytest.mark.parametrize("service", TARGETS)
@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_the_target_decides_what_the_body_is(local_cloud_server: LocalCloud, service: str, kind: str) -> None:
    headers = {"X-Amz-Target": TARGETS[service], "Content-Type": kind}
    status, _, text = send(local_cloud_server, service, "POST", "/", b"", headers)
    assert status == (400 if service == "glue" else 200), text  # GetTables needs a database


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("x-amz-acl", "bogus", "InvalidArgument"),
        ("x-amz-copy-source", "bucket", "InvalidArgument"),
        ("x-amz-copy-source", "", "InvalidArgument"),
        ("Content-Length", "-1", "InvalidRequest"),
        ("Content-Length", "abc", "InvalidRequest"),
        ("Content-Length", "9" * 5000, "InvalidRequest"),
        ("If-None-Match", '"an ETag"', "NotImplemented"),
    ],
)
def test_an_impossible_header_is_refused(local_cloud_server: LocalCloud, name: str, value: str, code: str) -> None:
    status, _, text = send(local_cloud_server, "s3", "PUT", "/bucket/key", b"", {name: value})
    assert (status, code in text) == (501 if code == "NotImplemented" else 400, True), text


def test_a_condition_on_no_date_is_ignored(local_cloud_server: LocalCloud, aws: Any, bucket: str) -> None:
    aws("s3").put_object(Bucket=bucket, Key="key", Body=b"1")
    for name in ("If-Modified-Since", "If-Unmodified-Since"):
        assert send(local_cloud_server, "s3", "GET", f"/{bucket}/key", b"", {name: "soon"})[0] == 200


def test_a_choice_that_only_the_guide_has_is_taken(aws: Any, bucket: str) -> None:
    aws("s3").put_bucket_acl(Bucket=bucket, ACL="log-delivery-write")


def test_a_token_of_another_listing_is_refused(aws: Any, bucket: str) -> None:
    with pytest.raises(ClientError, match="The continuation token provided is incorrect"):
        aws("s3").list_objects_v2(Bucket=bucket, ContinuationToken="bogus")


CHUNKED = "PUT /{bucket}/key HTTP/1.1\r\nHost: {host}\r\nAuthorization: {signed}\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("sent", "body"),
    [
        (b"5\r\nhello\r\n0\r\n\r\n", b"hello"),
        (b"2;a=b\r\nhe\r\n3 ; c\r\nllo\r\n0\r\nTrailer: x\r\n\r\n", b"hello"),
        (b"zz\r\nhello\r\n0\r\n\r\n", None),
        (b"-5\r\nhello\r\n0\r\n\r\n", None),
        (b"3\r\nhello\r\n0\r\n\r\n", None),
        (b"7fffffffffffffff\r\nhello", None),
        (b"5\r\nhello\r\n", None),
        (b"", None),
    ],
)
def test_a_chunked_body_is_read_or_refused(
    local_cloud_server: LocalCloud, aws: Any, bucket: str, sent: bytes, body: bytes | None
) -> None:
    where = urlsplit(local_cloud_server.endpoint_url)
    signed = SIGNED.format(local_cloud_server.access_key.access_key_id, "s3")
    with socket.create_connection((str(where.hostname), where.port or 0), timeout=30) as connection:
        connection.sendall(CHUNKED.format(bucket=bucket, host=where.netloc, signed=signed).encode() + sent)
        connection.shutdown(socket.SHUT_WR)
        status = int(connection.recv(100).split()[1])
    assert status == (400 if body is None else 200)
    objects = aws("s3").list_objects_v2(Bucket=bucket).get("Contents", [])
    assert [aws("s3").get_object(Bucket=bucket, Key=each["Key"])["Body"].read() for each in objects] == [body] * len(
        objects
    )
    assert bool(objects) is (body is not None)


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("upload_part", {"PartNumber": 1, "Body": b"x"}),
        ("upload_part_copy", {"PartNumber": 1}),
        ("complete_multipart_upload", {"MultipartUpload": {"Parts": [{"ETag": '"x"', "PartNumber": 1}]}}),
    ],
)
def test_an_upload_that_does_not_exist_is_refused(
    aws: Any, bucket: str, method: str, arguments: dict[str, Any]
) -> None:
    aws("s3").put_object(Bucket=bucket, Key="source", Body=b"1")
    source = {"CopySource": f"{bucket}/source"} if method == "upload_part_copy" else {}
    with pytest.raises(ClientError, match="NoSuchUpload"):
        getattr(aws("s3"), method)(Bucket=bucket, Key="key", UploadId="bogus", **arguments, **source)


def test_a_web_socket_is_refused(local_cloud_server: LocalCloud) -> None:
    headers = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
    status, answered, _ = send(local_cloud_server, "s3", "GET", "/", b"", headers)
    assert (status, "html" in answered) == (501, False)
