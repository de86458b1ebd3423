"""The RegisterPartitions handler: publishes a job's output to the table's readers."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Any, Protocol

import boto3

from lambdas.register_partitions.clients import CONFIG, EVENTS_CONFIG, build_clients
from lambdas.register_partitions.pipeline_jobs import read_jobs
from partitioned_pipelines.lake.function_events.lambda_step import (
    asks_for_jobs,
    registration_event,
    registration_outputs,
)
from partitioned_pipelines.runtime.catalog import repeat_while_busy
from partitioned_pipelines.runtime.registration.announcement import Announcer
from partitioned_pipelines.runtime.registration.finished_job import require_completed
from partitioned_pipelines.runtime.registration.progress import TimeBudget
from partitioned_pipelines.runtime.registration.registration import register_partitions
from partitioned_pipelines.runtime.usage_meter import FunctionContext, UsageMeter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_glue import GlueClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_sqs import SQSClient

    from partitioned_pipelines.lake.function_events.payloads import RegistrationAnswer
    from partitioned_pipelines.lake.runs.usage import JobUsage


class LambdaContext(FunctionContext, Protocol):
    """The Lambda invocation context: https://docs.aws.amazon.com/lambda/latest/dg/python-context.html."""

    def get_remaining_time_in_millis(self) -> int:
        """Return the remaining time in milliseconds."""


_METER = UsageMeter()


@cache
def _clients() -> tuple[S3Client, GlueClient]:
    s3, glue = build_clients()
    _METER.watch(s3)
    _METER.watch(glue)
    return s3, glue


@cache
def _sagemaker() -> SageMakerClient:
    return boto3.client("sagemaker", config=CONFIG)


@cache
def _events() -> EventBridgeClient:
    return boto3.client("events", config=EVENTS_CONFIG)


@cache
def _sqs() -> SQSClient:
    return boto3.client("sqs", config=EVENTS_CONFIG)


def handler(event: Mapping[str, Any], context: LambdaContext) -> RegistrationAnswer:
    """Register the partitions under the URI in a job's result, as many as the remaining time allows."""
    _METER.begin()
    return _register(event, context, None)


def step_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, str]:
    """Register the partitions as a Lambda step of a SageMaker pipeline.

    The job's creation time and status come from SageMaker's API, which returns them in one format, independent of the step's own result.
    """
    _METER.begin()
    job_name = str(event["processing_job_arn"]).rpartition("/")[2]
    job = _sagemaker().describe_processing_job(ProcessingJobName=job_name)
    payload = registration_event(event, job)
    jobs = partial(read_jobs, _sagemaker(), payload["run"]["execution_arn"]) if asks_for_jobs(event) else None
    return registration_outputs(repeat_while_busy(lambda: _register(payload, context, jobs)))


def _register(
    event: Mapping[str, Any], context: LambdaContext, jobs: Callable[[], Sequence[JobUsage] | None] | None
) -> RegistrationAnswer:
    require_completed(event)
    s3, glue = _clients()
    budget = TimeBudget(lambda: context.get_remaining_time_in_millis() / 1000)
    return register_partitions(
        event,
        s3,
        glue,
        budget=budget,
        announcer=Announcer(_events, _sqs),
        usage=partial(_METER.read, context),
        jobs=jobs,
    )
