"""The processing jobs of a run, and the times of its states."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from partitioned_pipelines.cli.runs.results.cost_report import amount_number
from partitioned_pipelines.lake.runs.shared_job import steps_of_job
from partitioned_pipelines.operations.lake_state.documents.run import Job, RunState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from partitioned_pipelines.cli.lake.runs.timeline import StateAttempt
    from partitioned_pipelines.cli.target.target import Cloud
    from partitioned_pipelines.lake.runs.usage import JobUsage

    JobDescription = Mapping[str, Any]

_UNKNOWN = ("ValidationException", "ResourceNotFound")


def describe_job(cloud: Cloud, name: str) -> JobDescription | None:
    """Return the description of a job; None if SageMaker does not know it."""
    try:
        return cloud.sagemaker.describe_processing_job(ProcessingJobName=name)
    except ClientError as error:
        if error.response["Error"]["Code"] in _UNKNOWN:
            return None
        raise


def state_of(attempt: StateAttempt, job: JobDescription | None) -> RunState:
    """Return an attempt with its times: a job waits for its machine until it processes."""
    begun = job.get("ProcessingStartTime") if job else None
    working_since = begun or attempt.started_at
    return RunState(
        name=attempt.state,
        attempt=attempt.number,
        at=attempt.started_at,
        waited=max((begun - attempt.started_at).total_seconds(), 0.0) if begun else None,
        worked=max((attempt.ended_at - working_since).total_seconds(), 0.0) if attempt.ended_at else None,
        status=attempt.status,
        job=attempt.job,
        error=attempt.error,
    )


def job_of(name: str, step: str, job: JobDescription | None, usage: JobUsage | None, amount: Decimal | None) -> Job:
    """Return a job of a step.

    Parameters
    ----------
    job
        SageMaker's description; None if it does not know the job.
    usage
        What it used, from SageMaker or a receipt; None if neither knows.
    amount
        What that costs.
    """
    described = job or {}
    return Job(
        name=name,
        step=step,
        type=usage.instance_type if usage else None,
        count=usage.instance_count if usage else None,
        seconds=usage.seconds if usage else None,
        amount=amount_number(amount),
        status=described.get("ProcessingJobStatus"),
        exit=described.get("ExitMessage") or described.get("FailureReason"),
        steps=steps_of_job(described) or (usage.steps if usage else ()),
    )


def last_job(timeline: Sequence[StateAttempt]) -> str | None:
    """Return the name of the job that was started last; None if there is none."""
    return next((each.job for each in reversed(timeline) if each.job), None)
