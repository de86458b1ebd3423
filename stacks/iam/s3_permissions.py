"""The statements on exact S3 keys, with listing limited to prefixes, and the additional permissions of Spark.

Spark reads and writes S3 with S3A, which treats a path as a folder if keys exist below it, and first checks for a file with the same name:
https://hadoop.apache.org/docs/stable/hadoop-aws/tools/hadoop-aws/index.html. Its permissions for writing:
https://hadoop.apache.org/docs/stable/hadoop-aws/tools/hadoop-aws/assumed_roles.html.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from partitioned_pipelines.spec import fixed_folder, output_prefix, table_data_prefix
from stacks.iam.arns import bucket_arn

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from partitioned_pipelines.spec import Pipeline
    from stacks.iam.role_policy import RolePolicy


def allow_on_prefixes(policy: RolePolicy, actions: Sequence[str], bucket_name: str, prefixes: Iterable[str]) -> None:
    """Allow object actions on all keys below the prefixes of a bucket."""
    allow_on_keys(policy, actions, bucket_name, [f"{prefix}*" for prefix in prefixes])


def allow_on_keys(policy: RolePolicy, actions: Sequence[str], bucket_name: str, keys: Iterable[str]) -> None:
    """Allow object actions on exactly these keys."""
    resources = [f"{bucket_arn(bucket_name)}/{key}" for key in sorted(set(keys))]
    if resources:
        policy.allow(actions, resources)


def allow_list(policy: RolePolicy, bucket_name: str, prefixes: Iterable[str]) -> None:
    """Allow a bucket to be listed below the prefixes.

    Without this permission, S3 answers 403 instead of 404 for a missing key: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    That S3 then uses the key as the prefix of the condition is an assumption, A27 of docs/reference/aws_assumptions.md.
    """
    _allow_list(policy, bucket_name, {"StringLike": {"s3:prefix": [f"{prefix}*" for prefix in sorted(set(prefixes))]}})


def allow_list_exactly(policy: RolePolicy, bucket_name: str, prefixes: Iterable[str]) -> None:
    """Allow a bucket to be listed with exactly these prefixes."""
    _allow_list(policy, bucket_name, {"StringEquals": {"s3:prefix": sorted(set(prefixes))}})


def _allow_list(policy: RolePolicy, bucket_name: str, condition: dict[str, dict[str, list[str]]]) -> None:
    if any(prefixes for operands in condition.values() for prefixes in operands.values()):
        policy.allow(["s3:ListBucket"], [bucket_arn(bucket_name)], condition)


def allow_spark_reads(policy: RolePolicy, pipeline: Pipeline, lake_bucket_name: str) -> None:
    """Allow Spark to check the names of the folders that it reads; their contents are allowed as for every step's inputs.

    A folder below a placeholder needs no additional permission: its name is a key below the fixed part.
    """
    names: defaultdict[str, set[str]] = defaultdict(set)
    for step in pipeline.steps:
        if step.is_spark:
            for folder in filter(None, map(fixed_folder, step.uri_inputs.values())):
                names[folder.bucket or lake_bucket_name].add(folder.prefix)
            tables = (pipeline.read_tables[source.table] for source in step.table_inputs.values())
            names[lake_bucket_name] |= {table_data_prefix(table).removesuffix("/") for table in tables}
    for bucket_name, keys in names.items():
        _allow_look(policy, bucket_name, keys)


def allow_spark_commits(policy: RolePolicy, pipeline: Pipeline, lake_bucket_name: str) -> None:
    """Grant what Spark's committer needs: list, copy and delete temporary files, and list uploads in order to abort unfinished ones."""
    committed = {
        output_prefix(pipeline, step, output) for step in pipeline.steps if step.is_spark for output in step.outputs
    }
    if not committed:
        return
    actions = ["s3:DeleteObject", "s3:GetObject", "s3:ListMultipartUploadParts"]
    allow_on_prefixes(policy, actions, lake_bucket_name, committed)
    allow_list(policy, lake_bucket_name, committed)
    # On the whole bucket, because the action does not support prefixes. It shows the keys of unfinished uploads, but no data.
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
    policy.allow(["s3:ListBucketMultipartUploads"], [bucket_arn(lake_bucket_name)])
    above = {folder for prefix in committed for folder in _folders_above(prefix)}
    names = {folder.removesuffix("/") for folder in (*above, *committed)}
    # Include the names with a slash, because S3A up to Hadoop 3.2 also checks a folder's marker.
    _allow_look(policy, lake_bucket_name, above | names)


def _allow_look(policy: RolePolicy, bucket_name: str, keys: set[str]) -> None:
    """Allow requests for exactly these keys; S3 answers 404 only to a role that may list with the missing key as the prefix."""
    allow_list_exactly(policy, bucket_name, keys)
    allow_on_keys(policy, ["s3:GetObject"], bucket_name, keys)


def _folders_above(prefix: str) -> list[str]:
    parts = prefix.rstrip("/").split("/")
    return ["/".join(parts[:depth]) + "/" for depth in range(1, len(parts))]
