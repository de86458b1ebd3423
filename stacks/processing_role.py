"""The role of the processing jobs: what SageMaker may read and write for a pipeline's scripts."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from aws_cdk import ArnFormat, Aws, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from pipeline_spec import (
    event_logs_prefix,
    input_prefix,
    manifests_pattern,
    output_prefix,
    table_data_prefix,
    writes_event_logs,
)
from stacks.key_grants import allow_assets, allow_objects, allow_volumes
from stacks.network_grants import allow_network, allow_secrets
from stacks.s3_grants import allow_list, allow_list_exactly, allow_on_keys, allow_on_prefixes
from stacks.state_machine import takes_volume_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aws_cdk import aws_kms as kms

    from pipeline_spec import Pipeline
    from stacks.published_files import PublishedFiles
    from stacks.step_image import StepImage


_ACCOUNT_ID = Aws.ACCOUNT_ID  # a token, the same for every stack; each look at it asks the CDK's own process


class ProcessingRole(Construct):
    """Reads the pipeline's inputs and code, writes its outputs, pulls its images, and logs."""

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
            assumed_by=iam.ServicePrincipal(
                "sagemaker.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": _ACCOUNT_ID}}
            ),
            description=f"Processing jobs of the pipeline {pipeline.name}",
        )
        self._allow_data(pipeline, lake_bucket_name)
        allow_objects(self.role, key, lake_bucket_name)
        if any(takes_volume_key(step) for step in pipeline.steps):
            allow_volumes(self.role, key)
        # Each asset comes with a token of its own for the bootstrap bucket, which is one.
        bucket_names, prefixes = [folder.bucket_name for folder in files], [folder.prefix for folder in files]
        for bucket_name in bucket_names[:1]:
            allow_on_prefixes(self.role, ["s3:GetObject"], bucket_name, prefixes)
            allow_list(self.role, bucket_name, prefixes)
            allow_assets(self.role, assets_key_arn, bucket_name)
        for image in images:
            image.grant_pull(self.role)
        allow_network(self.role, pipeline)
        allow_secrets(self.role, pipeline)
        self._allow_logs()

    def _allow_data(self, pipeline: Pipeline, lake_bucket_name: str) -> None:
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
            allow_on_prefixes(self.role, ["s3:GetObject"], bucket_name, prefixes)
            allow_list(self.role, bucket_name, prefixes)
        if pipeline.read_tables:
            allow_on_keys(self.role, ["s3:GetObject"], lake_bucket_name, [manifests_pattern(pipeline)])
        allow_on_prefixes(self.role, ["s3:AbortMultipartUpload", "s3:PutObject"], lake_bucket_name, written)
        self._allow_spark(pipeline, lake_bucket_name)

    def _allow_spark(self, pipeline: Pipeline, lake_bucket_name: str) -> None:
        """Let Spark, which writes to an output's URI itself, commit there: list, copy what was temporary, and delete it.

        S3A asks for each folder above, too, whether it is there: https://hadoop.apache.org/docs/stable/hadoop-aws/tools/hadoop-aws/index.html
        """
        committed = {
            output_prefix(pipeline, step, output) for step in pipeline.steps if step.is_spark for output in step.outputs
        }
        allow_on_prefixes(
            self.role,
            ["s3:DeleteObject", "s3:GetObject", "s3:ListMultipartUploadParts"],
            lake_bucket_name,
            committed,
        )
        above = sorted({folder for prefix in committed for folder in _folders_above(prefix)})
        if committed:
            allow_list(self.role, lake_bucket_name, committed)
            allow_list_exactly(self.role, lake_bucket_name, above)
            allow_on_keys(self.role, ["s3:GetObject"], lake_bucket_name, [folder.removesuffix("/") for folder in above])

    def _allow_logs(self) -> None:
        log_group = Stack.of(self).format_arn(
            service="logs",
            resource="log-group",
            resource_name="/aws/sagemaker/ProcessingJobs:*",
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        self.role.add_to_policy(
            iam.PolicyStatement(
                actions=["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
                resources=[log_group],
            )
        )
        # PutMetricData knows no resource; the namespace is what can be named.
        self.role.add_to_policy(
            iam.PolicyStatement(
                actions=["cloudwatch:PutMetricData"],
                resources=["*"],
                conditions={"StringEquals": {"cloudwatch:namespace": "/aws/sagemaker/ProcessingJobs"}},
            )
        )


def _folders_above(prefix: str) -> list[str]:
    parts = prefix.rstrip("/").split("/")
    return ["/".join(parts[:depth]) + "/" for depth in range(1, len(parts))]
