"""What MSCK REPAIR TABLE, run by a state machine in the lake's workgroup, must be allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Aws, Stack
from aws_cdk import aws_iam as iam

from pipeline_spec import table_data_prefix
from stacks.catalog_arns import catalog_arns
from stacks.key_grants import allow_objects
from stacks.lake_bucket import ATHENA_RESULTS
from stacks.s3_grants import allow_list, allow_on_prefixes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_stepfunctions as sfn

    from pipeline_spec import Table


def allow_repairs(
    machine: sfn.StateMachine,
    tables: Sequence[Table],
    work_group_name: str,
    lake_bucket_name: str,
    key: kms.IKey | None,
) -> None:
    """Allow a state machine to repair those of its tables that are registered so.

    The calls are those of https://docs.aws.amazon.com/step-functions/latest/dg/athena-iam.html, on this workgroup, these tables, their
    files and the workgroup's results.
    """
    repaired = [table for table in tables if table.registration == "msck"]
    if not repaired:
        return
    stack = Stack.of(machine)
    machine.add_to_role_policy(
        iam.PolicyStatement(
            actions=["athena:GetQueryExecution", "athena:StartQueryExecution", "athena:StopQueryExecution"],
            resources=[stack.format_arn(service="athena", resource="workgroup", resource_name=work_group_name)],
        )
    )
    machine.add_to_role_policy(
        iam.PolicyStatement(
            actions=["athena:GetDataCatalog"],
            resources=[stack.format_arn(service="athena", resource="datacatalog", resource_name="AwsDataCatalog")],
        )
    )
    machine.add_to_role_policy(
        iam.PolicyStatement(
            actions=["glue:BatchCreatePartition", "glue:GetDatabase", "glue:GetPartitions", "glue:GetTable"],
            resources=sorted({arn for table in repaired for arn in catalog_arns(machine, table)}),
        )
    )
    role = machine.role
    assert isinstance(role, iam.Role)  # the one that came with the machine  # noqa: S101
    allow_objects(role, key, lake_bucket_name)
    prefixes = [table_data_prefix(table) for table in repaired]
    allow_list(role, lake_bucket_name, [*prefixes, ATHENA_RESULTS])
    allow_on_prefixes(role, ["s3:GetObject"], lake_bucket_name, [*prefixes, ATHENA_RESULTS])
    allow_on_prefixes(
        role,
        ["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:PutObject"],
        lake_bucket_name,
        [ATHENA_RESULTS],
    )
    machine.add_to_role_policy(
        iam.PolicyStatement(
            actions=["s3:GetBucketLocation", "s3:ListBucketMultipartUploads"],
            resources=[f"arn:{Aws.PARTITION}:s3:::{lake_bucket_name}"],
        )
    )
