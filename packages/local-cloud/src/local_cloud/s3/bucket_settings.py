"""Settings of buckets: their policy, the target of their access logs, versioning, and default encryption."""

from __future__ import annotations

import json
from typing import Any, Final

import xmltodict  # type: ignore[import-untyped]  # moto depends on it; no type information is published
from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.s3.exceptions import S3ClientError
from moto.s3.models import FakeBucket, FakeKey, S3Backend
from moto.s3.responses import S3Response

from local_cloud.patching import original_of, replace

_MOTOS_ANSWER: tuple[int, dict[str, str], str] = (404, {}, "")
_SSE_S3: Final = "AES256"
_ENCRYPTION_HEADER: Final = "x-amz-server-side-encryption"


def install() -> None:
    """Replace moto's evaluation and checks of the settings."""
    # moto: S3 ignores the conditions of bucket policies, so that Deny unless aws:SecureTransport denies all requests; not reported yet: a
    # statement only applies if its conditions are met.
    replace(FakeBucket, "get_permission", _get_permission)
    # moto: S3's PutBucketLogging fails unless the target bucket already grants access to the logging service; not reported yet: AWS accepts the
    # target, and delivers logs once it has access.
    replace(FakeBucket, "_log_permissions_enabled_policy", staticmethod(_accept_target))
    # moto: S3's PutBucketVersioning without Status answers 404 with an empty body; not reported yet: AWS answers
    # IllegalVersioningConfigurationException.
    replace(S3Response, "_bucket_response_put", _bucket_response_put)
    # moto: S3's PutObjectTagging fails for an empty set of tags; not reported yet: it removes the tags.
    replace(S3Response, "_tagging_from_xml", _tags_of_object)
    # moto: S3 leaves objects and buckets without an encryption; not reported yet: AWS encrypts every object with SSE-S3 by
    # default, and names it.
    replace(FakeKey, "response_dict", property(_response_headers))
    replace(S3Backend, "get_bucket_encryption", _get_bucket_encryption)


def _get_permission(self: FakeBucket, action: str, resource: str) -> PermissionResult:
    """Return the permission by the statements without a condition.

    The usual condition, ``Deny unless TLS``, cannot be met on localhost.
    """
    document = json.loads(self.policy.decode()) if self.policy else {"Statement": []}
    listed = document["Statement"] if isinstance(document["Statement"], list) else [document["Statement"]]
    unconditional = [statement for statement in listed if not statement.get("Condition")]
    if not unconditional:
        return PermissionResult.NEUTRAL
    policy = IAMPolicy(json.dumps({**document, "Statement": unconditional}))
    result: PermissionResult = policy.is_action_permitted(action, resource)
    return result


def _accept_target(target_bucket: Any, target_prefix: str | None) -> bool:
    """Accept any existing bucket as the target of access logs.

    Stacks depend on this: the policy of the log bucket names the logged bucket, which is created, with its logging configuration, before
    the policy. https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshooting-server-access-logging.html
    """
    return True


def _bucket_response_put(self: S3Response, request: Any, bucket_name: str, querystring: dict[str, Any]) -> Any:
    """Reject versioning without a status: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList."""
    answer = original_of(S3Response, "_bucket_response_put")(self, request, bucket_name, querystring)
    if "versioning" in querystring and answer == _MOTOS_ANSWER:
        raise S3ClientError("IllegalVersioningConfigurationException", "The Versioning element must be specified")
    return answer


def _tags_of_object(self: S3Response) -> dict[str, str]:
    if not xmltodict.parse(self.body)["Tagging"]["TagSet"]:
        return {}
    tags: dict[str, str] = original_of(S3Response, "_tagging_from_xml")(self)
    return tags


def _response_headers(self: FakeKey) -> dict[str, Any]:
    """Return the headers of an object: https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html."""
    headers: dict[str, Any] = original_of(FakeKey, "response_dict").fget(self)
    return {_ENCRYPTION_HEADER: _SSE_S3, **headers}


def _get_bucket_encryption(self: S3Backend, bucket_name: str) -> dict[str, Any]:
    """Return the encryption that was put, or the default.

    The bucket itself keeps none, because moto lets an object be copied onto itself in a bucket that has one.
    """
    found = original_of(S3Backend, "get_bucket_encryption")(self, bucket_name)
    return found or {"Rule": {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": _SSE_S3}}}
