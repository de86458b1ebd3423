"""The clock: EventBridge Scheduler starts an execution, in the pipeline's own timezone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Aws, Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from stacks.key_grants import allow_messages

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms

    from pipeline_spec import Schedule
    from stacks.scheduled_target import ScheduledTarget


class RunSchedule(Construct):
    """A schedule in a group of its own; what cannot be delivered ends in a queue.

    Attributes
    ----------
    name
        Of both, the schedule and its group.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        schedule: Schedule,
        pipeline_name: str,
        target: ScheduledTarget,
        key: kms.IKey | None,
    ) -> None:
        super().__init__(scope, construct_id)
        stack = Stack.of(self)
        self.name = stack.stack_name
        group = scheduler.CfnScheduleGroup(self, "Group", name=self.name)
        undelivered = sqs.Queue(
            self,
            "Undelivered",
            encryption=sqs.QueueEncryption.KMS if key else sqs.QueueEncryption.SQS_MANAGED,
            encryption_master_key=key,
            enforce_ssl=True,
            retention_period=Duration.days(14),
            removal_policy=RemovalPolicy.DESTROY,
        )
        role = iam.Role(
            self,
            "Role",
            description=f"Starts {pipeline_name} on its schedule",
            # Without the conditions another account's scheduler could be made to use this role:
            # https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
            assumed_by=iam.ServicePrincipal(
                "scheduler.amazonaws.com",
                conditions={
                    "StringEquals": {
                        "aws:SourceAccount": Aws.ACCOUNT_ID,
                        "aws:SourceArn": stack.format_arn(
                            service="scheduler", resource="schedule-group", resource_name=self.name
                        ),
                    }
                },
            ),
        )
        target.allow_start(role)
        # Not the queue's own grant, which would let the role use the key for anything.
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["sqs:SendMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl"],
                resources=[undelivered.queue_arn],
            )
        )
        allow_messages(role, key, undelivered.queue_arn)
        scheduler.CfnSchedule(
            self,
            "Schedule",
            name=self.name,
            group_name=self.name,
            description=f"Runs {pipeline_name}",
            schedule_expression=f"cron({schedule.cron})",
            schedule_expression_timezone=schedule.timezone,
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
            target=scheduler.CfnSchedule.TargetProperty(
                arn=target.arn,
                role_arn=role.role_arn,
                # The planned time, and not the time of delivery, decides which day a run is about.
                input=target.payload,
                dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(arn=undelivered.queue_arn),
                retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                    maximum_event_age_in_seconds=6 * 3600, maximum_retry_attempts=60
                ),
            ),
        ).add_resource_dependency(group)
