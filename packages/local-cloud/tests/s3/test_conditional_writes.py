"""S3's conditional writes, also with many concurrent writers."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

WRITERS = 8


@pytest.fixture
def s3(aws: Callable[[str], Any], name: str) -> Any:
    client = aws("s3")
    client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": client.meta.region_name})
    return client


def code_of(call: Callable[..., Any], **arguments: Any) -> str:
    """Return the error code of a call, or an empty string if it succeeds."""
    try:
        call(**arguments)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


def test_a_put_if_none_match_leaves_what_is_there(s3: Any, name: str) -> None:
    assert code_of(s3.put_object, Bucket=name, Key="a", Body=b"1", IfNoneMatch="*") == ""
    assert code_of(s3.put_object, Bucket=name, Key="a", Body=b"2", IfNoneMatch="*") == "PreconditionFailed"
    assert s3.get_object(Bucket=name, Key="a")["Body"].read() == b"1"


def test_a_put_if_match_replaces_only_what_was_seen(s3: Any, name: str) -> None:
    seen = s3.put_object(Bucket=name, Key="a", Body=b"1")["ETag"]
    assert code_of(s3.put_object, Bucket=name, Key="a", Body=b"2", IfMatch=seen) == ""
    assert code_of(s3.put_object, Bucket=name, Key="a", Body=b"3", IfMatch=seen) == "PreconditionFailed"
    assert code_of(s3.put_object, Bucket=name, Key="b", Body=b"3", IfMatch=seen) == "NoSuchKey"
    assert s3.get_object(Bucket=name, Key="a")["Body"].read() == b"2"


def test_a_delete_if_match_removes_only_what_was_seen(s3: Any, name: str) -> None:
    seen = s3.put_object(Bucket=name, Key="a", Body=b"1")["ETag"]
    newer = s3.put_object(Bucket=name, Key="a", Body=b"2")["ETag"]
    assert code_of(s3.delete_object, Bucket=name, Key="a", IfMatch=seen) == "PreconditionFailed"
    assert code_of(s3.delete_object, Bucket=name, Key="a", IfMatch=newer) == ""
    assert code_of(s3.get_object, Bucket=name, Key="a") == "NoSuchKey"


def test_with_versions_a_deleted_object_is_free_again(s3: Any, name: str) -> None:
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    seen = s3.put_object(Bucket=name, Key="a", Body=b"1", IfNoneMatch="*")["ETag"]
    s3.delete_object(Bucket=name, Key="a", IfMatch=seen)
    assert code_of(s3.put_object, Bucket=name, Key="a", Body=b"2", IfMatch=seen) == "NoSuchKey"
    assert code_of(s3.put_object, Bucket=name, Key="a", Body=b"2", IfNoneMatch="*") == ""


@pytest.mark.parametrize("condition", ["IfNoneMatch", "IfMatch"])
def test_of_many_at_once_exactly_one_wins(s3: Any, name: str, condition: str) -> None:
    for number in range(10):
        key = f"contested-{number}"
        value = "*" if condition == "IfNoneMatch" else s3.put_object(Bucket=name, Key=key, Body=b"first")["ETag"]
        at_once = threading.Barrier(WRITERS)

        def put(writer: int, key: str = key, value: str = value, at_once: threading.Barrier = at_once) -> str:
            at_once.wait()
            return code_of(s3.put_object, Bucket=name, Key=key, Body=str(writer).encode(), **{condition: value})

        with ThreadPoolExecutor(WRITERS) as pool:
            codes = list(pool.map(put, range(WRITERS)))
        assert codes.count("") == 1
        assert set(codes) == {"", "PreconditionFailed"}
        assert s3.get_object(Bucket=name, Key=key)["Body"].read() == str(codes.index("")).encode()
