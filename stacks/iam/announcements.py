"""The statements with which a function tells others that a run has published."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.lake.runs.published_event import DETAIL_TYPE, event_source
from stacks.data_lake.undelivered_queue import undelivered_queue_arn
from stacks.iam.arns import arn
from stacks.iam.key_permissions import allow_messages

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms

    from stacks.iam.role_policy import RolePolicy


def allow_announcements(policy: RolePolicy, deployment: str, key: kms.IKey | None) -> None:
    """Allow exactly this deployment's event to be put on the default bus, and an event that the bus refuses in the dead-letter queue.

    A call has several entries, so that both keys have several values, each of which must be the right one:
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html
    """
    names = {"events:source": event_source(deployment), "events:detail-type": DETAIL_TYPE}
    policy.allow(
        ["events:PutEvents"],
        [arn("events", "event-bus/default")],
        {"ForAllValues:StringEquals": names, "Null": dict.fromkeys(names, "false")},
    )
    undelivered = undelivered_queue_arn(deployment)
    policy.allow(["sqs:GetQueueUrl", "sqs:SendMessage"], [undelivered])
    allow_messages(policy, key, undelivered)
