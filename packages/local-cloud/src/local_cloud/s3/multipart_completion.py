"""CompleteMultipartUpload: the parts that a request names, and the object that they become.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
"""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import xmltodict  # type: ignore[import-untyped]  # moto depends on it; no type information is published
from moto.s3.exceptions import EntityTooSmall, InvalidPart, InvalidPartOrder, MalformedXML, S3ClientError
from moto.settings import S3_UPLOAD_PART_MIN_SIZE

from local_cloud.s3.checksums import ALGORITHMS, COMPOSITE, HEADER_PREFIX, Checksum, combined, default_type
from local_cloud.s3.object_checksums import calculated_checksum, stored_checksum
from local_cloud.s3.object_files import joined

if TYPE_CHECKING:
    from moto.s3.models import FakeKey, FakeMultipart
    from moto.s3.responses import S3Response

    from local_cloud.s3.object_files import ObjectFile


@dataclass(frozen=True, slots=True)
class _NamedPart:
    """A part as the request names it."""

    number: int
    etag: str
    checksum: Checksum | None


@dataclass(frozen=True, slots=True)
class Completion:
    """A request to complete an upload.

    Attributes
    ----------
    parts
        The parts, in their order.
    checksums
        The checksums of the object in the headers, by algorithm, as text.
    checksum_type
        The type of the checksum, in a header.
    size
        The size of the object, in a header.
    """

    parts: list[_NamedPart]
    checksums: dict[str, str]
    checksum_type: str | None
    size: str | None


def parse_completion(self: S3Response, body: bytes) -> Completion:
    """Parse a request.

    Raises
    ------
    S3ClientError
        If S3 would refuse it, whatever was uploaded.
    """
    document = xmltodict.parse(body, force_list=("Part",))
    parts = [_named_part(part) for part in (document.popitem()[1] or {}).get("Part", [])]
    if not parts:
        raise MalformedXML
    if any(first.number >= second.number for first, second in itertools.pairwise(parts)):
        raise InvalidPartOrder
    checksums = {name: self.headers.get(HEADER_PREFIX + name.lower()) for name in sorted(ALGORITHMS)}
    return Completion(
        parts,
        {name: text for name, text in checksums.items() if text},
        self.headers.get("x-amz-checksum-type"),
        self.headers.get("x-amz-mp-object-size"),
    )


def checksum_algorithm(upload: FakeMultipart) -> str | None:
    """Return the algorithm of an upload's checksums, or None if it has none."""
    name = upload.metadata.get("x-amz-checksum-algorithm")
    return str(name).upper() if name else None


def checksum_type(upload: FakeMultipart) -> str | None:
    """Return the type of an upload's checksum, or None if it has none."""
    algorithm = checksum_algorithm(upload)
    return upload.metadata.get("x-amz-checksum-type") or default_type(algorithm) if algorithm else None


def complete(self: FakeMultipart, body: Completion) -> tuple[ObjectFile, str, tuple[str, str, int] | None]:
    """Return the content of the object, its ETag, and its checksum's type, value and number of parts.

    Raises
    ------
    S3ClientError
        If the parts or the checksums differ from the uploaded ones.
    """
    stored = [_stored_part(self, part) for part in body.parts]
    if any(part.contentsize < S3_UPLOAD_PART_MIN_SIZE for part in stored[:-1]):
        raise EntityTooSmall
    if body.size is not None and body.size != str(sum(part.contentsize for part in stored)):
        message = "The provided 'x-amz-mp-object-size' header does not match what was computed"
        raise S3ClientError("InvalidRequest", message)
    contents: list[Any] = stored
    content = joined([part._value_buffer for part in contents])
    checksum = _checksum(self, body, stored)
    digests = b"".join(bytes.fromhex(part.etag.strip('"')) for part in stored)
    etag = f"{hashlib.md5(digests, usedforsecurity=False).hexdigest()}-{len(stored)}"
    return content, etag, (str(checksum_type(self)), checksum.text, len(stored)) if checksum else None


def _named_part(part: Any) -> _NamedPart:
    number = str(part.get("PartNumber")) if isinstance(part, dict) else ""
    etag = part.get("ETag") if number else None
    if not number.isdecimal() or etag is None:
        raise MalformedXML
    if not int(number):
        raise S3ClientError("InvalidArgument", "PartNumber must be >= 1")
    given = {name: str(part[f"Checksum{name}"]) for name in sorted(ALGORITHMS) if part.get(f"Checksum{name}")}
    try:
        checksums = [Checksum.parse(name, text) for name, text in given.items()]
    except ValueError:
        checksums = []
    if len(checksums) != len(given) or len(given) > 1:
        raise S3ClientError("InvalidArgument", "Invalid Base64 or multiple checksums present in request")
    return _NamedPart(int(number), str(etag).strip('"'), checksums[0] if checksums else None)


def _stored_part(upload: FakeMultipart, named: _NamedPart) -> FakeKey:
    """Return an uploaded part, which must be as the request names it."""
    part = upload.parts.get(named.number)
    if part is None or part.etag.strip('"') != named.etag:
        raise InvalidPart
    algorithm, given = checksum_algorithm(upload), named.checksum
    if given and algorithm and given.algorithm != algorithm:
        message = f"The {given.algorithm.lower()} you specified for part {named.number} did not match what we received."
        raise S3ClientError("BadDigest", message)
    if given and given != stored_checksum(part):
        raise InvalidPart
    if algorithm and not given and checksum_type(upload) == COMPOSITE:
        raise S3ClientError(
            "InvalidRequest",
            f"The upload was created using a {algorithm.lower()} checksum. The complete request must include the checksum "
            f"for each part. It was missing for part {named.number} in the request.",
        )
    return part


def _checksum(upload: FakeMultipart, body: Completion, parts: list[FakeKey]) -> Checksum | None:
    """Return the checksum of the object, if the upload has one. Any checksum in the headers must be the same."""
    algorithm, kind = checksum_algorithm(upload), checksum_type(upload)
    if len(body.checksums) > 1:
        message = "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
        raise S3ClientError("InvalidRequest", message)
    if body.checksum_type and kind and body.checksum_type != kind:
        raise S3ClientError(
            "InvalidRequest",
            f"The upload was created using the {kind} checksum mode. The complete request must use the same checksum mode.",
        )
    if algorithm is None or kind is None:
        return None  # S3 ignores the headers
    checksums = [stored_checksum(part) or calculated_checksum(part, algorithm) for part in parts]
    checksum = combined([(one, part.contentsize) for one, part in zip(checksums, parts, strict=True)], kind)
    number = str(len(parts)) if kind == COMPOSITE else ""
    for name, text in body.checksums.items():
        _compare(name, text, checksum, number)
    return checksum


def _compare(algorithm: str, text: str, checksum: Checksum, number: str) -> None:
    """Compare a header with a checksum; that of parts may be followed by their number."""
    value, _, parts = text.partition("-")
    try:
        given = Checksum.parse(algorithm, value)
    except ValueError as error:
        message = f"Value for {HEADER_PREFIX}{algorithm.lower()} header is invalid."
        raise S3ClientError("InvalidRequest", message) from error
    if given != checksum or parts not in ("", number):
        raise S3ClientError("BadDigest", f"The {algorithm} you specified did not match the calculated checksum.")
