"""ListProcessingJobs: filters, order and pages.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListProcessingJobs.html
"""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from moto.core.responses import ActionResult
from moto.sagemaker.responses import SageMakerResponse

from local_cloud.patching import replace
from local_cloud.sagemaker.pages import sagemaker_page

if TYPE_CHECKING:
    from collections.abc import Callable

    from local_cloud.sagemaker.processing_job import ProcessingJob

# AWS documents no default. Short, so that clients which ignore NextToken fail.
_DEFAULT_PAGE = 10
_TIMES: dict[str, Callable[[ProcessingJob], dt.datetime]] = {
    "CreationTime": lambda job: job.creation_time,
    "LastModifiedTime": lambda job: job.last_modified_time,
}
_SORT_KEYS: dict[str, Callable[[ProcessingJob], Any]] = {
    "CreationTime": lambda job: job.creation_time,
    "Name": lambda job: job.processing_job_name,
    "Status": lambda job: job.processing_job_status,
}


def list_jobs_in_order() -> None:
    """Replace moto's operation."""
    # moto: SageMaker's ListProcessingJobs makes pages before it filters, and does not sort; not reported yet: pages are of the filtered jobs,
    # sorted by SortBy and SortOrder.
    replace(SageMakerResponse, "list_processing_jobs", _list_processing_jobs)


def _list_processing_jobs(self: SageMakerResponse) -> ActionResult:
    request: dict[str, Any] = json.loads(self.body)
    jobs: dict[str, Any] = self.sagemaker_backend.processing_jobs
    found = sorted(
        (job for job in list(jobs.values()) if _matches(job, request)),
        key=_SORT_KEYS[request.get("SortBy", "CreationTime")],
    )
    if request.get("SortOrder") == "Descending":
        found.reverse()
    answer = sagemaker_page("ProcessingJobSummaries", found, request, _DEFAULT_PAGE)
    return ActionResult(
        answer | {"ProcessingJobSummaries": [_summary(job) for job in answer["ProcessingJobSummaries"]]}
    )


def _matches(job: ProcessingJob, request: dict[str, Any]) -> bool:
    if request.get("NameContains", "") not in job.processing_job_name:
        return False
    if request.get("StatusEquals", job.processing_job_status) != job.processing_job_status:
        return False
    for name, time_of in _TIMES.items():
        time = time_of(job).replace(tzinfo=dt.UTC).timestamp()
        if not request.get(f"{name}After", float("-inf")) < time < request.get(f"{name}Before", float("inf")):
            return False
    return True


def _summary(job: ProcessingJob) -> dict[str, Any]:
    told = {
        "ProcessingJobName": job.processing_job_name,
        "ProcessingJobArn": job.arn,
        "CreationTime": job.creation_time,
        "ProcessingEndTime": job.processing_end_time,
        "LastModifiedTime": job.last_modified_time,
        "ProcessingJobStatus": job.processing_job_status,
        "FailureReason": job.failure_reason,
        "ExitMessage": job.exit_message,
    }
    return {name: value for name, value in told.items() if value}
