"""Listings with a delimiter only have common prefixes of current objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def s3(aws: Callable[[str], Any], name: str) -> Any:
    client = aws("s3")
    client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": client.meta.region_name})
    client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return client


def folders(s3: Any, bucket: str, prefix: str, page_size: int = 1000) -> list[str]:
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=bucket, Prefix=prefix, Delimiter="/", PaginationConfig={"PageSize": page_size}
    )
    return [each["Prefix"] for page in pages for each in page.get("CommonPrefixes", [])]


def test_a_folder_whose_objects_were_deleted_is_not_named(s3: Any, name: str) -> None:
    for key in ("runs/r1/x/a", "runs/r1/x/b", "runs/r2/x/a", "runs/r3/a", "other/a"):
        s3.put_object(Bucket=name, Key=key, Body=b"1")
    assert folders(s3, name, "runs/") == ["runs/r1/", "runs/r2/", "runs/r3/"]
    s3.delete_objects(Bucket=name, Delete={"Objects": [{"Key": "runs/r1/x/a"}, {"Key": "runs/r2/x/a"}]})
    assert folders(s3, name, "runs/") == ["runs/r1/", "runs/r3/"]
    assert folders(s3, name, "runs/", page_size=1) == ["runs/r1/", "runs/r3/"]
    assert folders(s3, name, "") == ["other/", "runs/"]
    s3.put_object(Bucket=name, Key="runs/r2/x/c", Body=b"1")
    assert folders(s3, name, "runs/") == ["runs/r1/", "runs/r2/", "runs/r3/"]


def keys(s3: Any, bucket: str, **request: Any) -> list[str]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, **request)
    return [each["Key"] for page in pages for each in page.get("Contents", [])]


def test_pages_follow_each_other_in_the_order_of_bytes_without_what_was_deleted(s3: Any, name: str) -> None:
    there = ["runs/1/b", "runs/1/a", "runs/10/a", "runs/é", "runs/Z", "runs/特徴量", "run", "runsaway", "a"]
    for key in there:
        s3.put_object(Bucket=name, Key=key, Body=b"1")
    ordered = sorted((key for key in there if key.startswith("runs/")), key=str.encode)
    for page_size in (1, 2, len(ordered), 1000):
        assert keys(s3, name, Prefix="runs/", PaginationConfig={"PageSize": page_size}) == ordered
    assert keys(s3, name) == sorted(there, key=str.encode)
    assert keys(s3, name, Prefix="runs/", StartAfter="runs/10/a") == ordered[ordered.index("runs/10/a") + 1 :]
    s3.delete_object(Bucket=name, Key="runs/1/b")
    ordered.remove("runs/1/b")
    assert keys(s3, name, Prefix="runs/", PaginationConfig={"PageSize": 1}) == ordered


def test_a_page_says_whether_another_follows(s3: Any, name: str) -> None:
    for key in ("a/1", "a/2", "a/3", "b/1"):
        s3.put_object(Bucket=name, Key=key, Body=b"1")
    whole = s3.list_objects_v2(Bucket=name, Prefix="a/", MaxKeys=3)
    assert (whole["KeyCount"], whole["IsTruncated"], whole.get("NextContinuationToken")) == (3, False, None)
    first = s3.list_objects_v2(Bucket=name, Prefix="a/", MaxKeys=2)
    assert (first["KeyCount"], first["IsTruncated"]) == (2, True)
    s3.put_object(Bucket=name, Key="a/0", Body=b"1")
    s3.delete_object(Bucket=name, Key="a/2")
    rest = s3.list_objects_v2(Bucket=name, Prefix="a/", ContinuationToken=first["NextContinuationToken"])
    assert [each["Key"] for each in rest["Contents"]] == ["a/3"], (
        "objects that were added and deleted before the page do not affect it"
    )
    assert s3.list_objects_v2(Bucket=name, Prefix="a/", MaxKeys=0)["KeyCount"] == 0
