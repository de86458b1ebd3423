"""What the processing role needs for Spark, which reads and writes S3 itself, by S3A.

S3A takes a folder for what has keys below it, and first asks whether there is a file of its name:
https://hadoop.apache.org/docs/stable/hadoop-aws/tools/hadoop-aws/index.html. What it needs to write:
https://hadoop.apache.org/docs/stable/hadoop-aws/tools/hadoop-aws/assumed_roles.html.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from partitioned_pipelines.spec import fixed_folder, output_prefix, table_data_prefix
from stacks.iam.arns import bucket_arn
from stacks.iam.s3_grants import allow_list, allow_list_exactly, allow_on_keys, allow_on_prefixes

if TYPE_CHECKING:
    from partitioned_pipelines.spec import Pipeline
    from stacks.iam.role_policy import RolePolicy


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
