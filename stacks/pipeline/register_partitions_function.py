"""RegisterPartitions: publishes a job's output in its table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs import Construct

from partitioned_pipelines.lake.key_layout import receipts_prefix
from partitioned_pipelines.spec import lease_key, table_data_prefix, table_prefix
from stacks.iam.announcements import allow_announcements
from stacks.iam.arns import catalog_arns
from stacks.iam.job_permissions import job_stems
from stacks.iam.key_permissions import allow_objects
from stacks.iam.s3_permissions import allow_list, allow_on_keys, allow_on_prefixes
from stacks.orchestrators import orchestrator_of
from stacks.orchestrators.orchestrator import LONGEST_CALL_MINUTES
from stacks.pipeline.shared_code_function import SharedCodeFunction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_lambda as lambda_

    from partitioned_pipelines.spec import Pipeline, Table


class RegisterPartitionsFunction(Construct):
    """The RegisterPartitions function, with permissions only on the tables that it registers."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        pipeline: Pipeline,
        code: lambda_.Code,
        tables: Sequence[Table],
        lake_bucket_name: str,
        deployment: str,
        stack_name: str,
        key: kms.IKey | None,
    ) -> None:
        super().__init__(scope, construct_id)
        shared = SharedCodeFunction(
            self,
            "RegisterPartitions",
            code=code,
            folder="register_partitions",
            orchestrator=orchestrator_of(pipeline),
            description=f"Registers the partitions that {pipeline.name} wrote",
            memory_size=1024,
            timeout_minutes=LONGEST_CALL_MINUTES,
            key=key,
        )
        self.function, self.role = shared.function, shared.role
        with shared.policy() as policy:
            allow_objects(policy, key, lake_bucket_name)
            prefixes = [table_prefix(table) for table in tables]
            # Each table's lease. With the permission to list it, S3 answers 404 instead of 403 if the lease does not exist.
            leases = [lease_key(table) for table in tables]
            allow_list(policy, lake_bucket_name, [*prefixes, *leases])
            allow_on_keys(policy, ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], lake_bucket_name, leases)
            allow_on_prefixes(policy, ["s3:GetObject"], lake_bucket_name, prefixes)
            allow_on_prefixes(
                policy,
                ["s3:PutObject"],
                lake_bucket_name,
                [receipts_prefix(table.database, table.name) for table in tables],
            )
            # The sweep of objects that a job replaced in place. The function cannot delete a versioned table's files.
            swept = [table_data_prefix(table) for table in tables if table.layout == "in_place"]
            allow_on_prefixes(policy, ["s3:DeleteObject"], lake_bucket_name, swept)
            policy.allow(
                [
                    "glue:BatchCreatePartition",
                    "glue:BatchGetPartition",
                    "glue:BatchUpdatePartition",
                    "glue:GetPartitions",
                    "glue:GetTable",
                ],
                sorted({resource for table in tables for resource in catalog_arns(table)}),
            )
            allow_announcements(policy, deployment, key)
            orchestrator_of(pipeline).allow_registrar(policy, stack_name, job_stems(pipeline))
