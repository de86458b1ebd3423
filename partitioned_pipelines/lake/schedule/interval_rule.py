"""The rule by which runs get their intervals, as PlanRun gets it and as commands apply it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.lake.intervals.execution_input import IntervalRule

if TYPE_CHECKING:
    from partitioned_pipelines.lake.function_events.payloads import ScheduleSpec
    from partitioned_pipelines.lake.schedule.timetable import Timetable


def schedule_spec(schedule: Timetable | None) -> ScheduleSpec:
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


def schedule_rule(schedule: Timetable | None) -> IntervalRule:
    """Return the rule of a valid schedule."""
    return IntervalRule.from_spec(schedule_spec(schedule))
