"""The subscribers of the lake's topic, from ``notify`` of deployment.yaml."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from aws_cdk import CfnResource
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct

from partitioned_pipelines.spec import SlackSubscriber, Subscriber
from stacks.iam.arns import PARTITION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from partitioned_pipelines.spec import NotifyEntry, SlackChannel


class Subscriptions(Construct):
    """The subscriptions of addresses, and the Slack channels of Amazon Q Developer in chat applications."""

    def __init__(
        self, scope: Construct, construct_id: str, *, prefix: str, subscribers: Sequence[NotifyEntry], topic_arn: str
    ) -> None:
        super().__init__(scope, construct_id)
        self._prefix, self._topic_arn = prefix, topic_arn
        for entry in subscribers:
            if isinstance(entry, str | Subscriber):
                self._subscribe(Subscriber(to=entry) if isinstance(entry, str) else entry)
            elif isinstance(entry, SlackSubscriber):
                self._connect(entry.slack)

    def _subscribe(self, subscriber: Subscriber) -> None:
        """Subscribe an address; SNS sends nothing to an email address or a URL before it has confirmed."""
        sns.CfnSubscription(
            self,
            # By address, so that adding one subscriber does not replace the others, which would have to confirm again.
            f"To{_digest(subscriber.to)}",
            topic_arn=self._topic_arn,
            protocol=_protocol(subscriber.to),
            endpoint=subscriber.to,
            filter_policy={"pipeline": list(subscriber.only)} if subscriber.only else None,
        )

    def _connect(self, slack: SlackChannel) -> None:
        """Connect a channel, with a role that has no permissions: nobody can run commands from there.

        https://docs.aws.amazon.com/chatbot/latest/adminguide/understanding-permissions.html
        """
        digest = _digest(f"{slack.workspace}/{slack.channel}")
        role = iam.Role(
            self,
            f"Slack{digest}Role",
            assumed_by=iam.ServicePrincipal("chatbot.amazonaws.com"),
            description=f"Shows the notices of {self._prefix} in Slack; has no permissions",
        )
        CfnResource(
            self,
            f"Slack{digest}",
            type="AWS::Chatbot::SlackChannelConfiguration",
            properties={
                "ConfigurationName": f"{self._prefix}-notices-{slack.channel}",
                "SlackWorkspaceId": slack.workspace,
                "SlackChannelId": slack.channel,
                "SnsTopicArns": [self._topic_arn],
                "IamRoleArn": role.role_arn,
                # Without a guardrail, AWS would set AdministratorAccess.
                "GuardrailPolicies": [f"arn:{PARTITION}:iam::aws:policy/AWSDenyAll"],
            },
        )


def _protocol(address: str) -> str:
    if address.startswith("https://"):
        return "https"
    return address.split(":")[2] if address.startswith("arn:") else "email"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
