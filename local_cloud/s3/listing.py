"""S3: listings by delimiter. moto also names folders of which every object has been deleted, where the bucket keeps versions."""

from __future__ import annotations

from typing import Any

from moto.s3.models import FakeDeleteMarker, S3Backend

from local_cloud.patching import original_of, replace


def install() -> None:
    """Let common prefixes be those of current objects."""
    replace(S3Backend, "list_objects", _list_objects)


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
