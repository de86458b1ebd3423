"""The states that run processing jobs, in parallel if no step of one depends on a step of another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stacks.iam.arns import integration_arn
from stacks.orchestrators.requests import job_request
from stacks.orchestrators.step_functions.expressions import in_states_language, layer_name, step_plan_path
from stacks.orchestrators.step_functions.retries import (
    CREATE_RETRY,
    MINUTE,
    QUOTA_RETRY,
    START_AND_UPLOAD_SECONDS,
    longest_wait_seconds,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from partitioned_pipelines.spec import Job, Pipeline, Step
    from stacks.orchestrators.resources import WorkflowResources


def layer_state(
    pipeline: Pipeline, layer: Sequence[Job], number: int, resources: WorkflowResources
) -> tuple[str, dict[str, Any]]:
    """Build the state of a layer, with its name: the job's own state, or a Parallel state with a branch for each job."""
    if len(layer) == 1:
        (job,) = layer
        return job.name, _job(pipeline, job, resources, {"ResultPath": f"$.results.{job.first.name}"})
    name = layer_name(number)
    return name, {
        "Type": "Parallel",
        "Branches": [
            {"StartAt": job.name, "States": {job.name: _job(pipeline, job, resources, {"End": True})}} for job in layer
        ],
        "ResultSelector": {f"{job.first.name}.$": f"$[{index}]" for index, job in enumerate(layer)},
        "ResultPath": f"$.results.{name}",
    }


def layer_seconds(layer: Sequence[Job]) -> int:
    """Return the maximum duration of a layer, with its retries and the waits before them, in seconds."""
    waits = longest_wait_seconds(QUOTA_RETRY, CREATE_RETRY)
    return max(
        _job_seconds(job) * (1 + job.first.retries) + waits + longest_wait_seconds(_failed_job_retry(job.first))
        for job in layer
    )


def _job(pipeline: Pipeline, job: Job, resources: WorkflowResources, after: dict[str, Any]) -> dict[str, Any]:
    step = job.first
    return {
        "Type": "Task",
        "Resource": integration_arn("sagemaker:createProcessingJob.sync"),
        "Parameters": {
            # The name of a failed attempt cannot be reused: each call of States.UUID() returns a new one.
            "ProcessingJobName.$": f"States.Format('{{}}-{{}}', {step_plan_path(step.name, 'job_stem')}, States.UUID())",
            **in_states_language(pipeline, job_request(pipeline, job, resources)),
        },
        # Only references, never lists that grow: the state is limited to 256 KiB.
        "ResultSelector": {
            "ProcessingJobArn.$": "$.ProcessingJobArn",
            "ProcessingJobStatus.$": "$.ProcessingJobStatus",
            "ProcessingOutputConfig.$": "$.ProcessingOutputConfig",
            "CreationTime.$": "$.CreationTime",
            # Paths that find any number of values: a run must not fail for want of a time that only its receipt keeps.
            "ProcessingStartTime.$": "$..ProcessingStartTime",
            "ProcessingEndTime.$": "$..ProcessingEndTime",
        },
        **after,
        "Retry": [QUOTA_RETRY, CREATE_RETRY, *([_failed_job_retry(step)] if step.retries else [])],
        "TimeoutSeconds": _job_seconds(job),
    }


def _failed_job_retry(step: Step) -> dict[str, Any]:
    """Return the retry of failed jobs: another attempt rarely helps, and each attempt costs money."""
    return {"ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 60, "MaxAttempts": step.retries, "BackoffRate": 2}


def _job_seconds(job: Job) -> int:
    return job.timeout_minutes * MINUTE + START_AND_UPLOAD_SECONDS
