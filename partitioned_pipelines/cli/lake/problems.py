"""Calls that fail, as problems beside what could be read: which service, which call, and the permission that is missing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from partitioned_pipelines.operations.lake_state.documents.lake import Problem
from partitioned_pipelines.runtime.catalog import RegistrationError

if TYPE_CHECKING:
    from collections.abc import Mapping

FAILURES = (ClientError, BotoCoreError, RegistrationError)
"""The exceptions of a call that leaves the rest of the lake readable."""

ACTIONS: Final[Mapping[str, str]] = {
    "BatchGetPartition": "glue:BatchGetPartition",
    "DescribeLogStreams": "logs:DescribeLogStreams",
    "DescribePipelineDefinitionForExecution": "sagemaker:DescribePipelineDefinitionForExecution",
    "DescribePipelineExecution": "sagemaker:DescribePipelineExecution",
    "DescribeProcessingJob": "sagemaker:DescribeProcessingJob",
    "DescribeStacks": "cloudformation:DescribeStacks",
    "DescribeExecution": "states:DescribeExecution",
    "DescribeStateMachineForExecution": "states:DescribeStateMachineForExecution",
    "GetExecutionHistory": "states:GetExecutionHistory",
    "GetLogEvents": "logs:GetLogEvents",
    "GetObject": "s3:GetObject",
    "GetPartition": "glue:GetPartition",
    "GetPartitions": "glue:GetPartitions",
    "GetSchedule": "scheduler:GetSchedule",
    "ListExecutions": "states:ListExecutions",
    "ListObjectsV2": "s3:ListBucket",
    "ListPipelineExecutions": "sagemaker:ListPipelineExecutions",
    "ListPipelineExecutionSteps": "sagemaker:ListPipelineExecutionSteps",
    "ListPipelineParametersForExecution": "sagemaker:ListPipelineParametersForExecution",
    "ListProcessingJobs": "sagemaker:ListProcessingJobs",
}
"""The IAM actions of the operations that the readers call."""
SERVICES: Final[Mapping[str, str]] = {
    "cloudformation": "CloudFormation",
    "glue": "Glue",
    "logs": "CloudWatch Logs",
    "s3": "S3",
    "sagemaker": "SageMaker",
    "scheduler": "EventBridge Scheduler",
    "states": "Step Functions",
}
"""The services, by the prefix of their IAM actions."""

_DENIED = re.compile(r"AccessDenied|AccessDeniedException|UnauthorizedOperation|NotAuthorized|Forbidden|403")
_NAMED = re.compile(r"not authorized to perform: ([a-z0-9-]+:[A-Za-z0-9]+)")


def problem_of(subject: str, error: Exception) -> Problem:
    """Return a failure of a call as a problem.

    Parameters
    ----------
    subject
        The table or the pipeline that was read; empty for the lake.
    """
    if isinstance(error, RegistrationError):
        return Problem(subject, "Glue", "GetPartitions", _first_line(str(error)))
    if not isinstance(error, ClientError):
        return Problem(subject, "", "", _first_line(str(error) or type(error).__name__))
    operation, said = error.operation_name, error.response.get("Error", {})
    code, message = str(said.get("Code", "")), str(said.get("Message", ""))
    action = ACTIONS.get(operation, "")
    named = _NAMED.search(message)
    right = (named[1] if named else action or None) if _DENIED.fullmatch(code) else None
    return Problem(
        subject,
        SERVICES.get((action or right or "").partition(":")[0], ""),
        operation,
        _first_line(f"{code}: {message}" if message else code),
        right,
    )


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "")
