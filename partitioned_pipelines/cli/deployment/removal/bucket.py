"""All versions of all objects of a bucket: counted, and deleted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ListObjectVersionsOutputTypeDef, ObjectIdentifierTypeDef


class BucketNotEmptiedError(RuntimeError):
    """Some objects could not be deleted."""


@dataclass(frozen=True)
class BucketContent:
    """What a bucket holds.

    Attributes
    ----------
    versions
        Versions of objects, and delete markers: what has to be deleted before the bucket can be.
    bytes
        Their size.
    """

    versions: int
    bytes: int


def measure_bucket(s3: S3Client, bucket: str) -> BucketContent:
    """Count what a bucket holds; nothing if the bucket does not exist."""
    versions = size = 0
    for page in _pages(s3, bucket):
        versions += len(page.get("Versions", [])) + len(page.get("DeleteMarkers", []))
        size += sum(one.get("Size", 0) for one in page.get("Versions", []))
    return BucketContent(versions, size)


def empty_bucket(s3: S3Client, bucket: str, on_deleted: Callable[[int], None] = lambda _count: None) -> None:
    """Delete everything in a bucket, a page of up to 1,000 versions at a time; a bucket that does not exist is empty.

    What was deleted stays deleted if it is interrupted; to call it again goes on with the rest.

    Parameters
    ----------
    on_deleted
        Called after each page with the number of versions deleted so far.

    Raises
    ------
    BucketNotEmptiedError
        If S3 refuses to delete some of them, after all others are deleted.
    """
    deleted = 0
    refused: list[str] = []
    for page in _pages(s3, bucket):
        versions: list[ObjectIdentifierTypeDef] = [
            {"Key": one["Key"], "VersionId": one["VersionId"]}
            for one in (*page.get("Versions", []), *page.get("DeleteMarkers", []))
        ]
        if not versions:
            continue
        answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": versions, "Quiet": True})
        errors = answer.get("Errors", [])
        refused += [f"{one.get('Key')}: {one.get('Code')}: {one.get('Message')}" for one in errors]
        deleted += len(versions) - len(errors)
        on_deleted(deleted)
    if refused:
        raise BucketNotEmptiedError(f"{len(refused):,} objects of {bucket} were not deleted. First: {refused[0]}")


def _pages(s3: S3Client, bucket: str) -> Iterator[ListObjectVersionsOutputTypeDef]:
    try:
        yield from s3.get_paginator("list_object_versions").paginate(Bucket=bucket)
    except ClientError as error:
        if error.response["Error"].get("Code") != "NoSuchBucket":
            raise
