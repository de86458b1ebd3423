"""Multipart uploads: unknown ones, and the checksums of their parts.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html#Full-object-checksums
"""

from __future__ import annotations

import functools
import re
from http import HTTPStatus
from typing import Any

from moto.s3.exceptions import NoSuchUpload, S3ClientError
from moto.s3.models import FakeMultipart, S3Backend
from moto.s3.responses import S3Response

from local_cloud.patching import original_of, replace
from local_cloud.s3.checksums import COMPOSITE, Checksum, can_have_type
from local_cloud.s3.multipart_completion import (
    checksum_algorithm,
    checksum_type,
    complete,
    parse_completion,
)
from local_cloud.s3.object_checksums import calculated_checksum, qualified_text, store_checksum, stored_checksum
from local_cloud.s3.received_bodies import received_checksum

_END_OF_COPY, _END_OF_COMPLETION = "</CopyPartResult>", "</CompleteMultipartUploadResult>"
_PART_NUMBER = re.compile(r"<PartNumber>(?P<number>\d+)</PartNumber>")


def install() -> None:
    """Replace moto's calls that take the id of an upload."""
    # moto: S3's UploadPart, UploadPartCopy and CompleteMultipartUpload fail internally for an unknown upload; not reported yet: AWS answers
    # NoSuchUpload, also after an upload was completed or aborted.
    for name in ("upload_part", "upload_part_copy", "complete_multipart_upload"):
        replace(S3Backend, name, _of_known_upload(name))
    # moto: S3 accepts types of checksums that their algorithms cannot have, and parts without the checksum that their upload announced;
    # not reported yet: AWS answers InvalidRequest.
    replace(S3Backend, "create_multipart_upload", _create_multipart_upload)
    replace(S3Response, "upload_part", _upload_part)
    replace(S3Response, "upload_part_copy", _upload_part_copy)
    # moto: S3's CompleteMultipartUpload ignores the checksums of the parts and of the object, and the order of the parts, and holds the whole
    # object in memory; not reported yet: AWS compares them, and returns the object's checksum.
    replace(S3Response, "_complete_multipart_body", parse_completion)
    replace(S3Response, "_key_response_post", _key_response_post)
    # moto: S3's ListParts omits the checksums of the parts; not reported yet: AWS returns them.
    replace(S3Response, "list_parts", _list_parts)
    replace(FakeMultipart, "complete", complete)


def _of_known_upload(name: str) -> Any:
    original = original_of(S3Backend, name)

    @functools.wraps(original)
    def call(self: S3Backend, bucket_name: str, multipart_id: str, *arguments: Any, **named: Any) -> Any:
        if multipart_id not in self.get_bucket(bucket_name).multiparts:
            raise NoSuchUpload(upload_id=multipart_id)
        return original(self, bucket_name, multipart_id, *arguments, **named)

    return call


def _create_multipart_upload(
    self: S3Backend,
    bucket_name: str,
    key_name: str,
    metadata: Any,
    storage_type: str,
    tags: dict[str, str],
    acl: Any,
    sse_encryption: str,
    kms_key_id: str,
) -> FakeMultipart:
    algorithm, kind = metadata.get("x-amz-checksum-algorithm"), metadata.get("x-amz-checksum-type")
    if kind and not algorithm:
        raise S3ClientError(
            "InvalidRequest",
            "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.",
        )
    if kind and not can_have_type(algorithm.upper(), kind):
        message = f"The {kind} checksum type cannot be used with the {algorithm.lower()} checksum algorithm."
        raise S3ClientError("InvalidRequest", message)
    upload: FakeMultipart = original_of(S3Backend, "create_multipart_upload")(
        self, bucket_name, key_name, metadata, storage_type, tags, acl, sse_encryption, kms_key_id
    )
    return upload


def _upload_part(self: S3Response) -> Any:
    upload, checksum = _upload(self), received_checksum(self)
    algorithm = checksum_algorithm(upload) if upload else None
    if upload and algorithm and (checksum or checksum_type(upload) == COMPOSITE):
        actual = checksum.algorithm if checksum else "null"
        if actual != algorithm:
            raise S3ClientError(
                "InvalidRequest",
                f"Checksum Type mismatch occurred, expected checksum Type: {algorithm.lower()}, actual checksum Type: "
                f"{actual.lower()}",
            )
    answer = original_of(S3Response, "upload_part")(self)
    if upload:
        _keep_checksum(self, upload, checksum)
    return answer


def _upload_part_copy(self: S3Response) -> Any:
    status, headers, body = original_of(S3Response, "upload_part_copy")(self)
    upload = _upload(self)
    if upload and status == HTTPStatus.OK and (checksum := _keep_checksum(self, upload, None)):
        body = body.replace(_END_OF_COPY, _elements(checksum) + _END_OF_COPY)
        headers["content-length"] = str(len(body))
    return status, headers, body


def _keep_checksum(response: S3Response, upload: FakeMultipart, received: Checksum | None) -> Checksum | None:
    """Store the checksum of a part: the received one, or that which the upload needs. Returns it."""
    part = upload.parts[int(response._get_param("partNumber"))]
    algorithm = checksum_algorithm(upload)
    checksum = received or (calculated_checksum(part, algorithm) if algorithm else None)
    if checksum:
        store_checksum(part, checksum)
    return checksum


def _upload(response: S3Response) -> FakeMultipart | None:
    bucket = response.backend.get_bucket(response.bucket_name)
    upload: FakeMultipart | None = bucket.multiparts.get(response._get_param("uploadId"))
    return upload


def _list_parts(self: S3Response) -> Any:
    """Add the checksums of the parts to the response."""
    status, headers, body = original_of(S3Response, "list_parts")(self)
    upload = _upload(self)
    if upload:
        checksums = {number: stored_checksum(part) for number, part in upload.parts.items()}
        body = _PART_NUMBER.sub(lambda found: found[0] + _elements(checksums[int(found["number"])]), body)
    return status, headers, body


def _key_response_post(
    self: S3Response, request: Any, body: bytes, bucket_name: str, query: dict[str, Any], key_name: str
) -> Any:
    """Add the checksum of the object to the response to CompleteMultipartUpload."""
    original = original_of(S3Response, "_key_response_post")
    status, headers, answer = original(self, request, body, bucket_name, query, key_name)
    key = self.backend.get_object(bucket_name, key_name) if query.get("uploadId") else None
    checksum = stored_checksum(key) if key and status == HTTPStatus.OK else None
    if key and checksum:
        added = _element(checksum.member, qualified_text(key)) + _element("ChecksumType", str(key.checksum_type))
        answer = answer.replace(_END_OF_COMPLETION, f"{added}{_END_OF_COMPLETION}")
    return status, headers, answer


def _elements(checksum: Checksum | None) -> str:
    return _element(checksum.member, checksum.text) if checksum else ""


def _element(name: str, text: str) -> str:
    return f"<{name}>{text}</{name}>"
