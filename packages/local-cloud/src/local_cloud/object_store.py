"""The objects of this process's own S3, without a request for each: a job's thousand files move in a moment.

It reads moto's backend directly, and so sees exactly what S3's API would give.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from moto.s3.models import FakeDeleteMarker, FakeKey, s3_backends

from local_cloud.backend_lock import backend_lock
from local_cloud.settings import ACCOUNT_ID

if TYPE_CHECKING:
    import datetime as dt


class NoSuchBucketError(LookupError):
    """A bucket that is not there."""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """A current object.

    Attributes
    ----------
    etag
        As S3 gives it, without quotes.
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
        """Open the content, of any size, to be read a piece at a time."""
        stored: Any = self._stored
        with stored.lock:
            content: BinaryIO = stored._value_buffer.open()
        return content

    def read_range(self, start: int, size: int) -> bytes:
        """Return some of the content."""
        with self.open() as content:
            content.seek(start)
            return content.read(size)


def list_objects(bucket: str, prefix: str) -> list[StoredObject]:
    """List the current objects below a prefix, by key.

    Raises
    ------
    NoSuchBucketError
        If the bucket is not there.
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
    """Give one current object, or None if there is none of that key.

    Raises
    ------
    NoSuchBucketError
        If the bucket is not there.
    """
    with backend_lock():
        stored = _bucket(bucket).keys.get(key)
    if stored is None or isinstance(stored, FakeDeleteMarker):
        return None
    return StoredObject(bucket, key, stored.size, stored.etag.strip('"'), stored.last_modified, stored)


def bucket_names() -> list[str]:
    """List the buckets."""
    with backend_lock():
        return sorted(_backend().buckets)


def delete_object(bucket: str, key: str) -> None:
    """Delete an object, as DeleteObject does."""
    with backend_lock():
        _bucket(bucket)
        _backend().delete_object(bucket, key)


def write_object(bucket: str, key: str, content: bytes, kms_key_id: str | None = None) -> None:
    """Put an object, as PutObject does: encrypted by a key that is named, or as the bucket's default says."""
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
    """Split ``s3://bucket/prefix`` into bucket and key prefix."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key
