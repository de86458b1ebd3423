"""A file of a table, in S3 or in a local folder, with the operations that the audit needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_s3 import S3Client


class DataFile(Protocol):
    """A file that can be read in ranges or as a stream."""

    @property
    def name(self) -> str:
        """The file's URI or path."""

    @property
    def size(self) -> int:
        """The size in bytes."""

    def read_range(self, start: int, end: int) -> bytes:
        """Read the bytes from ``start`` (inclusive) to ``end`` (exclusive); both lie within the file."""

    def open(self) -> IO[bytes]:
        """Open the file as a stream, which the caller closes."""


@dataclass(frozen=True, slots=True)
class S3File:
    """An S3 object."""

    s3: S3Client
    bucket: str
    key: str
    size: int

    @property
    def name(self) -> str:
        """``s3://bucket/key``."""
        return f"s3://{self.bucket}/{self.key}"

    def read_range(self, start: int, end: int) -> bytes:
        """Read a range with a ranged GET."""
        return self.s3.get_object(Bucket=self.bucket, Key=self.key, Range=f"bytes={start}-{end - 1}")["Body"].read()

    def open(self) -> IO[bytes]:
        """Open the object as a stream."""
        return self.s3.get_object(Bucket=self.bucket, Key=self.key)["Body"]  # type: ignore[return-value]  # it has read and close


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file in a folder of this machine."""

    path: Path
    size: int

    @property
    def name(self) -> str:
        """The file's path."""
        return str(self.path)

    def read_range(self, start: int, end: int) -> bytes:
        """Read a range of the file."""
        with self.path.open("rb") as file:
            file.seek(start)
            return file.read(end - start)

    def open(self) -> IO[bytes]:
        """Open the file as a stream."""
        return self.path.open("rb")
