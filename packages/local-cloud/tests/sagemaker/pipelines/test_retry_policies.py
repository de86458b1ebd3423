"""The retries of failed steps."""

from __future__ import annotations

from typing import Any

import pytest

from local_cloud.sagemaker.pipelines.retry_policies import (
    exception_type_of_call,
    exception_type_of_job,
    pause_before_retry,
)

THROTTLING: dict[str, Any] = {
    "ExceptionType": ["Step.THROTTLING"],
    "IntervalSeconds": 3,
    "BackoffRate": 2.0,
    "MaxAttempts": 2,
}
EXPIRING: dict[str, Any] = {"ExceptionType": ["SageMaker.CAPACITY_ERROR"], "IntervalSeconds": 5, "ExpireAfterMin": 1}


@pytest.mark.parametrize(
    ("exception_type", "attempts", "elapsed", "expected"),
    [
        ("Step.THROTTLING", 1, 0, 3),
        ("Step.THROTTLING", 2, 0, 6),
        ("Step.THROTTLING", 3, 0, None),  # the first attempt and two more
        ("SageMaker.CAPACITY_ERROR", 9, 59, 5 * 2**8),
        ("SageMaker.CAPACITY_ERROR", 2, 60, None),
        ("Step.SERVICE_FAULT", 1, 0, None),
        (None, 1, 0, None),
    ],
)
def test_a_pause_grows_until_the_policy_ends(
    exception_type: str | None, attempts: int, elapsed: float, expected: float | None
) -> None:
    assert pause_before_retry([THROTTLING, EXPIRING], exception_type, attempts, elapsed) == expected


def test_without_a_policy_there_is_one_attempt() -> None:
    assert pause_before_retry([], "Step.THROTTLING", 1, 0) is None


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("ThrottlingException", 400, "Step.THROTTLING"),
        ("TooManyRequestsException", 429, "Step.THROTTLING"),
        ("ResourceLimitExceeded", 400, "SageMaker.RESOURCE_LIMIT"),
        ("InternalFailure", 500, "Step.SERVICE_FAULT"),
        ("ValidationException", 400, None),
    ],
)
def test_a_refused_call_has_its_type(code: str, status: int, expected: str | None) -> None:
    assert exception_type_of_call(code, status) == expected


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("InternalServerError: disk", "SageMaker.JOB_INTERNAL_ERROR"),
        ("CapacityError: none left", "SageMaker.CAPACITY_ERROR"),
        ("AlgorithmError: , exit code: 1", None),
    ],
)
def test_a_failed_job_has_its_type(reason: str, expected: str | None) -> None:
    assert exception_type_of_job(reason) == expected
