"""An S3 folder: a bucket and a prefix that ends in ``/``, so that a prefix never matches a sibling folder."""

from __future__ import annotations

import re
from dataclasses import dataclass

_URI = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/(?P<key>.*)", re.DOTALL)


class InvalidS3UriError(ValueError):
    """A string is not of the form ``s3://bucket/key``."""


def split_s3_uri(uri: str) -> tuple[str, str]:
    """Split ``s3://bucket/key`` into bucket and key, unchanged."""
    match = _URI.fullmatch(uri)
    if not match:
        raise InvalidS3UriError(f"{uri!r} is not s3://bucket/key")
    return match["bucket"], match["key"]


@dataclass(frozen=True, slots=True)
class S3Folder:
    """A bucket and a non-empty key prefix that ends in ``/``."""

    bucket: str
    prefix: str

    @classmethod
    def parse(cls, uri: str) -> S3Folder:
        """Parse ``s3://bucket/prefix/``; a missing last slash is added, a missing prefix is rejected."""
        bucket, key = split_s3_uri(uri)
        if not key.strip("/"):
            raise InvalidS3UriError(f"{uri!r} is a whole bucket, not a folder in one")
        return cls(bucket, key if key.endswith("/") else f"{key}/")

    @property
    def uri(self) -> str:
        """The folder as ``s3://bucket/prefix/``."""
        return f"s3://{self.bucket}/{self.prefix}"

    def contains(self, other: S3Folder) -> bool:
        """Check whether the other folder is this one or lies below it."""
        return self.bucket == other.bucket and other.prefix.startswith(self.prefix)
