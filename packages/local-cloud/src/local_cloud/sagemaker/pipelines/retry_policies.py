"""Retry policies of steps.

https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-retry-policy.html
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

_DEFAULT_INTERVAL_SECONDS = 1
_DEFAULT_BACKOFF_RATE = 2.0
_DEFAULT_MAX_ATTEMPTS = 5
_SECONDS_IN_A_MINUTE = 60
_THROTTLED = ("Throttling", "TooManyRequests", "RequestLimitExceeded")


def exception_type_of_call(code: str, status: int) -> str | None:
    """Return the exception type of a failed API call for retry policies, or None if it has none."""
    if code.startswith(_THROTTLED):
        return "Step.THROTTLING"
    if code == "ResourceLimitExceeded":
        return "SageMaker.RESOURCE_LIMIT"
    return "Step.SERVICE_FAULT" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else None


def exception_type_of_job(failure_reason: str) -> str | None:
    """Return the exception type of a failed job for retry policies, or None if its own code failed."""
    if failure_reason.startswith("InternalServerError"):
        return "SageMaker.JOB_INTERNAL_ERROR"
    return "SageMaker.CAPACITY_ERROR" if failure_reason.startswith("CapacityError") else None


def pause_before_retry(
    policies: list[dict[str, Any]], exception_type: str | None, attempts: int, elapsed_seconds: float
) -> float | None:
    """Return the seconds to wait before the next attempt, or None if no policy allows one.

    Parameters
    ----------
    attempts
        The number of attempts so far, including the first.
    elapsed_seconds
        The time since the step started.
    """
    for policy in policies:
        if exception_type is None or exception_type not in policy["ExceptionType"]:
            continue
        if "ExpireAfterMin" in policy:
            if elapsed_seconds >= policy["ExpireAfterMin"] * _SECONDS_IN_A_MINUTE:
                return None
        elif attempts > policy.get("MaxAttempts", _DEFAULT_MAX_ATTEMPTS):
            return None
        interval: float = policy.get("IntervalSeconds", _DEFAULT_INTERVAL_SECONDS)
        return interval * float(policy.get("BackoffRate", _DEFAULT_BACKOFF_RATE)) ** (attempts - 1)
    return None
