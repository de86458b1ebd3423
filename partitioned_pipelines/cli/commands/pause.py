"""``pipelines pause`` and ``pipelines resume``: a pipeline's schedule, switched off on purpose and on again."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from partitioned_pipelines.cli.command import command
from partitioned_pipelines.cli.project import Name
from partitioned_pipelines.cli.remedies import paste
from partitioned_pipelines.cli.runs.executions.pipeline_schedule import PipelineSchedule
from partitioned_pipelines.cli.runs.published_table import open_pipeline
from partitioned_pipelines.cli.settings import Settings
from partitioned_pipelines.cli.terminal.output import note, print_json
from partitioned_pipelines.lake.intervals.instants import format_instant


@command
def pause(settings: Settings, name: Name) -> None:
    """Pause a pipeline's schedule: neither it nor inputs start runs, and the watch does not report that its tables are overdue.

    Open runs continue, and runs can be started manually. Succeeds if the schedule is paused already. A deployment that changes the
    schedule resumes it.
    """
    with _schedule(settings, name) as schedule:
        changed = not schedule.paused
        if changed:
            schedule = schedule.pause(datetime.now(UTC))
        since = _text(schedule)
        if settings.json:
            print_json({"pipeline": name, "state": "paused", "since": since, "changed": changed})
            return
        note(f"the schedule of {name} {'is' if changed else 'was already'} paused{f', since {since}' if since else ''}")
        note(f"resume it: {paste(settings, 'resume', name)}")


@command
def resume(settings: Settings, name: Name) -> None:
    """Resume a pipeline's schedule, whether it was paused or switched off by hand.

    The intervals of the runs that did not start stay missing. Succeeds if the schedule is on already.
    """
    with _schedule(settings, name) as schedule:
        changed = not schedule.enabled
        paused_since = _text(schedule) if changed else None
        if changed:
            schedule = schedule.resume(datetime.now(UTC))
        if settings.json:
            print_json(
                {
                    "pipeline": name,
                    "state": "on",
                    "since": _text(schedule),
                    "paused_since": paused_since,
                    "changed": changed,
                }
            )
            return
        if not changed:
            note(f"the schedule of {name} is on already")
            return
        note(f"the schedule of {name} is on again{f'; it was paused since {paused_since}' if paused_since else ''}")
        note(f"list what is missing from that time: {paste(settings, 'missing', name)}")


@contextmanager
def _schedule(settings: Settings, name: str) -> Iterator[PipelineSchedule]:
    with open_pipeline(settings, name, None) as pipeline:
        outputs = pipeline.cloud.stack_outputs(settings.pipeline_stack(name))
        yield PipelineSchedule.read(pipeline.cloud, outputs, pipeline.pipeline)


def _text(schedule: PipelineSchedule) -> str | None:
    return format_instant(schedule.since) if schedule.since else None
