"""The role of the processing jobs: what SageMaker may read and write for a pipeline's scripts."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from aws_cdk import ArnFormat, Aws, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from pipeline_spec import input_prefix, output_prefix
from stacks.s3_grants import allow_list, allow_on_prefixes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline_spec import Pipeline
    from stacks.script_code import ScriptCode
    from stacks.step_image import StepImage


class ProcessingRole(Construct):
    """Reads the pipeline's inputs and code, writes its outputs, pulls its images, and logs."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        pipeline: Pipeline,
        lake_bucket_name: str,
        code: Iterable[ScriptCode],
        images: Iterable[StepImage],
    ) -> None:
        super().__init__(scope, construct_id)
        self.role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal(
                "sagemaker.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}}
            ),
            description=f"Processing jobs of the pipeline {pipeline.name}",
        )
        self._allow_data(pipeline, lake_bucket_name)
        for folder in code:
            allow_on_prefixes(self.role, ["s3:GetObject"], folder.bucket_name, [folder.prefix])
            allow_list(self.role, folder.bucket_name, [folder.prefix])
        for image in images:
            image.grant_pull(self.role)
        self._allow_logs()

    def _allow_data(self, pipeline: Pipeline, lake_bucket_name: str) -> None:
        read: defaultdict[str, set[str]] = defaultdict(set)
        written = {output_prefix(pipeline, step, output) for step in pipeline.steps for output in step.outputs}
        for step in pipeline.steps:
            for source in step.inputs.values():
                if isinstance(source, str):
                    prefix = input_prefix(source)
                    read[prefix.bucket or lake_bucket_name].add(prefix.prefix)
                else:
                    producer = next(other for other in pipeline.steps if other.name == source.step)
                    assert source.output is not None  # filled in when the file was loaded  # noqa: S101
                    read[lake_bucket_name].add(output_prefix(pipeline, producer, source.output))
        for bucket_name, prefixes in read.items():
            allow_on_prefixes(self.role, ["s3:GetObject"], bucket_name, prefixes)
            allow_list(self.role, bucket_name, prefixes)
        allow_on_prefixes(self.role, ["s3:AbortMultipartUpload", "s3:PutObject"], lake_bucket_name, written)

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
