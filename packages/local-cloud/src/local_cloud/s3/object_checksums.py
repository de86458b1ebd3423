"""Checksums that objects and parts have, or get when they are copied.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import moto.s3.models as models
import moto.s3.responses as responses
from moto.s3.models import S3Backend
from moto.s3.responses import S3Response

from local_cloud.patching import original_of, replace
from local_cloud.s3.checksums import COMPOSITE, FULL_OBJECT, HEADER_PREFIX, Checksum, checksum_of, new_hasher

if TYPE_CHECKING:
    from moto.s3.models import FakeKey

_PIECE_BYTES = 4 * 1024 * 1024


def install() -> None:
    """Replace how moto calculates, copies and returns checksums."""
    # moto: S3 calculates a CRC-32 for CRC32C and CRC64NVME without optional packages; not reported yet: the values differ.
    for module in (models, responses):
        replace(module, "compute_checksum", _compute_checksum)
    # moto: S3's CopyObject gives the copy of a multipart object the composite checksum of its parts, as that of a whole; not reported yet:
    # AWS calculates the checksum of the copy, which clients compare when they read it.
    replace(S3Backend, "copy_object", _copying())
    # moto: S3's HeadObject omits the checksum's type, and the number of parts of a composite checksum; not reported yet: GetObject has them.
    replace(S3Response, "head_object", _head_object)


def stored_checksum(key: FakeKey) -> Checksum | None:
    """Return the checksum of an object or part, without the number of parts, or None if it has none."""
    if key.checksum_algorithm is None or key.checksum_value is None:
        return None
    return Checksum.parse(key.checksum_algorithm, key.checksum_value)


def qualified_text(key: FakeKey) -> str:
    """Return the Base64 of an object's checksum, with the number of parts if it is composite."""
    number = f"-{key.checksum_parts}" if key.checksum_type == COMPOSITE else ""
    return f"{key.checksum_value}{number}"


def store_checksum(key: FakeKey, checksum: Checksum, kind: str = FULL_OBJECT, parts: int | None = None) -> None:
    """Set the checksum of an object or part."""
    key.checksum_algorithm, key.checksum_value = checksum.algorithm, checksum.text
    key.checksum_type, key.checksum_parts = kind, parts


def calculated_checksum(key: FakeKey, algorithm: str) -> Checksum:
    """Return the checksum of the content of an object or part."""
    stored: Any = key  # its content is an ObjectFile
    hasher = new_hasher(algorithm)
    with stored._value_buffer.open() as stream:
        while piece := stream.read(_PIECE_BYTES):
            hasher.update(piece)
    return Checksum(algorithm, hasher.digest())


def _compute_checksum(body: bytes, algorithm: str, encode_base64: bool = True) -> bytes:
    checksum = checksum_of(body, algorithm)
    return checksum.text.encode() if encode_base64 else checksum.digest


def _copying() -> Any:
    original = original_of(S3Backend, "copy_object")

    @functools.wraps(original)
    def copy_object(
        self: S3Backend, src_key: FakeKey, dest_bucket_name: str, dest_key_name: str, *more: Any, **named: Any
    ) -> None:
        original(self, src_key, dest_bucket_name, dest_key_name, *more, **named)
        copy: Any = self.get_object(dest_bucket_name, dest_key_name)
        if src_key.checksum_algorithm is not None:
            checksum = stored_checksum(src_key) if src_key.checksum_type != COMPOSITE else None
            store_checksum(copy, checksum or calculated_checksum(copy, src_key.checksum_algorithm))

    return copy_object


def _head_object(
    self: S3Response, bucket_name: str, query: dict[str, Any], key_name: str, headers: dict[str, Any]
) -> Any:
    status, answered, body = original_of(S3Response, "head_object")(self, bucket_name, query, key_name, headers)
    for name in [name for name in answered if name.lower().startswith(HEADER_PREFIX) and answered[name]]:
        key = self.backend.get_object(bucket_name, key_name, version_id=query.get("versionId", [None])[0])
        if key and key.checksum_algorithm and name.lower() == HEADER_PREFIX + key.checksum_algorithm.lower():
            answered[name] = qualified_text(key)
            answered["x-amz-checksum-type"] = key.checksum_type or FULL_OBJECT
    return status, answered, body
