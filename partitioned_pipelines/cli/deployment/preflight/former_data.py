"""What the lake holds already, if its bucket or its key changes: it stays where it is, and as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from partitioned_pipelines.cli.deployment.preflight.lake_stack import LakeStack
from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.spec import CREATE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from partitioned_pipelines.cli.settings import Settings
    from partitioned_pipelines.cli.target.target import Cloud
    from partitioned_pipelines.spec import Deployment, Project


def check_former_data(cloud: Cloud, settings: Settings, project: Project) -> Iterator[str]:
    """Report what a changed bucket leaves behind; refuse to leave a key behind that the lake's objects need."""
    lake = LakeStack.read(cloud, settings.data_lake_stack)
    bucket = lake.outputs.get("LakeBucketName")
    if bucket is None or not _holds_objects(cloud, bucket):
        return
    if _is_left(lake, bucket, project.deployment):
        yield (
            f"the lake moves from s3://{bucket} to {_new_bucket(project.deployment)}; what is there stays there, and runs, rollback, "
            "vacuum and doctor no longer see it. docs/explanation/security.md#changing-an-option has the ways to take it along. "
            f"To go back: `bucket: {bucket}` in deployment.yaml"
        )
        return
    # The local cloud has no use of keys that could be denied, and its keys end with it.
    key = None if cloud.is_local else _key_in_use(cloud, lake, settings.prefix)
    if key is not None and not _is_kept(lake, key, project.deployment):
        raise CommandError(
            f"objects in s3://{bucket} are encrypted with {key}, which the pipelines could no longer use; nothing was deployed",
            f"write `former_kms: [{', '.join([*project.deployment.former_kms, key])}]` into deployment.yaml",
            exit_code=ExitCode.NO_CLOUD,
        )


def _is_left(lake: LakeStack, bucket: str, options: Deployment) -> bool:
    if options.bucket is not None:
        return options.bucket != bucket
    return not lake.has("AWS::S3::Bucket", bucket)


def _new_bucket(options: Deployment) -> str:
    return "a bucket that is created" if options.bucket is None else f"s3://{options.bucket}"


def _holds_objects(cloud: Cloud, bucket: str) -> bool:
    try:
        return cloud.s3.list_objects_v2(Bucket=bucket, MaxKeys=1)["KeyCount"] > 0
    except cloud.s3.exceptions.NoSuchBucket:
        return False


def _key_in_use(cloud: Cloud, lake: LakeStack, prefix: str) -> str | None:
    """Return the ARN of the lake's key, which its workgroup encrypts results with; None if it has none."""
    if not lake.has("AWS::Athena::WorkGroup", prefix):
        return None
    try:
        group = cloud.athena.get_work_group(WorkGroup=prefix)["WorkGroup"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "InvalidRequestException":  # somebody has deleted it
            raise
        return None
    results = group.get("Configuration", {}).get("ResultConfiguration", {})
    return results.get("EncryptionConfiguration", {}).get("KmsKey")


def _is_kept(lake: LakeStack, key: str, options: Deployment) -> bool:
    if key in {options.kms, *options.former_kms}:
        return True
    return options.kms == CREATE and lake.has("AWS::KMS::Key", key.rpartition("/")[2])
