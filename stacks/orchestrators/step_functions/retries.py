"""The retries of the states, and their maximum durations."""

from __future__ import annotations

from typing import Any

from stacks.orchestrators.orchestrator import LONGEST_CALL_MINUTES

MINUTE = 60
# The time outside a job's own limit: finding an instance, loading the image and the inputs, uploading the outputs.
START_AND_UPLOAD_SECONDS = 45 * MINUTE
LAMBDA_SECONDS = (LONGEST_CALL_MINUTES + 1) * MINUTE
# Athena's own limit for a statement that changes the catalog: https://docs.aws.amazon.com/athena/latest/ug/service-limits.html
QUERY_SECONDS = 610 * MINUTE
QUERY_ATTEMPTS = 5

# https://docs.aws.amazon.com/step-functions/latest/dg/bp-lambda-serviceexception.html
LAMBDA_RETRY: dict[str, Any] = {
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
# A function that was killed or timed out, by its older and newer error names, or a busy catalog. Both functions can be repeated: PlanRun
# finds its own claim, and RegisterPartitions finds its registered partitions.
FUNCTION_RETRY: dict[str, Any] = {
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
# A quota in use and a quota of 0 are the same error and differ only in the message, which a Retry cannot read. The retries therefore take
# minutes: long enough for a short job to end, short enough for a quota of 0 to be noticed. A redrive continues at the same step.
QUOTA_RETRY: dict[str, Any] = {
    "ErrorEquals": ["SageMaker.ResourceLimitExceededException"],
    "IntervalSeconds": 30,
    "MaxAttempts": 6,
    "BackoffRate": 2,
    "MaxDelaySeconds": 5 * MINUTE,
    "JitterStrategy": "FULL",
}
# The catch-all for errors of CreateProcessingJob. It includes throttling, which pipelines that start simultaneously can cause, and permanent
# errors, which should be reported within minutes: many attempts in a short time.
CREATE_RETRY: dict[str, Any] = {
    "ErrorEquals": ["SageMaker.AmazonSageMakerException", "SageMaker.ThrottlingException"],
    "IntervalSeconds": 2,
    "MaxAttempts": 20,
    "BackoffRate": 1.5,
    "MaxDelaySeconds": 30,
    "JitterStrategy": "FULL",
}

# Another writer finishes, or its lease expires: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
LEASE_RETRY: dict[str, Any] = {
    "ErrorEquals": ["LeaseHeldError", "LeaseLostError"],
    "IntervalSeconds": 30,
    "MaxAttempts": 10,
    "BackoffRate": 1.5,
    "MaxDelaySeconds": 300,
    "JitterStrategy": "FULL",
}

# Names of the errors of a start that was refused: the account's number of open executions, and the rate of calls.
# https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
NESTED_START_RETRY = {
    "ErrorEquals": ["StepFunctions.ExecutionLimitExceededException", "StepFunctions.ThrottlingException"],
    "IntervalSeconds": 2,
    "MaxAttempts": 10,
    "BackoffRate": 2,
    "MaxDelaySeconds": 5 * MINUTE,
    "JitterStrategy": "FULL",
}

# Athena queues queries itself; it refuses only too many concurrent calls.
QUERY_RETRY: dict[str, Any] = {
    "ErrorEquals": ["Athena.TooManyRequestsException", "Athena.InternalServerException"],
    "IntervalSeconds": 10,
    "MaxAttempts": QUERY_ATTEMPTS,
    "BackoffRate": 2,
    "JitterStrategy": "FULL",
}


def longest_wait_seconds(*retriers: dict[str, Any]) -> int:
    """Return the sum of the maximum waits before all attempts of these retriers, in seconds."""
    return sum(
        round(
            min(retrier["IntervalSeconds"] * retrier["BackoffRate"] ** attempt, retrier.get("MaxDelaySeconds", 10**9))
        )
        for retrier in retriers
        for attempt in range(retrier["MaxAttempts"])
    )


def lambda_attempts(*retriers: dict[str, Any]) -> int:
    """Return the maximum number of calls of a function, assuming that each call uses its full time."""
    return 1 + sum(int(retrier["MaxAttempts"]) for retrier in retriers)
