"""The role of the processing jobs: the permissions of SageMaker and of a pipeline's scripts."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from aws_cdk import aws_iam as iam
from constructs import Construct

from partitioned_pipelines.lake.runs.job_logs import LOG_GROUP
from partitioned_pipelines.spec import (
    event_logs_prefix,
    input_prefix,
    manifests_pattern,
    output_prefix,
    table_data_prefix,
    writes_event_logs,
)
from stacks.iam.arns import arn
from stacks.iam.job_permissions import SAGEMAKER, allow_network, allow_secrets
from stacks.iam.key_permissions import allow_assets, allow_job_objects, allow_volumes
from stacks.iam.role_policy import RolePolicy, role_policy
from stacks.iam.s3_permissions import (
    allow_list,
    allow_on_keys,
    allow_on_prefixes,
    allow_spark_commits,
    allow_spark_reads,
)
from stacks.orchestrators.requests import takes_volume_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aws_cdk import aws_kms as kms

    from partitioned_pipelines.spec import Pipeline
    from stacks.pipeline.step_files import PublishedFiles
    from stacks.pipeline.step_image import StepImage


class ProcessingRole(Construct):
    """The role that reads the pipeline's inputs and code, writes its outputs, pulls its images, and logs.

    Attributes
    ----------
    role, arn
        The role and its ARN.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        pipeline: Pipeline,
        lake_bucket_name: str,
        files: Sequence[PublishedFiles],
        images: Iterable[StepImage],
        key: kms.IKey | None,
        assets_key_arn: str | None,
    ) -> None:
        super().__init__(scope, construct_id)
        self.role = iam.Role(
            self,
            "Role",
            assumed_by=SAGEMAKER,
            description=f"Processing jobs of the pipeline {pipeline.name}",
        )
        self.arn = self.role.role_arn
        with role_policy(self.role) as policy:
            self._allow_data(policy, pipeline, lake_bucket_name)
            allow_job_objects(policy, key, lake_bucket_name)
            if any(takes_volume_key(step) for step in pipeline.steps):
                allow_volumes(policy, key)
            # Each asset has a separate token for the bootstrap bucket, but all assets are in the same bucket.
            bucket_names, prefixes = [folder.bucket_name for folder in files], [folder.prefix for folder in files]
            for bucket_name in bucket_names[:1]:
                allow_on_prefixes(policy, ["s3:GetObject"], bucket_name, prefixes)
                allow_list(policy, bucket_name, prefixes)
                allow_assets(policy, assets_key_arn, bucket_name)
            for image in images:
                image.allow_pull(policy)
            allow_network(policy, pipeline)
            allow_secrets(policy, pipeline)
            self._allow_logs(policy)

    def _allow_data(self, policy: RolePolicy, pipeline: Pipeline, lake_bucket_name: str) -> None:
        read: defaultdict[str, set[str]] = defaultdict(set)
        written = {output_prefix(pipeline, step, output) for step in pipeline.steps for output in step.outputs}
        for step in pipeline.steps:
            for uri in step.uri_inputs.values():
                prefix = input_prefix(uri)
                read[prefix.bucket or lake_bucket_name].add(prefix.prefix)
            for source in step.step_inputs.values():
                read[lake_bucket_name].add(output_prefix(pipeline, pipeline.step(source.step), source.output))
            if writes_event_logs(step):
                written.add(event_logs_prefix(pipeline, step))
        read[lake_bucket_name] |= {table_data_prefix(table) for table in pipeline.read_tables.values()}
        for bucket_name, prefixes in read.items():
            allow_on_prefixes(policy, ["s3:GetObject"], bucket_name, prefixes)
            allow_list(policy, bucket_name, prefixes)
        if pipeline.read_tables:
            allow_on_keys(policy, ["s3:GetObject"], lake_bucket_name, [manifests_pattern(pipeline)])
        allow_on_prefixes(policy, ["s3:AbortMultipartUpload", "s3:PutObject"], lake_bucket_name, written)
        allow_spark_reads(policy, pipeline, lake_bucket_name)
        allow_spark_commits(policy, pipeline, lake_bucket_name)

    def _allow_logs(self, policy: RolePolicy) -> None:
        policy.allow(
            ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            [arn("logs", f"log-group:{LOG_GROUP}:*")],
        )
        # PutMetricData does not support resources; only the namespace can be limited.
        policy.allow(
            ["cloudwatch:PutMetricData"],
            ["*"],
            {"StringEquals": {"cloudwatch:namespace": LOG_GROUP}},
        )
