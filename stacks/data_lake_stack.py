"""What all pipelines share: the bucket, the Glue databases, the Athena workgroup."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_athena as athena
from aws_cdk import aws_glue as glue
from aws_cdk import aws_s3 as s3
from constructs import Construct

from stacks.encryption_key import EncryptionKey
from stacks.invalid_context import InvalidContextError
from stacks.lake_bucket import ATHENA_RESULTS, LakeBucket
from stacks.redshift_reader import RedshiftReader

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from pipeline_spec import Pipeline
    from stacks.deployment_settings import DeploymentSettings


class DataLakeStack(cdk.Stack):
    """The lake that every pipeline of a project writes to.

    Attributes
    ----------
    work_group_name
        Of the Athena workgroup: its own name, so that nothing needs to be exported for it.
    bucket
        The lake's own bucket, or the one that was given.
    key
        The customer-managed key, where the deployment asks for one.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, pipelines: Sequence[Pipeline], settings: DeploymentSettings
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            env=settings.environment,
            description="Bucket, databases and workgroup of the pipelines",
        )
        self.key = EncryptionKey(self, "Encryption", settings=settings).key if settings.security.kms else None
        self.bucket = self._bucket(settings)
        # Below a construct of its own, an id keeps a hash of the whole name: `a_b` and `ab` stay two.
        databases = Construct(self, "Databases")
        for name in self._missing_databases(pipelines, settings.security.databases):
            glue.CfnDatabase(
                databases,
                name,
                catalog_id=self.account,
                database_input=glue.CfnDatabase.DatabaseInputProperty(
                    name=name, description="Tables written by pipelines"
                ),
            ).apply_removal_policy(settings.removal_policy)
        workgroup = self._workgroup(settings)
        self.work_group_name = settings.prefix
        cdk.CfnOutput(self, "LakeBucketName", value=self.bucket.bucket_name)
        cdk.CfnOutput(self, "AthenaWorkGroupName", value=workgroup.name)
        if settings.redshift is not None:
            RedshiftReader(
                self,
                "Redshift",
                tables=[table for pipeline in pipelines for table in pipeline.tables],
                lake_bucket_name=self.bucket.bucket_name,
                key=self.key,
                settings=settings.redshift,
            )

    def _bucket(self, settings: DeploymentSettings) -> s3.IBucket:
        if settings.security.bucket is not None:
            return s3.Bucket.from_bucket_name(self, "Lake", settings.security.bucket)
        return LakeBucket(self, "Lake", settings=settings, key=self.key).bucket

    def _missing_databases(self, pipelines: Sequence[Pipeline], existing: Collection[str]) -> list[str]:
        """Give the databases that are to be made; InvalidContextError where one that exists is no table's."""
        named = {table.database for pipeline in pipelines for table in pipeline.tables}
        if unknown := sorted(set(existing) - named):
            raise InvalidContextError(
                f"context databases: no table is in {unknown[0]!r}; the pipelines' databases are {', '.join(sorted(named))}"
            )
        return sorted(named - set(existing))

    def _workgroup(self, settings: DeploymentSettings) -> athena.CfnWorkGroup:
        return athena.CfnWorkGroup(
            self,
            "WorkGroup",
            name=settings.prefix,
            description="Queries on the tables of the pipelines",
            # Its queries' history is no reason to keep a workgroup whose lake is gone.
            recursive_delete_option=True,
            work_group_configuration=athena.CfnWorkGroup.WorkGroupConfigurationProperty(
                enforce_work_group_configuration=True,
                publish_cloud_watch_metrics_enabled=True,
                engine_version=athena.CfnWorkGroup.EngineVersionProperty(
                    selected_engine_version="Athena engine version 3"
                ),
                result_configuration=athena.CfnWorkGroup.ResultConfigurationProperty(
                    output_location=f"s3://{self.bucket.bucket_name}/{ATHENA_RESULTS}",
                    encryption_configuration=athena.CfnWorkGroup.EncryptionConfigurationProperty(
                        encryption_option="SSE_KMS", kms_key=self.key.key_arn
                    )
                    if self.key
                    else athena.CfnWorkGroup.EncryptionConfigurationProperty(encryption_option="SSE_S3"),
                ),
            ),
        )
