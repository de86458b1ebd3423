"""The deployed schedule of a pipeline, which can be paused and resumed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.remedies import DEPLOY_IT
from partitioned_pipelines.cli.target.local_endpoint import Schedule
from partitioned_pipelines.lake.schedule.pause import (
    is_paused,
    paused_description,
    paused_since,
    resumed_at,
    resumed_description,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from mypy_boto3_scheduler.literals import ScheduleStateType

    from partitioned_pipelines.cli.target.target import Cloud
    from partitioned_pipelines.spec import Pipeline

# UpdateSchedule sets what is left out to its default:
# https://docs.aws.amazon.com/scheduler/latest/APIReference/API_UpdateSchedule.html
_KEPT = (
    "ActionAfterCompletion",
    "EndDate",
    "FlexibleTimeWindow",
    "GroupName",
    "KmsKeyArn",
    "Name",
    "ScheduleExpression",
    "ScheduleExpressionTimezone",
    "StartDate",
    "Target",
)


@dataclass(frozen=True)
class PipelineSchedule:
    """A schedule as it was read.

    Attributes
    ----------
    document
        EventBridge Scheduler's answer.
    """

    cloud: Cloud
    document: Mapping[str, Any]

    @classmethod
    def read(cls, cloud: Cloud, outputs: dict[str, str], pipeline: Pipeline) -> PipelineSchedule:
        """Read the schedule in the outputs of a pipeline's stack.

        Raises
        ------
        CommandError
            If the pipeline has no schedule, or it is not deployed.
        """
        if pipeline.schedule is None or pipeline.schedule.timetable is None:
            raise CommandError(f"{pipeline.name} has no cron: its runs are only started manually")
        schedule = Schedule.from_outputs(outputs)
        if schedule is None:
            raise CommandError(
                f"the schedule of {pipeline.name} is not deployed yet", DEPLOY_IT, exit_code=ExitCode.NO_CLOUD
            )
        scheduler = cloud.scheduler
        try:
            return cls(cloud, dict(scheduler.get_schedule(GroupName=schedule.group, Name=schedule.name)))
        except scheduler.exceptions.ResourceNotFoundException as error:
            raise CommandError(
                f"the schedule {schedule.name} of {pipeline.name} was deleted by hand",
                "create it again: remove `schedule:` from the pipeline file, deploy, put it back, and deploy",
                exit_code=ExitCode.FAILED,
            ) from error

    @property
    def enabled(self) -> bool:
        """Whether it fires."""
        return bool(self.document["State"] == "ENABLED")

    @property
    def paused(self) -> bool:
        """Whether it was switched off by ``pipelines pause``."""
        return not self.enabled and is_paused(self._description)

    @property
    def since(self) -> datetime | None:
        """The time since which it is paused, or was resumed; None if it is neither, or somebody has changed its description."""
        return resumed_at(self._description) if self.enabled else paused_since(self._description)

    def pause(self, now: datetime) -> PipelineSchedule:
        """Switch it off, with a description that says so; return it as it is then."""
        return self._update("DISABLED", paused_description(self._description, now))

    def resume(self, now: datetime) -> PipelineSchedule:
        """Switch it on, with a description that says since when; return it as it is then."""
        return self._update("ENABLED", resumed_description(self._description, now))

    def _update(self, state: ScheduleStateType, description: str) -> PipelineSchedule:
        kept = {name: self.document[name] for name in _KEPT if self.document.get(name) is not None}
        self.cloud.scheduler.update_schedule(**kept, State=state, Description=description)
        return PipelineSchedule(self.cloud, {**self.document, "State": state, "Description": description})

    @property
    def _description(self) -> str:
        return str(self.document.get("Description") or "")
