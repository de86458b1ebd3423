"""The topic of the lake's notices: failed runs of all pipelines, and the lake's alarms."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct

from stacks.iam.arns import ACCOUNT_ID, arn

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms

    from stacks.settings import DeploymentSettings


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
        topic.add_to_resource_policy(self._alarms_statement(prefix))

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


def notices_arn(settings: DeploymentSettings) -> str:
    """Return the ARN of the topic of a deployment's notices: an existing one, or the lake's."""
    return settings.existing_topic or notice_topic_arn(settings.prefix)


def notice_topic_arn(prefix: str) -> str:
    """Return the ARN of the lake's topic, for the stacks that do not contain it."""
    return arn("sns", _topic_name(prefix))


def _topic_name(prefix: str) -> str:
    return f"{prefix}-notices"
