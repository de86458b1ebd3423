"""Messages to dead-letter queues: of rules, of schedules and of functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_cloud.clients import client

if TYPE_CHECKING:
    from collections.abc import Mapping


def send_to_queue(
    queue_arn: str, body: str, attributes: Mapping[str, str | int], *, role_arn: str | None = None
) -> None:
    """Send a message with attributes to a queue.

    Parameters
    ----------
    role_arn
        The role that sends it; the cloud's owner if None.

    Raises
    ------
    ClientError
        If the queue does not exist, or rejects the message.
    """
    region, name = queue_arn.split(":")[3], queue_arn.rpartition(":")[2]
    url = client("sqs", region).get_queue_url(QueueName=name)["QueueUrl"]
    client("sqs", region, role_arn=role_arn).send_message(
        QueueUrl=url,
        MessageBody=body,
        MessageAttributes={
            key: {"DataType": "Number" if isinstance(value, int) else "String", "StringValue": str(value)}
            for key, value in attributes.items()
        },
    )
