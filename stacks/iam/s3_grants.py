"""Statements on exactly the keys that are named: a listing is allowed below its prefixes only; and what Spark needs beyond them.

Spark reads and writes S3 itself, by S3A, which takes a folder for what has keys below it, and first asks whether there is a file of its name:
https://hadoop.apache.org/docs/stable/hadoop-aws/tools/hadoop-aws/index.html. What it needs to write:
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
    """Allow object actions on every key below the prefixes of a bucket."""
    allow_on_keys(policy, actions, bucket_name, [f"{prefix}*" for prefix in prefixes])


def allow_on_keys(policy: RolePolicy, actions: Sequence[str], bucket_name: str, keys: Iterable[str]) -> None:
    """Allow object actions on exactly these keys."""
    resources = [f"{bucket_arn(bucket_name)}/{key}" for key in sorted(set(keys))]
    if resources:
        policy.allow(actions, resources)


def allow_list(policy: RolePolicy, bucket_name: str, prefixes: Iterable[str]) -> None:
    """Allow a bucket to be listed below the prefixes.

    Without it a key that does not exist answers 403 and not 404: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    That the key counts as the prefix then is an assumption, A27 of docs/reference/aws_assumptions.md.
    """
    _allow_list(policy, bucket_name, {"StringLike": {"s3:prefix": [f"{prefix}*" for prefix in sorted(set(prefixes))]}})


def allow_list_exactly(policy: RolePolicy, bucket_name: str, prefixes: Iterable[str]) -> None:
    """Allow a bucket to be listed by exactly these prefixes."""
    _allow_list(policy, bucket_name, {"StringEquals": {"s3:prefix": sorted(set(prefixes))}})


def _allow_list(policy: RolePolicy, bucket_name: str, condition: dict[str, dict[str, list[str]]]) -> None:
    if any(prefixes for operands in condition.values() for prefixes in operands.values()):
        policy.allow(["s3:ListBucket"], [bucket_arn(bucket_name)], condition)


def allow_spark_reads(policy: RolePolicy, pipeline: Pipeline, lake_bucket_name: str) -> None:
    """Allow Spark to ask for the names of the folders that it reads; their contents are the inputs', as of any step.

    A folder below a placeholder needs nothing more: its name is a key below the fixed part.
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
    """Allow Spark to commit to its outputs' URIs: list, copy what was temporary, and delete it; list uploads, to abort what is left."""
    committed = {
        output_prefix(pipeline, step, output) for step in pipeline.steps if step.is_spark for output in step.outputs
    }
    if not committed:
        return
    actions = ["s3:DeleteObject", "s3:GetObject", "s3:ListMultipartUploadParts"]
    allow_on_prefixes(policy, actions, lake_bucket_name, committed)
    allow_list(policy, lake_bucket_name, committed)
    # Of the whole bucket: the action knows no prefix. It shows the keys of uploads that have not ended, and no data.
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
    policy.allow(["s3:ListBucketMultipartUploads"], [bucket_arn(lake_bucket_name)])
    above = {folder for prefix in committed for folder in _folders_above(prefix)}
    names = {folder.removesuffix("/") for folder in (*above, *committed)}
    # With the slash, too: S3A up to Hadoop 3.2 asks for a folder's marker as well.
    _allow_look(policy, lake_bucket_name, above | names)


def _allow_look(policy: RolePolicy, bucket_name: str, keys: set[str]) -> None:
    """Allow exactly these keys to be asked for; S3 says that a key is missing only to a role that may list with the key as the prefix."""
    allow_list_exactly(policy, bucket_name, keys)
    allow_on_keys(policy, ["s3:GetObject"], bucket_name, keys)


def _folders_above(prefix: str) -> list[str]:
    parts = prefix.rstrip("/").split("/")
    return ["/".join(parts[:depth]) + "/" for depth in range(1, len(parts))]
