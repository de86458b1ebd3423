"""ListProcessingJobs: filters, order and pages."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from cloud_under_test.processing_jobs import job_request, wait_for_job

if TYPE_CHECKING:
    from collections.abc import Callable

Aws = Any
ENDS = ("Completed", "Failed", "Stopped")


@pytest.fixture
def jobs(aws: Callable[[str], Aws], bucket: str, image_uri: str, name: str) -> list[str]:
    """Eleven jobs in the order of their creation, whose names sort in reverse; the last one has failed."""
    names = [f"{name}-{11 - number:02}" for number in range(11)]
    for job in names:
        script = "raise SystemExit('bad')" if job == names[-1] else ""
        aws("sagemaker").create_processing_job(**job_request(aws("s3"), bucket, image_uri, job, script))
        wait_for_job(aws("sagemaker"), job, ENDS)
    return names


def listed(answer: dict[str, Any]) -> list[str]:
    return [summary["ProcessingJobName"] for summary in answer["ProcessingJobSummaries"]]


def test_jobs_are_found_sorted_and_paged(aws: Callable[[str], Aws], jobs: list[str], name: str) -> None:
    sagemaker = aws("sagemaker")
    first = sagemaker.list_processing_jobs(NameContains=name)
    assert listed(first) == jobs[:10], "by creation, and no more than a page"
    assert listed(sagemaker.list_processing_jobs(NameContains=name, NextToken=first["NextToken"])) == jobs[10:]

    pages = list(
        sagemaker.get_paginator("list_processing_jobs").paginate(NameContains=name, SortBy="Name", MaxResults=4)
    )
    assert [len(listed(page)) for page in pages] == [4, 4, 3]
    assert [job for page in pages for job in listed(page)] == jobs[::-1]
    newest = sagemaker.list_processing_jobs(NameContains=name, SortOrder="Descending", MaxResults=1)
    assert listed(newest) == jobs[-1:]

    failed = sagemaker.list_processing_jobs(NameContains=name, StatusEquals="Failed")
    assert listed(failed) == jobs[-1:]
    assert "exit code: 1" in failed["ProcessingJobSummaries"][0]["FailureReason"]
    assert "NextToken" not in failed

    created = sagemaker.describe_processing_job(ProcessingJobName=jobs[4])["CreationTime"]
    moment = dt.timedelta(milliseconds=1)
    around = {"CreationTimeAfter": created - moment, "CreationTimeBefore": created + moment}
    assert listed(sagemaker.list_processing_jobs(NameContains=name, **around)) == [jobs[4]]
    ended = sagemaker.describe_processing_job(ProcessingJobName=jobs[4])["LastModifiedTime"]
    later = sagemaker.list_processing_jobs(NameContains=name, LastModifiedTimeAfter=ended + moment, MaxResults=100)
    assert listed(later) == jobs[5:]


def test_a_token_that_was_never_given_is_refused(aws: Callable[[str], Aws]) -> None:
    with pytest.raises(ClientError, match="Invalid NextToken 'x'") as caught:
        aws("sagemaker").list_processing_jobs(NextToken="x")
    assert caught.value.response["Error"]["Code"] == "ValidationException"
