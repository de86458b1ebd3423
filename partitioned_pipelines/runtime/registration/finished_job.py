"""The job whose output is published: its completion and its creation time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.lake.function_events.requests import InvalidRequestError
from partitioned_pipelines.lake.runs.document_values import time_value

if TYPE_CHECKING:
    from collections.abc import Mapping

_EARLIEST = datetime(2017, 11, 29, tzinfo=UTC)  # SageMaker's launch: epoch seconds read as milliseconds are earlier
_CLOCK_SKEW = timedelta(hours=1)


class UnfinishedJobError(RuntimeError):
    """The job did not complete, so that its output may be partial."""


class InvalidCreationTimeError(ValueError):
    """A job's CreationTime is missing, unreadable or implausible."""


def require_completed(event: Mapping[str, Any]) -> None:
    """Raise UnfinishedJobError if the job in RegisterPartitions' payload has not completed.

    A job may be stopped by its MaxRuntimeInSeconds or manually. AWS does not document whether its state or step then fails:
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProcessingStoppingCondition.html
    """
    try:
        source, pipeline = event["source"], event["run"]["pipeline"]
        days = f"--from {event['run']['process_start']} --to {event['run']['process_end']}"
        status, arn = source["processing_job_status"], source["processing_job_arn"]
    except (KeyError, TypeError) as error:
        raise InvalidRequestError(f"RegisterPartitions' payload is incomplete: {error!r}") from error
    # The result of `.sync` may be the job's event, in which some values are upper case, unlike in DescribeProcessingJob.
    if str(status).casefold() != "completed":
        raise UnfinishedJobError(
            f"the job {str(arn).rpartition('/')[2]} is {status}, not Completed; nothing was published. If it reached its time limit, raise "
            f"the step's timeout_minutes; then run its days again: pipelines run {pipeline} {days}"
        )


def parse_creation_time(value: object, now: datetime) -> datetime:
    """Parse a job's CreationTime, truncated to seconds like S3's LastModified.

    Parameters
    ----------
    value
        Epoch milliseconds, or ISO 8601 with an offset.
    now
        The current time, with a timezone; a creation time in the future is rejected as implausible.
    """
    try:
        created = time_value(value).replace(microsecond=0)
    except ValueError as error:
        raise InvalidCreationTimeError(f"CreationTime is {value!r}: expected epoch milliseconds or ISO 8601") from error
    if not _EARLIEST <= created <= now + _CLOCK_SKEW:
        raise InvalidCreationTimeError(
            f"CreationTime is {value!r}, which is {created.isoformat()}: implausible for a job that just succeeded"
        )
    return created
