"""Functions and jobs have the credentials of their roles, and the log tells who asked for what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest

from local_cloud.access import role_access_key
from tests.local_cloud.admin import ask

if TYPE_CHECKING:
    from collections.abc import Callable

    from local_cloud.server import LocalCloud

Aws = Any


def _admin(cloud: LocalCloud, method: str, path: str) -> Any:
    return ask(cloud, method, path)[1]


def test_it_notes_what_a_role_asks_for_and_nobody_else(
    local_cloud_server: LocalCloud, aws: Callable[[str], Aws], bucket: str, name: str
) -> None:
    role = f"arn:aws:iam::123456789012:role/{name}"
    key = role_access_key(role)

    def client(service: str) -> Any:
        return boto3.client(  # type: ignore[call-overload]  # the service's name is not a literal here
            service,
            endpoint_url=local_cloud_server.endpoint_url,
            region_name=local_cloud_server.settings.region,
            aws_access_key_id=key.access_key_id,
            aws_secret_access_key=key.secret_access_key,
        )

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
    noted = [
        (entry["operation"], entry["parameters"], entry["status"])
        for entry in _admin(local_cloud_server, "GET", "requests")["requests"]
        if entry["role_arn"] == role
    ]
    named = {"Bucket": bucket, "Key": "a b/ü=1"}
    assert noted == [
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
