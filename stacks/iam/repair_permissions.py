"""The permissions for MSCK REPAIR TABLE, run by a state machine in the lake's workgroup."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.lake.key_layout import ATHENA_RESULTS
from partitioned_pipelines.spec import table_data_prefix
from stacks.iam.arns import arn, bucket_arn, catalog_arns
from stacks.iam.key_permissions import allow_objects
from stacks.iam.s3_permissions import allow_list, allow_on_prefixes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_kms as kms

    from partitioned_pipelines.spec import Table
    from stacks.iam.role_policy import RolePolicy


def allow_repairs(
    policy: RolePolicy,
    tables: Sequence[Table],
    work_group_name: str,
    lake_bucket_name: str,
    key: kms.IKey | None,
) -> None:
    """Allow a state machine to repair its tables with ``registration: msck``.

    The actions are those of https://docs.aws.amazon.com/step-functions/latest/dg/athena-iam.html, on this workgroup, these tables, their
    files and the workgroup's results.
    """
    repaired = [table for table in tables if table.registration == "msck"]
    if not repaired:
        return
    policy.allow(
        ["athena:GetQueryExecution", "athena:StartQueryExecution", "athena:StopQueryExecution"],
        [arn("athena", f"workgroup/{work_group_name}")],
    )
    policy.allow(["athena:GetDataCatalog"], [arn("athena", "datacatalog/AwsDataCatalog")])
    policy.allow(
        ["glue:BatchCreatePartition", "glue:GetDatabase", "glue:GetPartitions", "glue:GetTable"],
        sorted({resource for table in repaired for resource in catalog_arns(table)}),
    )
    # Athena also requests this database for every query:
    # https://docs.aws.amazon.com/athena/latest/ug/fine-grained-access-to-glue-resources.html#full-access-to-default-db-per-region
    policy.allow(["glue:GetDatabase"], [arn("glue", "catalog"), arn("glue", "database/default")])
    allow_objects(policy, key, lake_bucket_name)
    prefixes = [table_data_prefix(table) for table in repaired]
    allow_list(policy, lake_bucket_name, [*prefixes, ATHENA_RESULTS])
    allow_on_prefixes(policy, ["s3:GetObject"], lake_bucket_name, [*prefixes, ATHENA_RESULTS])
    allow_on_prefixes(
        policy,
        ["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:PutObject"],
        lake_bucket_name,
        [ATHENA_RESULTS],
    )
    policy.allow(["s3:GetBucketLocation", "s3:ListBucketMultipartUploads"], [bucket_arn(lake_bucket_name)])
