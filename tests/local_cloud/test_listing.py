"""Listings by delimiter name the folders of current objects, and no others."""

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
