"""Whether there is anything for a job to read under an input's URI."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.lake.s3_uri import split_s3_uri

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def holds_objects(s3: S3Client, uri: str) -> bool:
    """Return whether a URI is an object, or a folder that holds one; a bucket that does not exist holds none.

    The markers that the console makes for a folder are no input.
    """
    bucket, key = split_s3_uri(uri)
    try:
        if not key or key.endswith("/"):
            return _holds_objects_below(s3, bucket, key)
        first = s3.list_objects_v2(Bucket=bucket, Prefix=key, MaxKeys=1).get("Contents", [])
        # The object itself sorts before its siblings (day.csv, day.csv.bak), which are not what was asked for.
        return any(item["Key"] == key for item in first) or _holds_objects_below(s3, bucket, f"{key}/")
    except s3.exceptions.NoSuchBucket:
        return False


def _holds_objects_below(s3: S3Client, bucket: str, prefix: str) -> bool:
    return any(
        not item["Key"].endswith("/") or item["Size"] > 0
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        for item in page.get("Contents", [])
    )
