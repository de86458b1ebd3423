"""Objects that only one writer can create or replace: claims of scheduled events, leases of tables.

With ``If-None-Match: *``, S3 puts an object only if the key has no object, and with ``If-Match`` only if the existing object has that ETag.
412 means that the condition failed, 404 that there is no object to match, and 409 that another write is in progress, which is retried.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from io import BytesIO

    from botocore.exceptions import ClientError
    from mypy_boto3_s3 import S3Client

_CONDITION_FAILED = frozenset({"PreconditionFailed", "NoSuchKey"})
_CONFLICT = "ConditionalRequestConflict"
_ATTEMPTS = 8


class ConditionalWriteError(RuntimeError):
    """A conditional write had conflicts in all of its attempts."""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object's content, and the ETag that is needed to replace or delete it."""

    body: bytes
    etag: str
    last_modified: datetime


def put_if_absent(
    s3: S3Client,
    bucket: str,
    key: str,
    body: bytes | BytesIO,
    *,
    content_type: str = "binary/octet-stream",
    sleep: Callable[[float], None] = time.sleep,
) -> str | None:
    """Put an object if the key has none.

    Parameters
    ----------
    body
        The content; a file is read from its begin.
    content_type
        The object's content type; by default, that of S3.

    Returns
    -------
    str or None
        The object's ETag; None if an object already exists, which is not changed.
    """
    return _put(s3, bucket, key, body, {"IfNoneMatch": "*", "ContentType": content_type}, sleep)


def replace_if_match(
    s3: S3Client, bucket: str, key: str, body: bytes, etag: str, *, sleep: Callable[[float], None] = time.sleep
) -> str | None:
    """Replace an object if it has the given ETag.

    Returns
    -------
    str or None
        The new object's ETag; None if the object was replaced or deleted in the meantime, in which case nothing is changed.
    """
    return _put(s3, bucket, key, body, {"IfMatch": etag}, sleep)


def delete_if_match(
    s3: S3Client, bucket: str, key: str, etag: str, *, sleep: Callable[[float], None] = time.sleep
) -> bool:
    """Delete an object if it has the given ETag; return False if it was replaced or deleted in the meantime."""
    for attempt in range(_ATTEMPTS):
        try:
            s3.delete_object(Bucket=bucket, Key=key, IfMatch=etag)
        except s3.exceptions.ClientError as error:
            if not _is_conflict(error):
                return False
            sleep(0.05 * 2**attempt)
        else:
            return True
    raise _too_many_conflicts(bucket, key)


def read_object(s3: S3Client, bucket: str, key: str) -> StoredObject | None:
    """Read an object with its ETag; None if it does not exist."""
    try:
        answer = s3.get_object(Bucket=bucket, Key=key)
    except s3.exceptions.NoSuchKey:
        return None
    return StoredObject(answer["Body"].read(), answer["ETag"], answer["LastModified"])


def claim(s3: S3Client, bucket: str, key: str, owner: str, *, sleep: Callable[[float], None] = time.sleep) -> str:
    """Claim a key permanently for an owner.

    Returns
    -------
    str
        The key's owner: ``owner``, also if an earlier call of the same owner claimed it, or another owner.
    """
    for attempt in range(_ATTEMPTS):
        if put_if_absent(s3, bucket, key, owner.encode(), sleep=sleep):
            return owner
        try:
            return s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
        except s3.exceptions.NoSuchKey:
            sleep(0.05 * 2**attempt)  # deleted in between, so that it can be claimed
    raise ConditionalWriteError(f"s3://{bucket}/{key}: {_ATTEMPTS} attempts found it taken, and then deleted")


def _put(
    s3: S3Client,
    bucket: str,
    key: str,
    body: bytes | BytesIO,
    headers: Mapping[str, str],
    sleep: Callable[[float], None],
) -> str | None:
    for attempt in range(_ATTEMPTS):
        if not isinstance(body, bytes):
            body.seek(0)
        try:
            return s3.put_object(Bucket=bucket, Key=key, Body=body, **headers)["ETag"]  # type: ignore[arg-type]  # names of headers
        except s3.exceptions.ClientError as error:
            if not _is_conflict(error):
                return None
            sleep(0.05 * 2**attempt)
    raise _too_many_conflicts(bucket, key)


def _is_conflict(error: ClientError) -> bool:
    """Check whether a failed write conflicted with another, rather than its condition being false; any other error is raised."""
    code = error.response.get("Error", {}).get("Code", "")
    if code not in _CONDITION_FAILED and code != _CONFLICT:
        raise error
    return code == _CONFLICT


def _too_many_conflicts(bucket: str, key: str) -> ConditionalWriteError:
    return ConditionalWriteError(f"s3://{bucket}/{key}: {_ATTEMPTS} attempts met conflicting writes")
