"""The cost of a backfill, estimated from past runs."""

from __future__ import annotations

from itertools import islice
from statistics import median
from typing import TYPE_CHECKING

from partitioned_pipelines.cli.runs.executions.execution import list_jobs
from partitioned_pipelines.cli.runs.executions.execution_list import list_executions
from partitioned_pipelines.lake.runs.usage import JobUsage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from partitioned_pipelines.cli.target.target import Cloud

_PAST_RUNS = 5
_HOUR = 3600


def hours_of_a_run(cloud: Cloud, outputs: Mapping[str, str]) -> float | None:
    """Return the median of the instance-hours of the last successful runs; None if no run has succeeded yet."""
    succeeded = (one for one in list_executions(cloud, outputs, ("SUCCEEDED",)) if one.status == "SUCCEEDED")
    # A successful run without a job did nothing: its event was a duplicate, or its input was missing.
    past = [
        hours for one in islice(succeeded, 2 * _PAST_RUNS) if (hours := _instance_hours(cloud, one.arn)) is not None
    ]
    return median(past[:_PAST_RUNS]) if past else None


def _instance_hours(cloud: Cloud, execution_arn: str) -> float | None:
    jobs = list_jobs(cloud, execution_arn)
    if not jobs:
        return None
    hours = 0.0
    for job in jobs:
        described = cloud.sagemaker.describe_processing_job(ProcessingJobName=job.job_name)
        usage = JobUsage.of_description(job.step, described)
        hours += (usage.seconds or 0.0) / _HOUR * usage.instance_count
    return hours
