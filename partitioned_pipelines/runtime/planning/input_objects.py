"""The objects of an S3 input, as a processing job reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.lake.s3_uri import split_s3_uri

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ObjectTypeDef


def list_input(s3: S3Client, uri: str) -> Iterator[ObjectTypeDef]:
    """Yield the object itself and the objects below it as a folder; none if the bucket does not exist.

    The console's folder markers do not count as input.
    """
    bucket, key = split_s3_uri(uri)
    try:
        if not key or key.endswith("/"):
            yield from _below(s3, bucket, key)
            return
        first = s3.list_objects_v2(Bucket=bucket, Prefix=key, MaxKeys=1).get("Contents", [])
        # The object itself sorts before siblings with the same prefix (day.csv, day.csv.bak), which must not match.
        yield from (item for item in first if item["Key"] == key)
        yield from _below(s3, bucket, f"{key}/")
    except s3.exceptions.NoSuchBucket:
        return


def _below(s3: S3Client, bucket: str, prefix: str) -> Iterator[ObjectTypeDef]:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for item in page.get("Contents", []):
            if not item["Key"].endswith("/") or item["Size"] > 0:
                yield item
