"""The job whose output is published: whether it did all its work, and when it was created."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.lake.function_events.requests import InvalidRequestError
from partitioned_pipelines.lake.interval import parse_instant

if TYPE_CHECKING:
    from collections.abc import Mapping

_EARLIEST = datetime(2017, 11, 29, tzinfo=UTC)  # SageMaker's first day: epoch seconds read as milliseconds fall before
_CLOCK_SKEW = timedelta(hours=1)


class UnfinishedJobError(RuntimeError):
    """The job ended before its work did, so that what it wrote may be a part of its output."""


class InvalidCreationTimeError(ValueError):
    """A job's CreationTime is missing, unreadable or implausible."""


def require_completed(event: Mapping[str, Any]) -> None:
    """Raise UnfinishedJobError unless the job of RegisterPartitions' payload has completed.

    A job is stopped at its MaxRuntimeInSeconds, or by somebody, and whether its state or step then fails is not documented:
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProcessingStoppingCondition.html
    """
    try:
        source, pipeline = event["source"], event["run"]["pipeline"]
        days = f"--from {event['run']['process_start']} --to {event['run']['process_end']}"
        status, arn = source["processing_job_status"], source["processing_job_arn"]
    except (KeyError, TypeError) as error:
        raise InvalidRequestError(f"RegisterPartitions' payload is incomplete: {error!r}") from error
    # The result of `.sync` may be the job's event, which writes some values in capitals where DescribeProcessingJob does not.
    if str(status).casefold() != "completed":
        raise UnfinishedJobError(
            f"the job {str(arn).rpartition('/')[2]} is {status}, not Completed; nothing was published. If it reached its time limit, raise "
            f"the step's timeout_minutes; then run its days again: pipelines run {pipeline} {days}"
        )


def parse_creation_time(value: object, now: datetime) -> datetime:
    """Read a job's CreationTime, floored to the second, as S3's LastModified is.

    Parameters
    ----------
    value
        Epoch milliseconds, or ISO 8601 with an offset.
    now
        The present, with a timezone: a job that is yet to be created is implausible.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise InvalidCreationTimeError(f"CreationTime is {value!r}: expected epoch milliseconds or ISO 8601")
    try:
        created = (
            parse_instant(value) if isinstance(value, str) else datetime.fromtimestamp(value / 1000, tz=UTC)
        ).replace(microsecond=0)
    except (ValueError, OverflowError, OSError) as error:
        raise InvalidCreationTimeError(f"CreationTime is {value!r}: expected epoch milliseconds or ISO 8601") from error
    if not _EARLIEST <= created <= now + _CLOCK_SKEW:
        raise InvalidCreationTimeError(
            f"CreationTime is {value!r}, which is {created.isoformat()}: implausible for a job that has just succeeded"
        )
    return created
