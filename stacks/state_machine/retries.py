"""What a state tries again, and how long that may take."""

from __future__ import annotations

MINUTE = 60
CAPACITY_ATTEMPTS, LONGEST_WAIT_SECONDS = 8, 15 * MINUTE
# What a job's own limit does not count: finding an instance, loading the image and the inputs, uploading the outputs.
START_AND_UPLOAD_SECONDS = 45 * MINUTE
LAMBDA_SECONDS = 16 * MINUTE
# Athena's own limit for a statement that changes the catalog: https://docs.aws.amazon.com/athena/latest/ug/service-limits.html
QUERY_SECONDS = 610 * MINUTE
QUERY_ATTEMPTS = 5

LAMBDA_RETRY = {
    "ErrorEquals": [
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
CAPACITY_RETRY = {
    "ErrorEquals": ["SageMaker.ResourceLimitExceededException", "SageMaker.ThrottlingException"],
    "IntervalSeconds": 30,
    "MaxAttempts": CAPACITY_ATTEMPTS,
    "BackoffRate": 2,
    "MaxDelaySeconds": LONGEST_WAIT_SECONDS,
    "JitterStrategy": "FULL",
}
# The catch-all for what CreateProcessingJob answers: a hiccup of the service, but a mistake as well, so its attempts are few.
CREATE_RETRY = {
    "ErrorEquals": ["SageMaker.AmazonSageMakerException"],
    "IntervalSeconds": 15,
    "MaxAttempts": 2,
    "BackoffRate": 2,
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
