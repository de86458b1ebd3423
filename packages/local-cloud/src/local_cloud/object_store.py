"""Direct access to the objects of this process's S3.

It uses moto's backend without requests, which is fast for jobs with thousands of files.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from moto.s3.models import FakeDeleteMarker, FakeKey, s3_backends

from local_cloud.backend_lock import backend_lock
from local_cloud.settings import ACCOUNT_ID

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from local_cloud.s3.object_files import ObjectFile


class NoSuchBucketError(LookupError):
    """A bucket that does not exist."""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """The current version of an object.

    Attributes
    ----------
    etag
        The ETag, without quotes.
    """

    bucket: str
    key: str
    size: int
    etag: str
    last_modified: dt.datetime
    _stored: FakeKey

    def read(self) -> bytes:
        """Return the content."""
        return bytes(self._stored.value)

    def open(self) -> BinaryIO:
        """Open the content."""
        stored: Any = self._stored
        with stored.lock:
            content: BinaryIO = stored._value_buffer.open()
        return content

    def link(self, path: Path) -> bool:
        """Create a hard link to the content, which never changes. Returns False if it is in memory, or on another file system."""
        stored: Any = self._stored
        with stored.lock:
            linked: bool = stored._value_buffer.link(path)
        return linked

    def read_range(self, start: int, size: int) -> bytes:
        """Return a range of the content."""
        with self.open() as content:
            content.seek(start)
            return content.read(size)


def list_objects(bucket: str, prefix: str) -> list[StoredObject]:
    """Return the current objects with a prefix, sorted by key.

    Raises
    ------
    NoSuchBucketError
        If the bucket does not exist.
    """
    found = []
    with backend_lock():
        items = list(_bucket(bucket).keys.items())
    for key, stored in items:
        if key.startswith(prefix) and not isinstance(stored, FakeDeleteMarker):
            etag = stored.etag.strip('"')
            found.append(StoredObject(bucket, key, stored.size, etag, stored.last_modified, stored))
    return sorted(found, key=lambda item: item.key.encode())


def find_object(bucket: str, key: str) -> StoredObject | None:
    """Return a current object, or None if the key does not exist.

    Raises
    ------
    NoSuchBucketError
        If the bucket does not exist.
    """
    with backend_lock():
        stored = _bucket(bucket).keys.get(key)
    if stored is None or isinstance(stored, FakeDeleteMarker):
        return None
    return StoredObject(bucket, key, stored.size, stored.etag.strip('"'), stored.last_modified, stored)


def bucket_names() -> list[str]:
    """Return the names of all buckets."""
    with backend_lock():
        return sorted(_backend().buckets)


def delete_object(bucket: str, key: str) -> None:
    """Delete an object, as DeleteObject does."""
    with backend_lock():
        _bucket(bucket)
        _backend().delete_object(bucket, key)


def write_object(bucket: str, key: str, content: bytes | ObjectFile, kms_key_id: str | None = None) -> None:
    """Put an object, as PutObject does, encrypted by the given key or the bucket's default.

    A large content is an ``ObjectFile`` already, so that it is never in memory as a whole, and others need not wait.
    """
    named = {"encryption": "aws:kms", "kms_key_id": kms_key_id} if kms_key_id else {}
    with backend_lock():
        _bucket(bucket)
        _backend().put_object(bucket, key, content, **named)


def _backend() -> Any:
    return s3_backends[ACCOUNT_ID]["aws"]


def _bucket(name: str) -> Any:
    buckets = _backend().buckets
    if name not in buckets:
        raise NoSuchBucketError(f"the bucket {name} does not exist")
    return buckets[name]


def split_uri(uri: str) -> tuple[str, str]:
    """Return the bucket and the key prefix of ``s3://bucket/prefix``."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key
