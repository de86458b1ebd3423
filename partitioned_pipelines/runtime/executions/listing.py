"""Lists the executions of a state machine or of a SageMaker pipeline, the newest first, and reads their inputs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.runtime.executions.execution import Execution

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_stepfunctions import SFNClient
    from mypy_boto3_stepfunctions.literals import ExecutionStatusType

GOES_ON = {"Executing": "RUNNING", "Stopping": "STOPPING"}
"""The Step Functions statuses for executions of a SageMaker pipeline that have not ended."""
_PAGE = 1000  # the most that Step Functions returns
_SAGEMAKER_PAGE = 100  # the most that SageMaker returns; how many it returns by default is not documented


def list_machine_executions(
    step_functions: SFNClient, machine_arn: str, status: ExecutionStatusType | None = None
) -> Iterator[Execution]:
    """Yield the executions of a state machine, the newest first; with a status, only those that have it."""
    asked: dict[str, Any] = {"statusFilter": status} if status else {}
    pages = step_functions.get_paginator("list_executions")
    for page in pages.paginate(stateMachineArn=machine_arn, PaginationConfig={"PageSize": _PAGE}, **asked):
        for found in page["executions"]:
            yield Execution(
                found["executionArn"],
                found["status"],
                found["startDate"],
                found["name"],
                found.get("redriveDate"),
                found.get("stopDate"),
            )


def list_pipeline_executions(
    sagemaker: SageMakerClient, pipeline_name: str, since: datetime | None = None
) -> Iterator[Execution]:
    """Yield the executions of a SageMaker pipeline, the newest first; with a time, only those that were created after it."""
    asked: dict[str, Any] = {"CreatedAfter": since} if since else {}
    pages = sagemaker.get_paginator("list_pipeline_executions").paginate(
        PipelineName=pipeline_name,
        SortBy="CreationTime",
        SortOrder="Descending",
        PaginationConfig={"PageSize": _SAGEMAKER_PAGE},
        **asked,
    )
    for page in pages:
        for found in page["PipelineExecutionSummaries"]:
            status = found["PipelineExecutionStatus"]
            name = found.get("PipelineExecutionDisplayName", "")
            yield Execution(
                found["PipelineExecutionArn"],
                GOES_ON.get(status, status.upper()),
                found["StartTime"],
                name,
                listed_failure=found.get("PipelineExecutionFailureReason", ""),
            )


def machine_input(step_functions: SFNClient, execution_arn: str) -> dict[str, Any]:
    """Return the input that an execution of a state machine was started with; empty if it is not a JSON object."""
    try:
        given = json.loads(step_functions.describe_execution(executionArn=execution_arn).get("input") or "")
    except ValueError:
        return {}
    return given if isinstance(given, dict) else {}


def pipeline_input(sagemaker: SageMakerClient, execution_arn: str) -> dict[str, Any]:
    """Return the parameters that an execution of a SageMaker pipeline was started with, without empty ones."""
    pages = sagemaker.get_paginator("list_pipeline_parameters_for_execution").paginate(
        PipelineExecutionArn=execution_arn
    )
    given = {entry["Name"]: entry["Value"] for page in pages for entry in page["PipelineParameters"]}
    return {name: value for name, value in given.items() if value}
