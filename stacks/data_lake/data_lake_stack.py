"""The stack shared by all pipelines: bucket, databases, workgroup, notices, dead-letter queue, watch, dashboards."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import aws_cdk as cdk
from aws_cdk import aws_athena as athena
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from partitioned_pipelines.lake.key_layout import ATHENA_RESULTS
from partitioned_pipelines.spec import CREATE, DEFAULT_GROUP, OWNER_PARAMETER
from stacks.assembly import AssemblyFiles
from stacks.cost_tags import cost_tags, tag_resources
from stacks.data_lake.encryption_key import EncryptionKey
from stacks.data_lake.freshness_watch import FreshnessWatch, reads_catalog
from stacks.data_lake.lake_bucket import LakeBucket
from stacks.data_lake.lake_dashboard import LakeDashboards
from stacks.data_lake.notice_topic import NoticeTopic
from stacks.data_lake.redshift_reader import RedshiftReader
from stacks.data_lake.shared_lake import SharedLake, SharedParameter
from stacks.data_lake.subscriptions import Subscriptions
from stacks.data_lake.undelivered_queue import UndeliveredQueue
from stacks.iam.catalog_permissions import CatalogUser, allow_data_access, allow_encrypted_catalog
from stacks.iam.key_permissions import allow_former_keys
from stacks.iam.lake_formation import database, grant, location, tables_location
from stacks.pipeline.shared_code_function import functions_code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from partitioned_pipelines.spec import Pipeline
    from stacks.settings import DeploymentSettings


class DataLakeStack(cdk.Stack):
    """The data lake of a project, to which all of its pipelines write.

    Attributes
    ----------
    bucket
        The bucket that this stack creates, or the existing bucket of the deployment's options.
    key
        The customer-managed key, if the deployment has one.
    files
        The files that the app adds to the assembly: write them after the synthesis.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, pipelines: Sequence[Pipeline], settings: DeploymentSettings
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            env=settings.environment,
            description="Bucket, databases, workgroup and notices of the pipelines",
        )
        tag_resources(self, cost_tags(settings.prefix))
        self._settings = settings
        self.files = AssemblyFiles(self)
        self._bucket_name = SharedParameter(settings.prefix, "bucket-name")
        self._key_arn = SharedParameter(settings.prefix, "key-arn")
        self._redshift_role_arn = SharedParameter(settings.prefix, "redshift-role-arn")
        self._watch_role_arn = SharedParameter(settings.prefix, "watch-role-arn")
        self.key = EncryptionKey(self, "Encryption", settings=settings).key if settings.options.kms else None
        self.bucket = self._bucket(pipelines)
        self._create_databases(pipelines)
        workgroup = self._workgroup()
        shared = self._share()
        topic_arn = self._topic_arn()
        queue = UndeliveredQueue(self, "Undelivered", prefix=settings.prefix, key=self.key, topic_arn=topic_arn)
        self._watch(pipelines, shared, topic_arn, queue)
        cdk.CfnOutput(self, "NotificationTopicArn", value=topic_arn)
        cdk.CfnOutput(self, "LakeBucketName", value=self.bucket.bucket_name)
        cdk.CfnOutput(self, "AthenaWorkGroupName", value=workgroup.name)
        if settings.options.redshift:
            reader = RedshiftReader(
                self,
                "Redshift",
                tables=[table for pipeline in pipelines for table in pipeline.tables],
                lake_bucket_name=self.bucket.bucket_name,
                key=self.key,
                group=settings.options.redshift_group or DEFAULT_GROUP,
            )
            allow_former_keys([reader.role], settings.options.former_kms, self.bucket.bucket_name)
            allow_encrypted_catalog([reader.role], settings.options.catalog_kms)
            if settings.options.lake_formation is not None:
                self._redshift_role_arn.write(
                    shared, reader.role.role_arn, "The role with which Redshift reads the lake"
                )
            if settings.options.lake_formation == "location":
                allow_data_access([reader.role])
        if settings.options.lake_formation is not None:
            self._grant_to_cloudformation()

    def catalog_users(self, stack: cdk.Stack, pipeline: Pipeline) -> list[CatalogUser]:
        """Return the lake's roles that use a pipeline's tables. Their grants belong to the pipeline's stack, because they need the table."""
        users = []
        if self._settings.options.redshift:
            role_arn = self._redshift_role_arn.read(stack)
            users.append(CatalogUser("Redshift", role_arn, pipeline.tables, sees_databases=True))
        if cataloged := [table for table in pipeline.tables if reads_catalog(table)]:
            users.append(CatalogUser("Watch", self._watch_role_arn.read(stack), cataloged))
        return users

    def shared_with(self, stack: cdk.Stack) -> SharedLake:
        """Return the lake for another stack: values known at synthesis are literals, the others come from parameters."""
        options = self._settings.options
        key_arn = self._key_arn.read(stack) if options.kms == CREATE else options.kms
        return SharedLake(
            bucket_name=options.bucket or self._bucket_name.read(stack),
            key=kms.Key.from_key_arn(stack, "LakeKey", key_arn) if key_arn else None,
            work_group_name=options.prefix,
        )

    def _watch(self, pipelines: Sequence[Pipeline], shared: Construct, topic_arn: str, queue: UndeliveredQueue) -> None:
        """Create the watch and the dashboards, which are about all pipelines of the project."""
        options = self._settings.options
        watch = FreshnessWatch(
            self,
            "Freshness",
            code=functions_code(self.files.folder),
            prefix=options.prefix,
            pipelines=pipelines,
            lake_bucket_name=self.bucket.bucket_name,
            key=self.key,
            topic_arn=topic_arn,
            topic_key=self.key if self._settings.existing_topic is None else None,
            undelivered_arn=queue.arn,
            command_options=self._settings.command_options,
        )
        allow_former_keys([watch.role], options.former_kms, self.bucket.bucket_name)
        allow_encrypted_catalog([watch.role], options.catalog_kms)
        if options.lake_formation is not None:
            self._watch_role_arn.write(shared, watch.role.role_arn, "The role with which the watch reads the catalog")
        LakeDashboards(self, "Dashboards", prefix=options.prefix, pipelines=pipelines)

    def _share(self) -> Construct:
        shared = Construct(self, "Shared")
        if self._settings.options.bucket is None:
            self._bucket_name.write(shared, self.bucket.bucket_name, "The bucket of the lake")
        if self._settings.options.kms == CREATE and self.key is not None:
            self._key_arn.write(shared, self.key.key_arn, "The key of the lake")
        return shared

    def _grant_to_cloudformation(self) -> None:
        """Grant CloudFormation's role the permissions to create tables in existing databases.

        A role may use and grant the resources that it creates:
        https://docs.aws.amazon.com/lake-formation/latest/dg/implicit-permissions.html
        """
        place, options = Construct(self, "LakeFormation"), self._settings.options
        synthesizer = cast("cdk.DefaultStackSynthesizer", self.synthesizer)
        role_arn = cdk.Fn.sub(synthesizer.cloud_formation_execution_role_arn)
        for name in sorted(options.databases):
            grant(place, f"Database-{name}", role_arn, database(name), ("CREATE_TABLE", "DESCRIBE"))
        if options.lake_formation == "location":
            registered = location(tables_location(self.bucket.bucket_name))
            grant(place, "Location", role_arn, registered, ("DATA_LOCATION_ACCESS",))

    def _topic_arn(self) -> str:
        """Return the ARN of the existing topic, or else of one that is created with its subscribers."""
        settings = self._settings
        if settings.existing_topic is not None:
            return settings.existing_topic
        topic = NoticeTopic(self, "Notices", prefix=settings.prefix, key=self.key)
        if settings.options.notify:
            Subscriptions(
                self, "Subscriptions", prefix=settings.prefix, subscribers=settings.options.notify, topic_arn=topic.arn
            )
        return topic.arn

    def _bucket(self, pipelines: Sequence[Pipeline]) -> s3.IBucket:
        if self._settings.options.bucket is not None:
            return s3.Bucket.from_bucket_name(self, "Lake", self._settings.options.bucket)
        arrivals = any(pipeline.schedule and pipeline.schedule.when == "arrival" for pipeline in pipelines)
        return LakeBucket(self, "Lake", settings=self._settings, key=self.key, tells_of_arrivals=arrivals).bucket

    def _create_databases(self, pipelines: Sequence[Pipeline]) -> None:
        """Create the databases of the tables, except existing ones."""
        # Below a separate construct, a logical id includes a hash of the whole name: `a_b` and `ab` stay distinct.
        databases = Construct(self, "Databases")
        named = {table.database for pipeline in pipelines for table in pipeline.tables}
        for name in sorted(named.difference(self._settings.options.databases)):
            cdk.CfnResource(
                databases,
                name,
                # Like the tables, not with the L1 construct: the Glue module takes longer to import than all other modules but Lambda's.
                type="AWS::Glue::Database",
                properties={
                    "CatalogId": self.account,
                    # The resource identifier, by which a retained database can be imported again.
                    "DatabaseName": name,
                    "DatabaseInput": {
                        "Name": name,
                        "Description": "Tables written by pipelines",
                        "Parameters": {OWNER_PARAMETER: self._settings.prefix},
                    },
                },
            ).apply_removal_policy(self._settings.removal_policy)

    def _workgroup(self) -> athena.CfnWorkGroup:
        return athena.CfnWorkGroup(
            self,
            "WorkGroup",
            name=self._settings.prefix,
            description="Queries on the tables of the pipelines",
            # The query history is not a reason to keep a workgroup without its lake.
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
