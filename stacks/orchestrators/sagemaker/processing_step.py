"""A processing job as a step of a SageMaker pipeline, built from the common request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from partitioned_pipelines.spec import job_stem, needed_jobs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from partitioned_pipelines.spec import Job, Pipeline
    from stacks.orchestrators.sagemaker.references import References

# A policy has at most 20 attempts and no maximum wait, and its waits grow. Retries for a quota take 15 minutes in total, so that a quota of 0
# is noticed; retries for an instance take an hour, and retries for a busy service nine minutes.
_QUOTA_ATTEMPTS, _CAPACITY_ATTEMPTS, _CREATE_ATTEMPTS = 5, 7, 10


def processing_step(
    sdk: Any, session: Any, pipeline: Pipeline, job: Job, request: Mapping[str, Any], references: References
) -> Any:
    """Build the step.

    Parameters
    ----------
    request
        The job's request, which contains `RunValue`s.
    """
    cluster, network = request["ProcessingResources"]["ClusterConfig"], request.get("NetworkConfig")
    outputs = request["ProcessingOutputConfig"]
    processor = sdk.Processor(
        role=request["RoleArn"],
        image_uri=request["AppSpecification"]["ImageUri"],
        instance_count=cluster["InstanceCount"],
        instance_type=cluster["InstanceType"],
        entrypoint=request["AppSpecification"]["ContainerEntrypoint"],
        volume_size_in_gb=cluster["VolumeSizeInGB"],
        volume_kms_key=cluster.get("VolumeKmsKeyId"),
        output_kms_key=outputs.get("KmsKeyId"),
        max_runtime_in_seconds=request["StoppingCondition"]["MaxRuntimeInSeconds"],
        # The prefix of the jobs' names, to which the role's permissions apply.
        base_job_name=job_stem(pipeline.name, job.first.name),
        env=references.environment(request["Environment"]),
        tags=request["Tags"],
        network_config=_network(sdk, network) if network else None,
        sagemaker_session=session,
    )
    arguments = processor.run(
        inputs=[_input(sdk, entry, references) for entry in request["ProcessingInputs"]],
        outputs=[_output(sdk, entry, references) for entry in outputs["Outputs"]],
        arguments=references.arguments(request["AppSpecification"].get("ContainerArguments")) or None,
    )
    return sdk.ProcessingStep(
        name=job.name,
        step_args=arguments,
        depends_on=needed_jobs(pipeline, job) or None,
        retry_policies=_retry_policies(sdk),
    )


def _input(sdk: Any, entry: Mapping[str, Any], references: References) -> Any:
    source = entry["S3Input"]
    return sdk.ProcessingInput(
        input_name=entry["InputName"],
        s3_input=sdk.ProcessingS3Input(
            s3_uri=references.uri(source["S3Uri"]),
            local_path=source["LocalPath"],
            s3_data_type=source["S3DataType"],
            s3_input_mode=source["S3InputMode"],
            s3_data_distribution_type=source["S3DataDistributionType"],
            s3_compression_type=source["S3CompressionType"],
        ),
    )


def _output(sdk: Any, entry: Mapping[str, Any], references: References) -> Any:
    written = entry["S3Output"]
    return sdk.ProcessingOutput(
        output_name=entry["OutputName"],
        s3_output=sdk.ProcessingS3Output(
            s3_uri=references.uri(written["S3Uri"]),
            local_path=written["LocalPath"],
            s3_upload_mode=written["S3UploadMode"],
        ),
    )


def _network(sdk: Any, network: Mapping[str, Any]) -> Any:
    vpc = network.get("VpcConfig", {})
    return sdk.NetworkConfig(
        enable_network_isolation=network.get("EnableNetworkIsolation", False),
        encrypt_inter_container_traffic=network.get("EnableInterContainerTrafficEncryption"),
        security_group_ids=vpc.get("SecurityGroupIds"),
        subnets=vpc.get("Subnets"),
    )


def _retry_policies(sdk: Any) -> list[Any]:
    """Return retries for calls that failed before a job existed, and for jobs without an instance: neither has written anything."""
    job, call = sdk.SageMakerJobExceptionTypeEnum, sdk.StepExceptionTypeEnum
    return [
        sdk.SageMakerJobStepRetryPolicy(
            exception_types=[job.RESOURCE_LIMIT],
            interval_seconds=30,
            backoff_rate=2.0,
            max_attempts=_QUOTA_ATTEMPTS,
        ),
        sdk.SageMakerJobStepRetryPolicy(
            exception_types=[job.CAPACITY_ERROR],
            interval_seconds=30,
            backoff_rate=2.0,
            max_attempts=_CAPACITY_ATTEMPTS,
        ),
        sdk.StepRetryPolicy(
            exception_types=[call.SERVICE_FAULT, call.THROTTLING],
            interval_seconds=5,
            backoff_rate=1.5,
            max_attempts=_CREATE_ATTEMPTS,
        ),
    ]
