"""The copy's bucket, emptied of every version of every object."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from cli.verify.outcome import CheckFailedError

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef

    from cli.verify.scene import Scene


def own_buckets(scene: Scene) -> list[str]:
    """Name the buckets among the resources of the copy's stacks: their ids begin with the data lake's stack."""
    return sorted(
        one for one in scene.ownership.physical_ids if one.startswith(f"{scene.settings.data_lake_stack}-lake")
    )


def empty_bucket(scene: Scene) -> None:
    """Delete everything in it, delete markers too; a bucket that is gone is empty.

    Raises
    ------
    CheckFailedError
        Where an object could not be deleted.
    """
    for bucket in own_buckets(scene):
        try:
            _empty(scene, bucket)
        except ClientError as error:
            if error.response["Error"].get("Code") != "NoSuchBucket":
                raise


def _empty(scene: Scene, bucket: str) -> None:
    for page in scene.cloud.s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        versions: list[ObjectIdentifierTypeDef] = [
            {"Key": one["Key"], "VersionId": one["VersionId"]}
            for one in (*page.get("Versions", []), *page.get("DeleteMarkers", []))
        ]
        if not versions:
            continue
        errors = scene.cloud.s3.delete_objects(Bucket=bucket, Delete={"Objects": versions, "Quiet": True}).get("Errors")
        if errors:
            raise CheckFailedError(f"{len(errors)} objects of {bucket} could not be deleted: {errors[0]}")
