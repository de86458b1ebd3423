"""Listings of objects by prefix and delimiter."""

from __future__ import annotations

from itertools import islice
from typing import Any

from moto.s3.exceptions import InvalidContinuationToken
from moto.s3.models import FakeDeleteMarker, FakeTableStorageBucket, S3Backend

from local_cloud.patching import original_of, replace


def install() -> None:
    """Replace moto's listings."""
    # moto: S3's listings with a delimiter include prefixes without a current object in versioned buckets; not reported yet: common prefixes are
    # of current objects only.
    # moto: S3's ListObjectsV2 sorts all objects for each page, which is slow for many objects; not reported yet: sorting the keys, and reading
    # one page of objects, is enough.
    replace(S3Backend, "list_objects", _list_objects)
    replace(S3Backend, "list_objects_v2", _list_objects_v2)


def _list_objects(
    self: S3Backend, bucket: Any, prefix: str | None, delimiter: str | None, marker: str | None, max_keys: int | None
) -> Any:
    keys, folders, *paging = original_of(S3Backend, "list_objects")(self, bucket, prefix, delimiter, marker, max_keys)
    if not folders or not delimiter:
        return keys, folders, *paging
    start = len(prefix or "")
    current = {
        name[: name.index(delimiter, start) + len(delimiter)]
        for name, stored in bucket.keys.items()
        if name.startswith(prefix or "") and delimiter in name[start:] and not isinstance(stored, FakeDeleteMarker)
    }
    return keys, [folder for folder in folders if folder in current], *paging


def _list_objects_v2(
    self: S3Backend,
    bucket: Any,
    prefix: str | None,
    delimiter: str | None,
    continuation_token: str | None,
    start_after: str | None,
    max_keys: int,
) -> Any:
    """Return a page: sort only the keys after its start, and read only one object more than it shows."""
    start = self._pagination_tokens.get(continuation_token) if continuation_token else start_after or ""
    if start is None:
        raise InvalidContinuationToken
    if delimiter or isinstance(bucket, FakeTableStorageBucket):
        original = original_of(S3Backend, "list_objects_v2")
        return original(self, bucket, prefix, delimiter, continuation_token, start_after, max_keys)
    # `list` is atomic: other threads may add keys during the iteration.
    names = sorted(name for name in list(bucket.keys) if name > start and name.startswith(prefix or ""))
    stored = (bucket.keys.get(name) for name in names)
    current = (one for one in stored if one is not None and not isinstance(one, FakeDeleteMarker))
    return self._truncate_result(list(islice(current, max_keys + 1)), max_keys)
