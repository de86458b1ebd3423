"""The customer-managed key of a deployment: created by the lake's stack, or an existing one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from partitioned_pipelines.spec import CREATE
from stacks.data_lake.notice_topic import notice_topic_arn
from stacks.data_lake.undelivered_queue import undelivered_queue_arn
from stacks.iam.arns import REGION, URL_SUFFIX, arn

if TYPE_CHECKING:
    from stacks.settings import DeploymentSettings


class EncryptionKey(Construct):
    """A key with rotation, which roles of this account may use if their own policies allow it.

    Three services use the key with their own service principals instead of a role of this project, so that only the key policy can allow them:
    CloudWatch Logs for this deployment's log groups, CloudWatch for the topic to which its alarms publish, and EventBridge for the dead-letter
    queue. The policy of an existing key belongs to its owner and is not changed.
    """

    def __init__(self, scope: Construct, construct_id: str, *, settings: DeploymentSettings) -> None:
        super().__init__(scope, construct_id)
        self.key: kms.IKey
        asked = settings.options.kms or CREATE
        if asked != CREATE:
            self.key = kms.Key.from_key_arn(self, "Key", asked)
            return
        own = kms.Key(
            self,
            "Key",
            alias=f"alias/{settings.prefix}-data-lake",
            description=f"Data, logs and messages of the stacks {settings.prefix}-*",
            enable_key_rotation=True,
            # Encrypted data cannot be read without the key: keep the key as long as the data.
            removal_policy=settings.removal_policy,
        )
        self.key = own
        own.add_to_resource_policy(self._logs_statement(settings.prefix))
        own.add_to_resource_policy(self._queue_statement(settings.prefix))
        if settings.existing_topic is None:
            own.add_to_resource_policy(self._topic_statement(settings.prefix))

    def _logs_statement(self, prefix: str) -> iam.PolicyStatement:
        """Allow CloudWatch Logs to use the key: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html.

        This is the only service principal here with a partition-specific suffix: https://github.com/aws/aws-cdk/blob/main/packages/aws-cdk-lib/region-info/lib/default.ts
        Log group names that CloudFormation generates begin with the stack's name; state machines log to groups with a prefix set by AWS.
        """
        groups = [arn("logs", f"log-group:{place}{prefix}-*") for place in ("", "/aws/vendedlogs/states/")]
        return iam.PolicyStatement(
            sid="LogGroupsOfThePipelines",
            principals=[iam.ServicePrincipal(f"logs.{REGION}.{URL_SUFFIX}")],
            actions=["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
            resources=["*"],  # in a key policy, "*" means this key
            conditions={"StringLike": {"kms:EncryptionContext:aws:logs:arn": groups}},
        )

    def _topic_statement(self, prefix: str) -> iam.PolicyStatement:
        """Allow alarms to publish to the encrypted topic: https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services."""
        return iam.PolicyStatement(
            sid="NoticesOfThePipelines",
            principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
            actions=["kms:Decrypt", "kms:GenerateDataKey*"],
            resources=["*"],  # in a key policy, "*" means this key
            conditions={"StringEquals": {"kms:EncryptionContext:aws:sns:topicArn": notice_topic_arn(prefix)}},
        )

    def _queue_statement(self, prefix: str) -> iam.PolicyStatement:
        """Allow rules to send to the encrypted dead-letter queue, whose own policy decides which rules.

        https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html#compatibility-with-aws-services
        """
        return iam.PolicyStatement(
            sid="UndeliveredEventsOfThePipelines",
            principals=[iam.ServicePrincipal("events.amazonaws.com")],
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            resources=["*"],  # in a key policy, "*" means this key
            conditions={"StringEquals": {"kms:EncryptionContext:aws:sqs:arn": undelivered_queue_arn(prefix)}},
        )
