"""In place only: the deletion of a partition's old objects after the run's files are registered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.runtime.batches import batches_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mypy_boto3_s3 import S3Client

    from partitioned_pipelines.runtime.registration.discovery import Discovery

DELETE_BATCH = 1000
_MAX_REPORTED_ERRORS = 10
# The object was overwritten or deleted after the listing: the old object no longer exists.
_NOT_THE_OLD_ONE = frozenset({"PreconditionFailed", "NoSuchKey"})


class SweepError(RuntimeError):
    """Old objects remain in a partition, where readers read them together with the new ones."""


def sweep(s3: S3Client, found: Discovery, before_batch: Callable[[], None]) -> Iterator[int]:
    """Delete the old objects of the partitions that a run touched.

    Each object is deleted only if its ETag matches, so that an object that was overwritten after the listing is kept.

    Parameters
    ----------
    before_batch
        Called before each batch; an exception from it ends the sweep.

    Yields
    ------
    int
        The number of objects that a batch deleted.
    """
    old_objects = [old for folder in sorted(found.old_objects) for old in found.old_objects[folder]]
    failed: list[str] = []
    for batch in batches_of(DELETE_BATCH, old_objects):
        before_batch()
        answer = s3.delete_objects(
            Bucket=found.root.bucket,
            Delete={"Objects": [{"Key": old.key, "ETag": old.etag} for old in batch], "Quiet": True},
        )
        errors = answer.get("Errors", [])
        yield len(batch) - len(errors)
        failed.extend(
            f"s3://{found.root.bucket}/{error.get('Key', '')}: {error.get('Code', 'no error code')}"
            for error in errors
            if error.get("Code") not in _NOT_THE_OLD_ONE
        )
    if failed:
        shown = "; ".join(failed[:_MAX_REPORTED_ERRORS])
        more = f"; and {len(failed) - _MAX_REPORTED_ERRORS} more" if len(failed) > _MAX_REPORTED_ERRORS else ""
        raise SweepError(f"{len(failed)} old objects were not deleted, and are read with the new ones: {shown}{more}")
