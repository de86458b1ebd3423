"""Objects that only one writer can create: claims of scheduled events, and what else needs a single winner.

S3 puts an object with ``If-None-Match: *`` only where there is none. 412 says that there is one; 409 that another write
is going on, and is tried again.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from botocore.exceptions import ClientError
    from mypy_boto3_s3 import S3Client

_TAKEN = "PreconditionFailed"
_CONFLICT = "ConditionalRequestConflict"
_ATTEMPTS = 8


class ConditionalWriteError(RuntimeError):
    """A conditional write met conflicts until its attempts were used up."""


def put_if_absent(
    s3: S3Client, bucket: str, key: str, body: bytes, *, sleep: Callable[[float], None] = time.sleep
) -> bool:
    """Put an object where there is none.

    Returns
    -------
    bool
        False where there is an object already; it stays as it is.
    """
    for attempt in range(_ATTEMPTS):
        try:
            s3.put_object(Bucket=bucket, Key=key, Body=body, IfNoneMatch="*")
        except s3.exceptions.ClientError as error:
            code = _error_code(error)
            if code == _TAKEN:
                return False
            if code != _CONFLICT:
                raise
            sleep(0.05 * 2**attempt)
        else:
            return True
    raise ConditionalWriteError(f"s3://{bucket}/{key}: {_ATTEMPTS} attempts met conflicting writes")


def claim(s3: S3Client, bucket: str, key: str, owner: str, *, sleep: Callable[[float], None] = time.sleep) -> str:
    """Claim a key for an owner, for good.

    Returns
    -------
    str
        Who owns the key now: ``owner``, also where it was claimed by an earlier call of the same owner, or another.
    """
    for attempt in range(_ATTEMPTS):
        if put_if_absent(s3, bucket, key, owner.encode(), sleep=sleep):
            return owner
        try:
            return s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
        except s3.exceptions.NoSuchKey:
            sleep(0.05 * 2**attempt)  # removed in between: free again
    raise ConditionalWriteError(f"s3://{bucket}/{key}: {_ATTEMPTS} attempts found it taken, and then gone")


def _error_code(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Code", "")
