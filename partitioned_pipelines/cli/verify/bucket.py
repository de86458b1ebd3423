"""The copy's bucket, emptied of every version of every object."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.cli.deployment.removal.bucket import BucketNotEmptiedError, empty_bucket
from partitioned_pipelines.cli.verify.outcome import CheckFailedError

if TYPE_CHECKING:
    from partitioned_pipelines.cli.verify.scene import Scene


def own_buckets(scene: Scene) -> list[str]:
    """Return the buckets among the resources of the copy's stacks: their ids begin with the data lake's stack."""
    return sorted(
        one for one in scene.ownership.physical_ids if one.startswith(f"{scene.settings.data_lake_stack}-lake")
    )


def empty_own_buckets(scene: Scene) -> None:
    """Delete everything in them.

    Raises
    ------
    CheckFailedError
        If an object could not be deleted.
    """
    for bucket in own_buckets(scene):
        try:
            empty_bucket(scene.cloud.s3, bucket)
        except BucketNotEmptiedError as error:
            raise CheckFailedError(str(error)) from error
