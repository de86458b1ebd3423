"""Multipart uploads that do not exist."""

from __future__ import annotations

import functools
from typing import Any

from moto.s3.exceptions import NoSuchUpload
from moto.s3.models import S3Backend

from local_cloud.patching import original_of, replace


def install() -> None:
    """Replace moto's calls that take the id of an upload."""
    # moto: S3's UploadPart, UploadPartCopy and CompleteMultipartUpload fail internally for an unknown upload; not reported yet: AWS answers
    # NoSuchUpload, also after an upload was completed or aborted.
    for name in ("upload_part", "upload_part_copy", "complete_multipart_upload"):
        replace(S3Backend, name, _of_known_upload(name))


def _of_known_upload(name: str) -> Any:
    original = original_of(S3Backend, name)

    @functools.wraps(original)
    def call(self: S3Backend, bucket_name: str, multipart_id: str, *arguments: Any, **named: Any) -> Any:
        if multipart_id not in self.get_bucket(bucket_name).multiparts:
            raise NoSuchUpload(upload_id=multipart_id)
        return original(self, bucket_name, multipart_id, *arguments, **named)

    return call
