"""Checksums of the contents of objects.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
"""

from __future__ import annotations

import base64
import binascii
import functools
import hashlib
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from local_cloud.s3.crc import CRC32, CRC32C, CRC64NVME

if TYPE_CHECKING:
    from collections.abc import Callable

    from local_cloud.s3.crc import CrcAlgorithm

HEADER_PREFIX = "x-amz-checksum-"
FULL_OBJECT, COMPOSITE = "FULL_OBJECT", "COMPOSITE"


class Hasher(Protocol):
    """What is calculated from content that is read in pieces."""

    def update(self, data: bytes, /) -> None:
        """Read a piece."""

    def digest(self) -> bytes:
        """Return the value of what was read."""


class _Crc:
    def __init__(self, algorithm: CrcAlgorithm, updated: Callable[[int, bytes], int]) -> None:
        self._algorithm, self._updated, self._value = algorithm, updated, 0

    def update(self, data: bytes, /) -> None:
        self._value = self._updated(self._value, data)

    def digest(self) -> bytes:
        return self._value.to_bytes(self._algorithm.size, "big")


def _zlib_crc32(crc: int, data: bytes) -> int:
    return zlib.crc32(data, crc)


_HASHERS: dict[str, Callable[[], Hasher]] = {
    "CRC32": lambda: _Crc(CRC32, _zlib_crc32),
    "CRC32C": lambda: _Crc(CRC32C, CRC32C.updated),
    "CRC64NVME": lambda: _Crc(CRC64NVME, CRC64NVME.updated),
    "MD5": functools.partial(hashlib.md5, usedforsecurity=False),
    "SHA1": functools.partial(hashlib.sha1, usedforsecurity=False),
    "SHA256": hashlib.sha256,
    "SHA512": hashlib.sha512,
}
_CRCS = {"CRC32": CRC32, "CRC32C": CRC32C, "CRC64NVME": CRC64NVME}
ALGORITHMS = frozenset(_HASHERS)


@dataclass(frozen=True, slots=True)
class Checksum:
    """A checksum of content.

    Attributes
    ----------
    algorithm
        One of `ALGORITHMS`.
    digest
        Its value.
    """

    algorithm: str
    digest: bytes

    @classmethod
    def parse(cls, algorithm: str, text: str) -> Checksum:
        """Parse the Base64 of a value.

        Raises
        ------
        ValueError
            If it is not the Base64 of a value of this algorithm, as S3 writes it.
        """
        digest = decoded(text)
        if len(digest) != len(new_hasher(algorithm).digest()):
            raise ValueError(f"{text!r} is not a value of {algorithm}")
        return cls(algorithm, digest)

    @property
    def text(self) -> str:
        """The Base64 of the value."""
        return base64.b64encode(self.digest).decode()

    @property
    def header(self) -> str:
        """The name of the header, in lower case."""
        return HEADER_PREFIX + self.algorithm.lower()

    @property
    def member(self) -> str:
        """The name in the model of the API."""
        return f"Checksum{self.algorithm}"


def new_hasher(algorithm: str) -> Hasher:
    """Return a hasher of one of `ALGORITHMS`."""
    return _HASHERS[algorithm]()


def checksum_of(content: bytes, algorithm: str) -> Checksum:
    """Return the checksum of content."""
    hasher = new_hasher(algorithm)
    hasher.update(content)
    return Checksum(algorithm, hasher.digest())


def default_type(algorithm: str) -> str:
    """Return the type of the checksum of a multipart upload that names none."""
    return FULL_OBJECT if algorithm == "CRC64NVME" else COMPOSITE


def combined(parts: list[tuple[Checksum, int]], kind: str) -> Checksum:
    """Return the checksum of an object from those of its parts, each with the part's size, all of one algorithm.

    Parameters
    ----------
    kind
        `COMPOSITE`, the checksum of the parts' checksums, or `FULL_OBJECT`, for CRCs only.
    """
    algorithm = parts[0][0].algorithm
    if kind == COMPOSITE:
        return checksum_of(b"".join(part.digest for part, _ in parts), algorithm)
    crc = _CRCS[algorithm]
    value = functools.reduce(
        lambda value, part: crc.combined(value, int.from_bytes(part[0].digest, "big"), part[1]), parts, 0
    )
    return Checksum(algorithm, value.to_bytes(crc.size, "big"))


def can_have_type(algorithm: str, kind: str) -> bool:
    """Return whether a multipart upload may have a checksum of this algorithm and type."""
    return algorithm != "CRC64NVME" if kind == COMPOSITE else algorithm in _CRCS


def decoded(text: str) -> bytes:
    """Decode Base64, which must have no other spelling.

    Raises
    ------
    ValueError
        If it is not Base64, or has superfluous bits.
    """
    try:
        content = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(f"{text!r} is not Base64") from error
    if base64.b64encode(content).decode() != text:
        raise ValueError(f"{text!r} is not Base64 as S3 writes it")
    return content
