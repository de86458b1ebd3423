"""The states by which a backfill starts an execution of a SageMaker pipeline, and polls it: there is no integration that waits for its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stacks.iam.arns import integration_arn
from stacks.orchestrators.orchestrator import BackfillRun

if TYPE_CHECKING:
    from collections.abc import Mapping

# A client token has at least 32 characters: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StartPipelineExecution.html
_TOKEN = "States.Format('partitioned-pipelines-backfill-run-{}', $.item.name)"  # noqa: S105  # an idempotency token
# The generic error includes throttling, which many simultaneous starts can cause.
_CALL_RETRY = {
    "ErrorEquals": [
        "SageMaker.ConflictException",
        "SageMaker.ResourceLimitExceededException",
        "SageMaker.SageMakerException",
        "SageMaker.ThrottlingException",
    ],
    "IntervalSeconds": 2,
    "MaxAttempts": 10,
    "BackoffRate": 2,
    "MaxDelaySeconds": 300,
    "JitterStrategy": "FULL",
}


def backfill_run(pipeline_name: str) -> BackfillRun:
    """Return the states; their input is a `BackfillItem` with ``poll_seconds``."""
    start = {
        "PipelineName": pipeline_name,
        "PipelineExecutionDisplayName.$": "$.item.name",
        "PipelineParameters.$": "$.item.input",
        # A retried start finds the execution of the first.
        "ClientRequestToken.$": _TOKEN,
    }
    describe = {"PipelineExecutionArn.$": "$.run.PipelineExecutionArn"}
    states: dict[str, Any] = {
        "StartPipeline": {
            **_call("startPipelineExecution", start, ["PipelineExecutionArn"]),
            "Next": "Wait",
        },
        "Wait": {"Type": "Wait", "SecondsPath": "$.item.poll_seconds", "Next": "Describe"},
        "Describe": {
            **_call("describePipelineExecution", describe, ["PipelineExecutionArn", "PipelineExecutionStatus"]),
            "Next": "Ended",
        },
        "Ended": {
            "Type": "Choice",
            "Choices": [
                {"Variable": "$.run.PipelineExecutionStatus", "StringEquals": status, "Next": following}
                for status, following in (("Executing", "Wait"), ("Stopping", "Wait"), ("Succeeded", "Done"))
            ],
            "Default": "NotSucceeded",
        },
        "NotSucceeded": {
            "Type": "Fail",
            "Error": "PipelineExecutionNotSucceeded",
            "CausePath": "$.run.PipelineExecutionArn",
        },
        # The results of all runs are one document in the backfill, which is limited to 256 KiB.
        "Done": {"Type": "Pass", "Parameters": {}, "End": True},
    }
    return BackfillRun("StartPipeline", states)


def _call(operation: str, parameters: Mapping[str, Any], kept: list[str]) -> dict[str, Any]:
    """Return a state that calls the API: https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html."""
    return {
        "Type": "Task",
        "Resource": integration_arn(f"aws-sdk:sagemaker:{operation}"),
        "Parameters": dict(parameters),
        "ResultSelector": {f"{name}.$": f"$.{name}" for name in kept},
        "ResultPath": "$.run",
        "Retry": [_CALL_RETRY],
    }
