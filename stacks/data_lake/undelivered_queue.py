"""The lake's dead-letter queue, and the alarm that reports its messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from partitioned_pipelines.lake.stack_names import undelivered_queue_name
from stacks.iam.arns import REGION, arn

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms

_KEPT = Duration.days(14)  # SQS's maximum
_PERIOD_SECONDS = 300  # SQS reports its metrics each minute; five minutes avoid a flapping alarm


class UndeliveredQueue(Construct):
    """The dead-letter queue and its alarm, shared by all pipelines of the lake.

    The queue's name is fixed: the pipelines' stacks compose its ARN, so that no export is needed.

    Attributes
    ----------
    arn
        The queue's ARN, for its own stack.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, prefix: str, key: kms.IKey | None, topic_arn: str
    ) -> None:
        super().__init__(scope, construct_id)
        name = undelivered_queue_name(prefix)
        queue = sqs.Queue(
            self,
            "Queue",
            queue_name=name,
            encryption=sqs.QueueEncryption.KMS if key else sqs.QueueEncryption.SQS_MANAGED,
            encryption_master_key=key,
            enforce_ssl=True,
            retention_period=_KEPT,
            removal_policy=RemovalPolicy.DESTROY,
        )
        self.arn = queue.queue_arn
        queue.add_to_resource_policy(_rules_statement(prefix, self.arn))
        cloudwatch.CfnAlarm(
            self,
            "Alarm",
            alarm_name=name,
            alarm_description=_description(name, queue.queue_url),
            namespace="AWS/SQS",
            metric_name="ApproximateNumberOfMessagesVisible",
            dimensions=[cloudwatch.CfnAlarm.DimensionProperty(name="QueueName", value=queue.queue_name)],
            statistic="Maximum",
            period=_PERIOD_SECONDS,
            evaluation_periods=1,
            threshold=0,
            comparison_operator="GreaterThanThreshold",
            # SQS reports metrics until six hours after a queue's last use. Missing data does not mean that the message is gone:
            # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-monitoring-using-cloudwatch.html
            treat_missing_data="ignore",
            alarm_actions=[topic_arn],
            ok_actions=[topic_arn],
        )


def undelivered_queue_arn(prefix: str) -> str:
    """Return the ARN of the lake's dead-letter queue, for the stacks that do not contain it."""
    return arn("sqs", undelivered_queue_name(prefix))


def _rules_statement(prefix: str, queue_arn: str) -> iam.PolicyStatement:
    """Allow this deployment's rules, which CloudFormation names after their stack, to send what they cannot deliver.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-event-delivery.html#eb-rule-dlq
    """
    return iam.PolicyStatement(
        sid="RulesOfThePipelines",
        principals=[iam.ServicePrincipal("events.amazonaws.com")],
        actions=["sqs:SendMessage"],
        resources=[queue_arn],
        conditions={"ArnLike": {"aws:SourceArn": arn("events", f"rule/{prefix}-*")}},
    )


def _description(name: str, url: str) -> str:
    """Return the text of the alarm's emails, at most 1,024 characters: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html."""
    return (
        f"The dead-letter queue {name} has a message: a schedule or an event could not start its pipeline, so that run did not happen; or a "
        "function failed or was not reached, so that a notice may be lost. 1. Read which, for which time, and why (SCHEDULE_ARN, "
        "SCHEDULED_TIME, RULE_ARN, ERROR_CODE, ERROR_MESSAGE; of a function, ErrorMessage): "
        f"aws sqs receive-message --region {REGION} --queue-url {url} --message-attribute-names All "
        "--max-number-of-messages 10 --visibility-timeout 0   2. Repair the cause; pipelines deploy --target aws restores a role, "
        "a schedule or a state machine that was changed by hand. 3. Run what was missed: pipelines run NAME --target aws "
        "--date DATE   4. Empty the queue; this alarm then returns to OK: "
        f"aws sqs purge-queue --region {REGION} --queue-url {url}"
    )
