"""What a state tries again, and how long that may take."""

from __future__ import annotations

from typing import Any

from stacks.orchestrators.orchestrator import LONGEST_CALL_MINUTES

MINUTE = 60
# What a job's own limit does not count: finding an instance, loading the image and the inputs, uploading the outputs.
START_AND_UPLOAD_SECONDS = 45 * MINUTE
LAMBDA_SECONDS = (LONGEST_CALL_MINUTES + 1) * MINUTE
# Athena's own limit for a statement that changes the catalog: https://docs.aws.amazon.com/athena/latest/ug/service-limits.html
QUERY_SECONDS = 610 * MINUTE
QUERY_ATTEMPTS = 5

# https://docs.aws.amazon.com/step-functions/latest/dg/bp-lambda-serviceexception.html
LAMBDA_RETRY = {
    "ErrorEquals": [
        "Lambda.ClientExecutionTimeoutException",
        "Lambda.ServiceException",
        "Lambda.AWSLambdaException",
        "Lambda.SdkClientException",
        "Lambda.TooManyRequestsException",
    ],
    "IntervalSeconds": 2,
    "MaxAttempts": 6,
    "BackoffRate": 2,
    "JitterStrategy": "FULL",
}
# A function that was killed or timed out, by its older and its newer names, and a catalog that asks to be called again. Both functions can
# be repeated: PlanRun finds its own claim, and RegisterPartitions what it has registered.
FUNCTION_RETRY = {
    "ErrorEquals": [
        "Lambda.Unknown",
        "Runtime.ExitError",
        "Sandbox.Timedout",
        "States.Timeout",
        "ConcurrentModificationException",
        "OperationTimeoutException",
        "CatalogBusyError",
    ],
    "IntervalSeconds": 5,
    "MaxAttempts": 3,
    "BackoffRate": 2,
    "JitterStrategy": "FULL",
}
# A quota that is in use and a quota of 0 are the same error, told apart by its text alone, which no Retry can read. So this waits for minutes:
# long enough for a short job to end, short enough for a quota of 0 to be noticed. A redrive goes on at the same step.
QUOTA_RETRY = {
    "ErrorEquals": ["SageMaker.ResourceLimitExceededException"],
    "IntervalSeconds": 30,
    "MaxAttempts": 6,
    "BackoffRate": 2,
    "MaxDelaySeconds": 5 * MINUTE,
    "JitterStrategy": "FULL",
}
# The catch-all for what CreateProcessingJob answers. Throttling is among it, which several pipelines that start at once will meet, and so is a
# mistake, which is to be reported within minutes: many attempts in a short time.
CREATE_RETRY = {
    "ErrorEquals": ["SageMaker.AmazonSageMakerException", "SageMaker.ThrottlingException"],
    "IntervalSeconds": 2,
    "MaxAttempts": 20,
    "BackoffRate": 1.5,
    "MaxDelaySeconds": 30,
    "JitterStrategy": "FULL",
}

# Another writer of the table ends, or its lease does: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
LEASE_RETRY = {
    "ErrorEquals": ["LeaseHeldError", "LeaseLostError"],
    "IntervalSeconds": 30,
    "MaxAttempts": 10,
    "BackoffRate": 1.5,
    "MaxDelaySeconds": 300,
    "JitterStrategy": "FULL",
}

# Queries wait for their turn by themselves; what is refused is too many calls at once.
QUERY_RETRY = {
    "ErrorEquals": ["Athena.TooManyRequestsException", "Athena.InternalServerException"],
    "IntervalSeconds": 10,
    "MaxAttempts": QUERY_ATTEMPTS,
    "BackoffRate": 2,
    "JitterStrategy": "FULL",
}


def longest_wait_seconds(*retriers: dict[str, Any]) -> int:
    """Return how long the waits before all attempts of these retriers take at most, in seconds."""
    return sum(
        round(
            min(retrier["IntervalSeconds"] * retrier["BackoffRate"] ** attempt, retrier.get("MaxDelaySeconds", 10**9))
        )
        for retrier in retriers
        for attempt in range(retrier["MaxAttempts"])
    )


def lambda_attempts(*retriers: dict[str, Any]) -> int:
    """Return how often a function is called at most, if each call takes all of its time."""
    return 1 + sum(int(retrier["MaxAttempts"]) for retrier in retriers)
