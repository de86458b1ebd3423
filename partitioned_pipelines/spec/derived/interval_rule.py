"""The rule by which a pipeline's runs get their intervals, and the timezone of its tables' keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.lake.schedule.interval_rule import schedule_rule

if TYPE_CHECKING:
    from partitioned_pipelines.lake.intervals.execution_input import IntervalRule
    from partitioned_pipelines.spec.model.pipeline import PipelineEntry, Schedule, Table


def interval_rule(pipeline: PipelineEntry) -> IntervalRule:
    """Return the rule of a pipeline with a valid schedule."""
    return schedule_rule(pipeline.schedule)


def key_timezone(table: Table, schedule: Schedule | None) -> str:
    """Return the timezone in which a table's keys are written, given the schedule of the pipeline that writes it."""
    return table.key_timezone or (schedule.timezone if schedule else "UTC")
