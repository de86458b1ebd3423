"""S3's conditional writes and deletes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cloud_under_test.refusal import refusal_of

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def s3(unchecked: Callable[[str], Any]) -> Any:
    """An S3 client."""
    return unchecked("s3")


def test_objects_are_deleted_only_by_the_etag_that_they_have(s3: Any, bucket: str) -> None:
    old = {key: s3.put_object(Bucket=bucket, Key=key, Body=b"old")["ETag"] for key in ("kept", "gone", "plain")}
    s3.put_object(Bucket=bucket, Key="kept", Body=b"new")
    objects = [
        {"Key": "kept", "ETag": old["kept"]},
        {"Key": "gone", "ETag": old["gone"]},
        {"Key": "plain"},
        {"Key": "absent", "ETag": old["gone"]},
    ]
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects})
    assert {error["Key"]: error["Code"] for error in answer["Errors"]} == {
        "kept": "PreconditionFailed",
        "absent": "NoSuchKey",
    }
    assert {one["Key"] for one in answer["Deleted"]} == {"gone", "plain"}
    assert [one["Key"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["kept"]


def test_writes_are_held_to_their_conditions(s3: Any, bucket: str) -> None:
    code, _ = refusal_of(s3.put_object, Bucket=bucket, Key="k", Body=b"1", IfMatch='"0"')
    assert code == "NoSuchKey"
    first = s3.put_object(Bucket=bucket, Key="k", Body=b"1", IfNoneMatch="*")["ETag"]
    code, _ = refusal_of(s3.put_object, Bucket=bucket, Key="k", Body=b"2", IfNoneMatch="*")
    assert code == "PreconditionFailed"
    s3.put_object(Bucket=bucket, Key="k", Body=b"2", IfMatch=first)
    code, _ = refusal_of(s3.put_object, Bucket=bucket, Key="k", Body=b"3", IfMatch=first)
    assert code == "PreconditionFailed"
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"2"
