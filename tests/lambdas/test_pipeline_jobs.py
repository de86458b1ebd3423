"""Tests of the jobs of a SageMaker pipeline's execution, as RegisterPartitions asks for them."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.stub import Stubber

from lambdas.register_partitions.pipeline_jobs import read_jobs
from partitioned_pipelines.lake.runs.usage import JobUsage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_sagemaker import SageMakerClient

_EXECUTION = "arn:aws:sagemaker:eu-west-1:123456789012:pipeline/p/execution/abcdefghijkl"
_STARTED = datetime(2026, 11, 29, 3, tzinfo=UTC)


@pytest.fixture
def stubbed() -> Iterator[tuple[SageMakerClient, Stubber]]:
    client = boto3.client(
        "sagemaker", region_name="eu-west-1", aws_access_key_id="testing", aws_secret_access_key="testing"
    )
    with Stubber(client) as stubber:
        yield client, stubber


def description(name: str, **times: datetime) -> dict[str, Any]:
    arn = f"arn:aws:sagemaker:eu-west-1:123456789012:processing-job/{name}"
    return {
        "ProcessingJobName": name,
        "ProcessingJobArn": arn,
        "ProcessingJobStatus": "Completed",
        "CreationTime": _STARTED,
        "AppSpecification": {"ImageUri": "image"},
        "ProcessingResources": {
            "ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 3, "VolumeSizeInGB": 40}
        },
        **times,
    }


def test_each_step_with_a_job_is_described(stubbed: tuple[SageMakerClient, Stubber]) -> None:
    sagemaker, stubber = stubbed
    steps = [
        {"StepName": "PlanRun", "Metadata": {"Lambda": {"Arn": "arn:f"}}},
        *(
            {"StepName": step, "Metadata": {"ProcessingJob": {"Arn": description(f"p--{step}-1")["ProcessingJobArn"]}}}
            for step in ("extract", "train")
        ),
        {"StepName": "waiting"},
    ]
    stubber.add_response(
        "list_pipeline_execution_steps",
        {"PipelineExecutionSteps": steps},
        {"PipelineExecutionArn": _EXECUTION, "SortOrder": "Ascending"},
    )
    ended = _STARTED + timedelta(seconds=90)
    stubber.add_response(
        "describe_processing_job",
        description("p--extract-1", ProcessingStartTime=_STARTED, ProcessingEndTime=ended),
        {"ProcessingJobName": "p--extract-1"},
    )
    # It has not ended: no table is registered from it.
    stubber.add_response(
        "describe_processing_job",
        description("p--train-1", ProcessingStartTime=_STARTED),
        {"ProcessingJobName": "p--train-1"},
    )
    assert read_jobs(sagemaker, _EXECUTION) == [
        JobUsage("extract", "p--extract-1", "ml.m5.large", 3, 40, _STARTED, ended),
        JobUsage("train", "p--train-1", "ml.m5.large", 3, 40, _STARTED, None),
    ]


def test_a_refusal_leaves_the_jobs_unknown_and_is_logged(
    stubbed: tuple[SageMakerClient, Stubber], caplog: pytest.LogCaptureFixture
) -> None:
    sagemaker, stubber = stubbed
    stubber.add_client_error("list_pipeline_execution_steps", "AccessDeniedException", "not you")
    with caplog.at_level(logging.WARNING):
        assert read_jobs(sagemaker, _EXECUTION) is None
    (record,) = caplog.records
    assert (record.message, vars(record)["code"]) == ("usage_unknown", "ClientError")
    assert "AccessDeniedException" in vars(record)["reason"]
