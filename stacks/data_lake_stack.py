"""What all pipelines share: the bucket, the Glue databases, the Athena workgroup."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_athena as athena
from aws_cdk import aws_glue as glue
from constructs import Construct

from stacks.lake_bucket import ATHENA_RESULTS, LakeBucket

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline_spec import Pipeline
    from stacks.deployment_settings import DeploymentSettings


class DataLakeStack(cdk.Stack):
    """The lake that every pipeline of a project writes to.

    Attributes
    ----------
    work_group_name
        Of the Athena workgroup: its own name, so that nothing needs to be exported for it.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, pipelines: Iterable[Pipeline], settings: DeploymentSettings
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            env=settings.environment,
            description="Bucket, databases and workgroup of the pipelines",
        )
        self.bucket = LakeBucket(self, "Lake", settings=settings).bucket
        # Below a construct of its own, an id keeps a hash of the whole name: `a_b` and `ab` stay two.
        databases = Construct(self, "Databases")
        for name in sorted({table.database for pipeline in pipelines for table in pipeline.tables}):
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
                        encryption_option="SSE_S3"
                    ),
                ),
            ),
        )
