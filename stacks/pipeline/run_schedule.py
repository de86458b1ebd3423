"""The schedule of a pipeline: EventBridge Scheduler starts an execution, in the pipeline's timezone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from partitioned_pipelines.spec import deployed_cron
from stacks.iam.arns import ACCOUNT_ID, arn
from stacks.iam.key_grants import allow_messages
from stacks.iam.role_policy import role_policy

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms

    from partitioned_pipelines.lake.schedule.timetable import Timetable
    from stacks.orchestrators.orchestrator import ScheduledTarget


class RunSchedule(Construct):
    """A schedule in a separate group; undeliverable events go to the lake's dead-letter queue.

    Attributes
    ----------
    name
        The name of both the schedule and its group.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        schedule: Timetable,
        pipeline_name: str,
        target: ScheduledTarget,
        undelivered_arn: str,
        key: kms.IKey | None,
    ) -> None:
        super().__init__(scope, construct_id)
        self.name = Stack.of(self).stack_name
        group = scheduler.CfnScheduleGroup(self, "Group", name=self.name)
        role = iam.Role(
            self,
            "Role",
            description=f"Starts {pipeline_name} on its schedule",
            # Without the conditions, another account's scheduler could use this role:
            # https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
            assumed_by=iam.ServicePrincipal(
                "scheduler.amazonaws.com",
                conditions={
                    "StringEquals": {
                        "aws:SourceAccount": ACCOUNT_ID,
                        "aws:SourceArn": arn("scheduler", f"schedule-group/{self.name}"),
                    }
                },
            ),
        )
        with role_policy(role) as policy:
            policy.allow([target.action], [target.resource])
            # https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
            policy.allow(["sqs:SendMessage"], [undelivered_arn])
            allow_messages(policy, key, undelivered_arn)
        deployed = deployed_cron(schedule)
        scheduler.CfnSchedule(
            self,
            "Schedule",
            name=self.name,
            group_name=self.name,
            description=f"Runs {pipeline_name}",
            schedule_expression=f"cron({deployed.expression})",
            schedule_expression_timezone=deployed.timezone,
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
            target=scheduler.CfnSchedule.TargetProperty(
                arn=target.arn,
                role_arn=role.role_arn,
                # The scheduled time in the input, not the delivery time, determines the interval of a run.
                input=target.payload,
                dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(arn=undelivered_arn),
                retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                    maximum_event_age_in_seconds=6 * 3600, maximum_retry_attempts=60
                ),
            ),
        ).add_resource_dependency(group)
