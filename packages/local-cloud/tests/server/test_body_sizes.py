"""Bodies of requests are bounded, packed or not; the content of an object is never in memory as a whole."""

from __future__ import annotations

import gzip
import http.client
import json
import socket
import tracemalloc
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from boto3.s3.transfer import TransferConfig

from cloud_under_test.raw_requests import SIGNED, send

if TYPE_CHECKING:
    from pathlib import Path

    from local_cloud.server import LocalCloud

MEGABYTE = 1024 * 1024
LIST = json.dumps({}).encode()
KMS = {"X-Amz-Target": "TrentService.ListKeys", "Content-Type": "application/x-amz-json-1.1"}


@pytest.mark.parametrize(
    ("packed", "status", "answer"),
    [
        (gzip.compress(LIST), 200, "Keys"),
        (gzip.compress(b" ") + gzip.compress(LIST) + bytes(10), 200, "Keys"),
        (gzip.compress(LIST)[:-1], 400, "SerializationException"),
        (gzip.compress(LIST) + b"more", 400, "SerializationException"),
        (gzip.compress(bytes(101 * MEGABYTE)), 413, "RequestEntityTooLarge"),
        (gzip.compress(bytes(60 * MEGABYTE)) * 2, 413, "RequestEntityTooLarge"),
    ],
    ids=["whole", "two members", "cut", "followed by something", "large", "large together"],
)
def test_a_packed_body_is_bounded(local_cloud_server: LocalCloud, packed: bytes, status: int, answer: str) -> None:
    headers = KMS | {"Content-Encoding": "gzip"}
    found, _, text = send(local_cloud_server, "kms", "POST", "/", packed, headers)
    assert (found, answer in text) == (status, True), text


@pytest.mark.parametrize("service", ["kms", "sqs", "iam", "s3"])
def test_a_large_body_is_refused_before_it_is_read(local_cloud_server: LocalCloud, service: str) -> None:
    where = urlsplit(local_cloud_server.endpoint_url)
    path = "/bucket?tagging" if service == "s3" else "/"
    connection = http.client.HTTPConnection(str(where.hostname), where.port, timeout=30)
    connection.putrequest("PUT" if service == "s3" else "POST", path)
    connection.putheader("Authorization", SIGNED.format(local_cloud_server.access_key.access_key_id, service))
    connection.putheader("Content-Length", str(101 * MEGABYTE))
    connection.endheaders()
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    assert answer.status == (400 if service == "s3" else 413)
    assert ("MaxMessageLengthExceeded" if service == "s3" else "RequestEntityTooLarge") in text


def test_an_object_is_not_in_memory_while_it_is_uploaded(
    local_cloud_server: LocalCloud, aws: Any, bucket: str, tmp_path: Path
) -> None:
    content = tmp_path / "content"
    with content.open("wb") as file:
        file.truncate(64 * MEGABYTE)
    s3 = aws("s3")
    tracemalloc.start()
    try:
        with content.open("rb") as body:
            s3.put_object(Bucket=bucket, Key="key", Body=body)
        s3.upload_file(str(content), bucket, "in parts", Config=TransferConfig(use_threads=False))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 50 * MEGABYTE, f"{peak / MEGABYTE:.0f} MiB"
    for key in ("key", "in parts"):
        assert s3.head_object(Bucket=bucket, Key=key)["ContentLength"] == 64 * MEGABYTE


def test_an_upload_that_is_cut_is_not_stored(local_cloud_server: LocalCloud, aws: Any, bucket: str) -> None:
    where = urlsplit(local_cloud_server.endpoint_url)
    signed = SIGNED.format(local_cloud_server.access_key.access_key_id, "s3")
    head = f"PUT /{bucket}/key HTTP/1.1\r\nHost: {where.netloc}\r\nAuthorization: {signed}\r\nContent-Length: 9\r\n\r\n"
    with socket.create_connection((str(where.hostname), where.port or 0), timeout=30) as connection:
        connection.sendall(head.encode() + b"12345")
        connection.shutdown(socket.SHUT_WR)
        answer = connection.makefile("rb").read()
    assert b"IncompleteBody" in answer
    assert "Contents" not in aws("s3").list_objects_v2(Bucket=bucket)
