"""Whether the job whose output is to be published did all its work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from partitioned_pipelines.lake.function_events.requests import InvalidRequestError

if TYPE_CHECKING:
    from collections.abc import Mapping


class UnfinishedJobError(RuntimeError):
    """The job ended before its work did, so that what it wrote may be a part of its output."""


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
