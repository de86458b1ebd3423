"""The role with which Redshift Spectrum reads the lake's tables, and the SQL statements that give a user group access to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import CfnOutput
from aws_cdk import aws_iam as iam
from constructs import Construct

from partitioned_pipelines.spec import external_schema, table_data_prefix
from stacks.iam.arns import REGION, arn, bucket_arn, catalog_arns
from stacks.iam.key_permissions import allow_object_reads
from stacks.iam.role_policy import role_policy
from stacks.iam.s3_permissions import allow_list, allow_on_prefixes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_kms as kms

    from partitioned_pipelines.spec import Table

_SERVICES = ("redshift.amazonaws.com", "redshift-serverless.amazonaws.com")
# The read actions of https://docs.aws.amazon.com/redshift/latest/dg/c-spectrum-iam-policies.html
_CATALOG_READS = (
    "glue:BatchGetPartition",
    "glue:GetDatabase",
    "glue:GetPartition",
    "glue:GetPartitions",
    "glue:GetTable",
    "glue:GetTables",
)
_LISTED_TOGETHER = 10  # prefixes in one statement, which the CDK cannot split


class RedshiftReader(Construct):
    """A role that can read the pipelines' tables: their catalog entries and files, but not receipts, raw data or other tables."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        tables: Sequence[Table],
        lake_bucket_name: str,
        key: kms.IKey | None,
        group: str,
    ) -> None:
        super().__init__(scope, construct_id)
        # Redshift passes the requesting database user, of a cluster or of a serverless workgroup, as the external id:
        # https://docs.aws.amazon.com/redshift/latest/mgmt/authorizing-redshift-service-database-users.html
        condition = {"StringLike": {"sts:ExternalId": arn("redshift", "dbuser:*")}}
        self.role = iam.Role(
            self,
            "Role",
            assumed_by=iam.CompositePrincipal(
                *(iam.ServicePrincipal(service, conditions=condition) for service in _SERVICES)
            ),
            description="Redshift Spectrum, which reads the tables of the pipelines",
        )
        with role_policy(self.role) as policy:
            # A separate statement for each table: the CDK merges statements up to the policy size limit, and then creates another policy.
            for table in tables:
                policy.allow(_CATALOG_READS, catalog_arns(table))
                allow_on_prefixes(policy, ["s3:GetObject"], lake_bucket_name, [table_data_prefix(table)])
            prefixes = sorted(table_data_prefix(table) for table in tables)
            for first in range(0, len(prefixes), _LISTED_TOGETHER):
                allow_list(policy, lake_bucket_name, prefixes[first : first + _LISTED_TOGETHER])
            # The bucket must be in the region of the cluster that reads it.
            policy.allow(["s3:GetBucketLocation"], [bucket_arn(lake_bucket_name)])
            allow_object_reads(policy, key, lake_bucket_name)
        self._write_outputs(sorted({table.database for table in tables}), group)

    def _write_outputs(self, databases: Sequence[str], group: str) -> None:
        CfnOutput(
            self, "RoleArn", value=self.role.role_arn, description="Attach this role to the cluster or the namespace"
        ).override_logical_id("RedshiftRoleArn")
        statements = Construct(self, "Sql")
        for name in databases:
            sql = external_schema(name, role_arn=self.role.role_arn, region=REGION, groups=[group])
            CfnOutput(
                statements,
                name,
                value=" ".join(f"{statement};" for statement in sql),
                description=f"For Redshift, run once by a superuser: the database {name} as a schema",
            )
