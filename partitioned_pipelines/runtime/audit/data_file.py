"""A file of a table, in S3 or in a folder: what the audit needs of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_s3 import S3Client


class DataFile(Protocol):
    """A file that can be read in part, or as a stream."""

    @property
    def name(self) -> str:
        """Its URI or path, as people find it."""

    @property
    def size(self) -> int:
        """In bytes."""

    def read_range(self, start: int, end: int) -> bytes:
        """Read from a byte up to, and without, another; both lie within the file."""

    def open(self) -> IO[bytes]:
        """Open it as a stream, which is to be closed."""


@dataclass(frozen=True, slots=True)
class S3File:
    """An object."""

    s3: S3Client
    bucket: str
    key: str
    size: int

    @property
    def name(self) -> str:
        """``s3://bucket/key``."""
        return f"s3://{self.bucket}/{self.key}"

    def read_range(self, start: int, end: int) -> bytes:
        """Get a range; it is all of the file where it is so small."""
        return self.s3.get_object(Bucket=self.bucket, Key=self.key, Range=f"bytes={start}-{end - 1}")["Body"].read()

    def open(self) -> IO[bytes]:
        """Get the object as a stream."""
        return self.s3.get_object(Bucket=self.bucket, Key=self.key)["Body"]  # type: ignore[return-value]  # it has read and close


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file in a folder of this machine."""

    path: Path
    size: int

    @property
    def name(self) -> str:
        """Its path."""
        return str(self.path)

    def read_range(self, start: int, end: int) -> bytes:
        """Read a range."""
        with self.path.open("rb") as file:
            file.seek(start)
            return file.read(end - start)

    def open(self) -> IO[bytes]:
        """Open it."""
        return self.path.open("rb")
