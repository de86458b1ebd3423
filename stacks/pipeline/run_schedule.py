"""The schedule of a pipeline: EventBridge Scheduler starts an execution, in the pipeline's timezone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.spec import deployed_cron
from stacks.scheduled_call import ScheduledCall

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms
    from constructs import Construct

    from partitioned_pipelines.lake.schedule.timetable import Timetable
    from stacks.orchestrators.orchestrator import ScheduledTarget


class RunSchedule(ScheduledCall):
    """A schedule in a separate group of the same name; undeliverable events go to the lake's dead-letter queue."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        schedule: Timetable,
        pipeline_name: str,
        target: ScheduledTarget,
        undelivered_arn: str,
        key: kms.IKey | None,
    ) -> None:
        deployed = deployed_cron(schedule)
        super().__init__(
            scope,
            construct_id,
            name=name,
            group_name=name,
            description=f"Runs {pipeline_name}",
            role_description=f"Starts {pipeline_name} on its schedule",
            expression=f"cron({deployed.expression})",
            timezone=deployed.timezone,
            target=target,
            retry_hours=6,
            undelivered_arn=undelivered_arn,
            key=key,
        )
