"""Checks of existing resources: databases and a workgroup, unique in an account, and the bucket and key of the lake's data.

Databases and a workgroup belong to one deployment, which takes back those that it has retained; data is never moved or changed.
CloudFormation does not create a resource that exists. It imports it if the change set asks for that:
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources-automatically.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from partitioned_pipelines.cli.deployment.preflight.account import LakeStack
from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.lake.stack_names import data_lake_stack_name
from partitioned_pipelines.spec import CREATE, OWNER_PARAMETER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from partitioned_pipelines.cli.settings import Settings
    from partitioned_pipelines.cli.target.target import Cloud
    from partitioned_pipelines.spec import Deployment, Project

IMPORT_FLAGS = ("--method=change-set", "--import-existing-resources")
"""Flags of ``cdk deploy`` that import into a stack what exists, is named in its template and is retained."""

_OWN = "write `database_suffix: _{suffix}` into deployment.yaml to create separate databases"
_GIVEN = "write `databases: [{name}]` into deployment.yaml to use the existing one"


def check_databases(cloud: Cloud, settings: Settings, project: Project) -> Iterator[str]:
    """Reject databases and a workgroup of another owner; report the databases that this deployment takes back."""
    lake = LakeStack.read(cloud, settings.data_lake_stack)
    options = project.deployment
    for name in options.databases:
        if _parameters(cloud, name) is None:
            raise _refusal(
                f"the database {name} does not exist, and deployment.yaml names it as existing",
                f"create it: aws glue create-database --database-input Name={name}; or remove it from `databases`",
            )
    _refuse_foreign_workgroup(cloud, lake, options.prefix)
    for name in databases_to_import(cloud, settings, project):
        if options.removal_policy == "destroy":
            raise _refusal(
                f"the database {name} was retained by an earlier deployment, and CloudFormation imports only resources with the policy retain",
                f"deploy once with `removal_policy: retain`; or delete it: aws glue delete-database --name {name}",
            )
        yield f"the database {name}, retained by an earlier deployment, is imported unchanged"


def databases_to_import(cloud: Cloud, settings: Settings, project: Project) -> list[str]:
    """Return the databases that exist because an earlier deployment with the same prefix retained them.

    Raises
    ------
    CommandError
        If a database exists that this deployment did not create.
    """
    lake = LakeStack.read(cloud, settings.data_lake_stack)
    prefix = project.deployment.prefix
    own = _OWN.format(suffix=prefix.replace("-", "_"))
    left = []
    named = {table.database for pipeline in project.pipelines for table in pipeline.tables}
    for name in sorted(named.difference(project.deployment.databases)):
        if lake.has("AWS::Glue::Database", name) or (parameters := _parameters(cloud, name)) is None:
            continue
        owner = parameters.get(OWNER_PARAMETER)
        given = _GIVEN.format(name=name)
        if owner is None:
            raise _refusal(
                f"the database {name} exists, and was not created by a deployment of this project", f"{given}; or {own}"
            )
        if owner != prefix:
            raise _refusal(
                f"the database {name} belongs to the deployment with the prefix {owner} (the stack {owner}-data-lake)",
                f"{own}; or, if that deployment was deleted, {given}",
            )
        left.append(name)
    return left


def _parameters(cloud: Cloud, name: str) -> dict[str, str] | None:
    """Return the parameters of a database; None if the database does not exist."""
    try:
        return dict(cloud.glue.get_database(Name=name)["Database"].get("Parameters", {}))
    except cloud.glue.exceptions.EntityNotFoundException:
        return None


def _refuse_foreign_workgroup(cloud: Cloud, lake: LakeStack, prefix: str) -> None:
    if lake.has("AWS::Athena::WorkGroup", prefix):
        return
    try:
        cloud.athena.get_work_group(WorkGroup=prefix)
    except ClientError as error:
        if error.response["Error"]["Code"] != "InvalidRequestException":  # the workgroup does not exist
            raise
        return
    raise _refusal(
        f"the Athena workgroup {prefix} exists, and the stack {data_lake_stack_name(prefix)} has not created it",
        "choose another `prefix` in deployment.yaml, or delete the workgroup: "
        f"aws athena delete-work-group --work-group {prefix}",
    )


def _refusal(message: str, remedy: str) -> CommandError:
    return CommandError(f"{message}; nothing was deployed", remedy, exit_code=ExitCode.NO_CLOUD)


def check_former_data(cloud: Cloud, settings: Settings, project: Project) -> Iterator[str]:
    """Report the data that a change of bucket leaves behind; reject dropping a key that the lake's objects need."""
    lake = LakeStack.read(cloud, settings.data_lake_stack)
    bucket = lake.outputs.get("LakeBucketName")
    if bucket is None or not _holds_objects(cloud, bucket):
        return
    if _is_left(lake, bucket, project.deployment):
        yield (
            f"the lake moves from s3://{bucket} to {_new_bucket(project.deployment)}; the existing objects are not moved, and runs, "
            "rollback, vacuum and doctor no longer see them. To copy them: docs/reference/deployment_file.md#changing-an-option. "
            f"To go back: `bucket: {bucket}` in deployment.yaml"
        )
        return
    # The local cloud does not enforce key permissions, and its keys are deleted with it.
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
    """Return the ARN of the lake's key, with which its workgroup encrypts results; None if it has no key."""
    if not lake.has("AWS::Athena::WorkGroup", prefix):
        return None
    try:
        group = cloud.athena.get_work_group(WorkGroup=prefix)["WorkGroup"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "InvalidRequestException":  # the workgroup was deleted manually
            raise
        return None
    results = group.get("Configuration", {}).get("ResultConfiguration", {})
    return results.get("EncryptionConfiguration", {}).get("KmsKey")


def _is_kept(lake: LakeStack, key: str, options: Deployment) -> bool:
    if key in {options.kms, *options.former_kms}:
        return True
    return options.kms == CREATE and lake.has("AWS::KMS::Key", key.rpartition("/")[2])
