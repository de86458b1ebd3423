"""S3: listings. By delimiter, moto also names folders of which every object has been deleted, where the bucket keeps versions.

And for each page it sorts every object that the whole listing has; here a page costs a look at the names, however many there are.
"""

from __future__ import annotations

from itertools import islice
from typing import Any

from moto.s3.models import FakeDeleteMarker, FakeTableStorageBucket, S3Backend

from local_cloud.patching import original_of, replace


def install() -> None:
    """Let common prefixes be those of current objects, and pages of many objects come quickly."""
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
    """Sort names alone, those behind the page's start, and look at no more objects than the page shows and one."""
    start = self._pagination_tokens.get(continuation_token) if continuation_token else start_after or ""
    if delimiter or start is None or isinstance(bucket, FakeTableStorageBucket):
        original = original_of(S3Backend, "list_objects_v2")
        return original(self, bucket, prefix, delimiter, continuation_token, start_after, max_keys)
    # A list of a dict's keys is made in one go, whatever other threads put into it meanwhile.
    names = sorted(name for name in list(bucket.keys) if name > start and name.startswith(prefix or ""))
    stored = (bucket.keys.get(name) for name in names)
    current = (one for one in stored if one is not None and not isinstance(one, FakeDeleteMarker))
    return self._truncate_result(list(islice(current, max_keys + 1)), max_keys)
