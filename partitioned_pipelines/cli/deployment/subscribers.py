"""The subscribers of the lake's notices that have not confirmed their subscription, and therefore receive nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from partitioned_pipelines.cli.terminal.output import note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from partitioned_pipelines.cli.target.target import Cloud

# https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptionsByTopic.html
_PENDING = "PendingConfirmation"


def unconfirmed(cloud: Cloud, topic_arn: str) -> list[str]:
    """Return the addresses that were asked to confirm their subscription of a topic and have not, sorted."""
    pages = cloud.sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic_arn)
    return sorted(
        found["Endpoint"] for page in pages for found in page["Subscriptions"] if found["SubscriptionArn"] == _PENDING
    )


def report_unconfirmed(cloud: Cloud, stack: str) -> None:
    """Report who has not confirmed; if the list cannot be read, that is only a warning, because the deployment has succeeded."""
    topic_arn = cloud.stack_outputs(stack)["NotificationTopicArn"]
    try:
        pending = unconfirmed(cloud, topic_arn)
    except ClientError as error:
        note(f"the subscribers of {topic_arn} cannot be listed: {error}", style="yellow")
        return
    if pending:
        note(_text(pending), style="yellow")


def _text(pending: Sequence[str]) -> str:
    who = f"{pending[0]} has" if len(pending) == 1 else f"{', '.join(pending)} have"
    return f"{who} not confirmed and will not be notified: follow the link in the email from AWS Notifications (it may be spam)"
