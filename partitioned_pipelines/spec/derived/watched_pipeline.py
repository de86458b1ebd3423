"""What the watch is told of a pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.lake.duration import parse_duration
from partitioned_pipelines.lake.schedule.interval_rule import schedule_spec
from partitioned_pipelines.lake.stack_names import pipeline_stack_name
from partitioned_pipelines.spec.derived.awaited_tables import specs_that_leave_out
from partitioned_pipelines.spec.derived.function_specs import key_specs
from partitioned_pipelines.spec.derived.interval_rule import key_timezone
from partitioned_pipelines.spec.model.fields import UNWATCHED

if TYPE_CHECKING:
    from partitioned_pipelines.lake.function_events.watch_event import WatchedPipeline
    from partitioned_pipelines.spec.model.pipeline import Pipeline


def watched_pipeline(pipeline: Pipeline, prefix: str, longest_seconds: int) -> WatchedPipeline:
    """Return the entry of a pipeline in the event of the watch.

    Parameters
    ----------
    longest_seconds
        How long a run may take, which is also how late its interval may be if the file does not say.
    """
    watched: WatchedPipeline = {
        "name": pipeline.name,
        "stack_name": pipeline_stack_name(prefix, pipeline.name),
        "sagemaker": pipeline.orchestrator == "sagemaker_pipelines",
        "longest_seconds": longest_seconds,
        "tables": [
            {
                "database_name": table.database,
                "table_name": table.name,
                "layout": table.layout,
                "registration": table.registration,
                "partition_keys": key_specs(table),
                "timezone": key_timezone(table, pipeline.schedule),
            }
            for table in pipeline.tables
        ],
    }
    timetable = pipeline.schedule.timetable if pipeline.schedule else None
    if pipeline.schedule is None or timetable is None or timetable.cron is None:
        return watched
    watched["schedule"] = {"cron": timetable.cron, **schedule_spec(timetable)}
    if pipeline.schedule.when is not None:
        watched["waits"] = True
    if awaits := specs_that_leave_out(pipeline.awaits):
        watched["awaits"] = awaits
    if pipeline.freshness is None:
        watched["freshness_seconds"] = longest_seconds
    elif pipeline.freshness != UNWATCHED:
        watched["freshness_seconds"] = int(parse_duration(pipeline.freshness).total_seconds())
    return watched
