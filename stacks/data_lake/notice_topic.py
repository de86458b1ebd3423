"""The topic of the lake's notices: failed runs of all pipelines, and the lake's alarms."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct

from stacks.iam.arns import ACCOUNT_ID, arn

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms


class NoticeTopic(Construct):
    """The topic of the whole lake, to which an address is subscribed and confirmed only once.

    The name is fixed: the pipelines' stacks compose the topic's ARN, so that no export is needed.

    Attributes
    ----------
    arn
        The topic's ARN.
    """

    def __init__(self, scope: Construct, construct_id: str, *, prefix: str, key: kms.IKey | None) -> None:
        super().__init__(scope, construct_id)
        topic = sns.Topic(
            self,
            "Topic",
            topic_name=_topic_name(prefix),
            display_name=f"Notices of the pipelines {prefix}",
            enforce_ssl=True,
        )
        self.arn = topic.topic_arn
        if key is not None:
            # Not set as the topic's master_key, because a rule's target would then allow EventBridge to use the key without conditions.
            cast("sns.CfnTopic", topic.node.default_child).kms_master_key_id = key.key_arn
        topic.add_to_resource_policy(self._events_statement())
        topic.add_to_resource_policy(self._alarms_statement(prefix))

    def _events_statement(self) -> iam.PolicyStatement:
        """Allow the pipelines' rules to publish.

        EventBridge does not support conditions in a topic's policy, so that rules of any account are allowed:
        https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sns-permissions
        """
        return iam.PolicyStatement(
            sid="RulesOfEventBridge",
            principals=[iam.ServicePrincipal("events.amazonaws.com")],
            actions=["sns:Publish"],
            resources=[self.arn],
        )

    def _alarms_statement(self, prefix: str) -> iam.PolicyStatement:
        """Allow this deployment's alarms to publish: https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html."""
        return iam.PolicyStatement(
            sid="AlarmsOfTheLake",
            principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
            actions=["sns:Publish"],
            resources=[self.arn],
            conditions={
                "ArnLike": {"aws:SourceArn": arn("cloudwatch", f"alarm:{prefix}-*")},
                "StringEquals": {"aws:SourceAccount": ACCOUNT_ID},
            },
        )


def notice_topic_arn(prefix: str) -> str:
    """Return the ARN of the lake's topic, for the stacks that do not contain it."""
    return arn("sns", _topic_name(prefix))


def _topic_name(prefix: str) -> str:
    return f"{prefix}-notices"
