"""Tests of a watched pipeline that is run by SageMaker Pipelines: what is asked of the service."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.stub import Stubber

from partitioned_pipelines.runtime.freshness.watched import NotDeployedError, PipelineExecutions
from tests.moto_lake import REGION

if TYPE_CHECKING:
    from collections.abc import Iterator

AT = datetime(2026, 3, 3, 9, 20, tzinfo=UTC)
ARN = f"arn:aws:sagemaker:{REGION}:123456789012:pipeline/pipelines-told"
ASKED = {
    "PipelineName": "pipelines-told",
    "SortBy": "CreationTime",
    "SortOrder": "Descending",
    "CreatedAfter": AT - timedelta(days=35),
    "MaxResults": 100,
}


@pytest.fixture
def sagemaker() -> Iterator[tuple[Any, Stubber]]:
    client: Any = boto3.client(
        "sagemaker", region_name=REGION, aws_access_key_id="testing", aws_secret_access_key="testing"
    )
    with Stubber(client) as stubber:
        yield client, stubber


def listed(name: str, status: str, hours: int) -> dict[str, Any]:
    return {
        "PipelineExecutionArn": f"{ARN}/execution/{name}",
        "PipelineExecutionStatus": status,
        "StartTime": AT - timedelta(hours=hours),
    }


def test_executions_of_the_last_weeks_are_listed_once(sagemaker: tuple[Any, Stubber]) -> None:
    client, stubber = sagemaker
    answer = {
        "PipelineExecutionSummaries": [
            listed("c", "Executing", 1),
            listed("b", "Failed", 25),
            listed("a", "Stopping", 26),
        ]
    }
    stubber.add_response("list_pipeline_executions", answer, ASKED)
    executions = PipelineExecutions(client, "pipelines-told", AT)
    assert [each.arn[-1] for each in executions.still_open()] == ["c", "a"]
    failed = executions.listed()[1]
    assert (failed.failed, executions.failure_of(failed)) == (True, "FAILED")
    stubber.assert_no_pending_responses()


def test_its_parameters_are_its_input(sagemaker: tuple[Any, Stubber]) -> None:
    client, stubber = sagemaker
    stubber.add_response("list_pipeline_executions", {"PipelineExecutionSummaries": [listed("a", "Executing", 1)]})
    parameters = [{"Name": "date", "Value": "2026-03-02"}, {"Name": "scheduled_time", "Value": ""}]
    stubber.add_response("list_pipeline_parameters_for_execution", {"PipelineParameters": parameters})
    executions = PipelineExecutions(client, "pipelines-told", AT)
    assert executions.input_of(executions.listed()[0]) == {"date": "2026-03-02"}


def test_a_pipeline_that_does_not_exist_is_not_deployed(sagemaker: tuple[Any, Stubber]) -> None:
    client, stubber = sagemaker
    stubber.add_client_error("list_pipeline_executions", "ResourceNotFound", "Pipeline 'x' does not exist.")
    with pytest.raises(NotDeployedError):
        PipelineExecutions(client, "pipelines-told", AT).still_open()
