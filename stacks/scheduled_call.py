"""A schedule of EventBridge Scheduler, in a group, that calls one target."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from stacks.iam.arns import ACCOUNT_ID, arn
from stacks.iam.key_permissions import allow_messages
from stacks.iam.role_policy import role_policy

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms

    from stacks.orchestrators.orchestrator import ScheduledTarget


class ScheduledCall(Construct):
    """A schedule in a separate group; undeliverable events go to the lake's dead-letter queue.

    Parameters
    ----------
    name, group_name
        The names of the schedule and of its group.
    role_description
        What the schedule's role does.
    timezone
        The timezone of a cron expression; None for UTC.
    retry_hours
        How long a delivery is retried.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        group_name: str,
        description: str,
        role_description: str,
        expression: str,
        timezone: str | None,
        target: ScheduledTarget,
        retry_hours: int,
        undelivered_arn: str,
        key: kms.IKey | None,
    ) -> None:
        super().__init__(scope, construct_id)
        group = scheduler.CfnScheduleGroup(self, "Group", name=group_name)
        role = iam.Role(
            self,
            "Role",
            description=role_description,
            # Without the conditions, another account's scheduler could use this role:
            # https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
            assumed_by=iam.ServicePrincipal(
                "scheduler.amazonaws.com",
                conditions={
                    "StringEquals": {
                        "aws:SourceAccount": ACCOUNT_ID,
                        "aws:SourceArn": arn("scheduler", f"schedule-group/{group_name}"),
                    }
                },
            ),
        )
        with role_policy(role) as policy:
            policy.allow([target.action], [target.resource])
            # https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
            policy.allow(["sqs:SendMessage"], [undelivered_arn])
            allow_messages(policy, key, undelivered_arn)
        scheduler.CfnSchedule(
            self,
            "Schedule",
            name=name,
            group_name=group_name,
            description=description,
            schedule_expression=expression,
            schedule_expression_timezone=timezone,
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
            target=scheduler.CfnSchedule.TargetProperty(
                arn=target.arn,
                role_arn=role.role_arn,
                # The scheduled time in the input, not the delivery time, determines what the call is about.
                input=target.payload,
                dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(arn=undelivered_arn),
                retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                    maximum_event_age_in_seconds=retry_hours * 3600, maximum_retry_attempts=60
                ),
            ),
        ).add_resource_dependency(group)
