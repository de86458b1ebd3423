"""Undelivered events, which EventBridge Scheduler sends to a dead-letter queue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from local_cloud.cloudwatch.service_metrics import put_metrics
from local_cloud.settings import region
from local_cloud.targets.dead_letter_queue import send_to_queue

if TYPE_CHECKING:
    from collections.abc import Mapping

_RETRIES = 185  # https://docs.aws.amazon.com/scheduler/latest/APIReference/API_RetryPolicy.html


class UndeliveredError(RuntimeError):
    """A target rejected an event; the message says whether the event is in a dead-letter queue."""


def undelivered(
    target: Mapping[str, Any], payload: str, values: Mapping[str, str], code: str, message: str
) -> UndeliveredError:
    """Count an event as dropped, send it to its target's dead-letter queue, and return the error to raise.

    AWS first retries according to the retry policy, which is skipped here.

    Parameters
    ----------
    values
        The context attributes in the payload.
    code, message
        The code and the message of the target's error.

    See https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
    """
    group = values["schedule-arn"].split("/")[1]
    put_metrics(region(), "AWS/Scheduler", {"ScheduleGroup": group}, {"InvocationDroppedCount": 1})
    failure = f"{target['Arn']} rejected the event: {code}: {message}"
    queue_arn = target.get("DeadLetterConfig", {}).get("Arn")
    if queue_arn is None:
        return UndeliveredError(f"{failure}. The schedule has no dead-letter queue, so the event is lost")
    attributes: dict[str, str | int] = {
        "ERROR_CODE": code,
        "ERROR_MESSAGE": message,
        "EXECUTION_ID": values["execution-id"],
        "EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts",
        "IS_PAYLOAD_TRUNCATED": "false",
        "RETRY_ATTEMPTS": str(target.get("RetryPolicy", {}).get("MaximumRetryAttempts", _RETRIES)),
        "SCHEDULED_TIME": values["scheduled-time"],
        "SCHEDULE_ARN": values["schedule-arn"],
        "TARGET_ARN": target["Arn"],
    }
    try:
        send_to_queue(queue_arn, payload, attributes)
    except ClientError as error:
        return UndeliveredError(
            f"{failure}. Its dead-letter queue {queue_arn} rejected it, too, so the event is lost: {error}"
        )
    return UndeliveredError(f"{failure}. The event is in the dead-letter queue {queue_arn}")
