"""The rule by which a pipeline's runs get their intervals, as PlanRun gets it and as commands apply it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.lake.intervals.execution_input import IntervalRule

if TYPE_CHECKING:
    from partitioned_pipelines.lake.function_events.payloads import ScheduleSpec
    from partitioned_pipelines.spec.model.pipeline import PipelineEntry, Schedule, Table


def schedule_spec(schedule: Schedule | None) -> ScheduleSpec:
    """Return the schedule's part of PlanRun's payload; without a schedule, runs are about days in UTC."""
    if schedule is None:
        return {"timezone": "UTC", "date_offset_days": 0}
    spec: ScheduleSpec = {"timezone": schedule.timezone}
    if schedule.interval is None:
        spec["date_offset_days"] = schedule.date_offset_days
    else:
        spec |= {"interval": schedule.interval, "offset": schedule.offset or 0}
    if schedule.lookback:
        spec["lookback"] = schedule.lookback
    return spec


def schedule_rule(schedule: Schedule | None) -> IntervalRule:
    """Return the rule of a valid schedule."""
    return IntervalRule.from_spec(schedule_spec(schedule))


def interval_rule(pipeline: PipelineEntry) -> IntervalRule:
    """Return the rule of a pipeline with a valid schedule."""
    return schedule_rule(pipeline.schedule)


def key_timezone(table: Table, schedule: Schedule | None) -> str:
    """Return the timezone in which a table's keys are written, given the schedule of the pipeline that writes it."""
    return table.key_timezone or (schedule.timezone if schedule else "UTC")
