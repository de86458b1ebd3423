"""Conditional deletes: DeleteObjects does not delete an object if its ETag differs from the given one.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html
"""

from __future__ import annotations

import contextvars
from typing import TYPE_CHECKING, Any

from moto.s3.models import S3Backend
from moto.s3.responses import S3Response

from local_cloud.patching import original_of, replace

if TYPE_CHECKING:
    from moto.core.responses import ActionResult

_PRECONDITION = ("PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
_MISSING = ("NoSuchKey", "The specified key does not exist.")
_refused: contextvars.ContextVar[list[dict[str, str]]] = contextvars.ContextVar("refused")


def install() -> None:
    """Replace moto's deletion and its response."""
    # moto: S3's DeleteObjects ignores the ETag of an object to delete; https://github.com/getmoto/moto/pull/10130 (open)
    replace(S3Backend, "delete_objects", _delete_objects)
    replace(S3Response, "_bucket_response_delete_keys", _bucket_response_delete_keys)
    replace(S3Response, "serialized", _serialized)


def _bucket_response_delete_keys(self: S3Response, bucket_name: str, authenticated: bool = True) -> Any:
    token = _refused.set([])
    try:
        return original_of(S3Response, "_bucket_response_delete_keys")(self, bucket_name, authenticated)
    finally:
        _refused.reset(token)


def _delete_objects(
    self: S3Backend, bucket_name: str, objects: list[dict[str, Any]], bypass_retention: bool = False
) -> Any:
    wanted = []
    for one in objects:
        if (reason := _reason_against(self, bucket_name, one)) is None:
            wanted.append(one)
        else:
            _refused.get([]).append({"Key": one["Key"], "Code": reason[0], "Message": reason[1]})
    return original_of(S3Backend, "delete_objects")(self, bucket_name, wanted, bypass_retention)


def _reason_against(backend: S3Backend, bucket_name: str, wanted: dict[str, Any]) -> tuple[str, str] | None:
    etag = wanted.get("ETag")
    if not etag:
        return None
    found = backend.get_object(bucket_name, wanted["Key"])
    if found is None:
        return _MISSING
    return None if etag == "*" or etag.strip('"') == found.etag.strip('"') else _PRECONDITION


def _serialized(self: S3Response, action_result: ActionResult) -> Any:
    """Add the failed conditions to the errors; moto's response only has AccessDenied."""
    if refused := _refused.get([]):
        answer: Any = action_result.result
        answer["Errors"] += refused
    return original_of(S3Response, "serialized")(self, action_result)
