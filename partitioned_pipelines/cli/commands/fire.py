"""``pipelines local fire``: the run that a pipeline's schedule would start at a given time."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from partitioned_pipelines.cli.command import command
from partitioned_pipelines.cli.commands.run import finish, warnings_after
from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.project import Name, find_pipeline, open_project
from partitioned_pipelines.cli.runs.execution import follow_execution
from partitioned_pipelines.cli.runs.schedule_firing import Schedule, fire_schedule
from partitioned_pipelines.cli.runs.table_outcome import find_outcomes
from partitioned_pipelines.cli.settings import Settings
from partitioned_pipelines.cli.target.clouds import find_running, open_cloud
from partitioned_pipelines.cli.terminal.hint import paste
from partitioned_pipelines.cli.terminal.output import note
from partitioned_pipelines.spec.model.pipeline import Pipeline

At = Annotated[
    str,
    typer.Option(
        "--at",
        metavar="TIME",
        help="When the schedule is due: 2026-11-23T21:00:00Z, or 2026-11-24T06:00 in the schedule's own timezone.",
    ),
]


@command
def fire(settings: Settings, name: Name, at: At) -> None:
    """Fire a pipeline's schedule as if it were due at that time, and follow the run.

    The run is about the day that the schedule's timezone and date_offset_days make of the time. Firing the same time again
    does nothing, as on AWS: a scheduled event is delivered at least once, and runs once.

    A time at which AWS would not fire is fired all the same, with a warning and the nearest times at which it would: a time that the cron
    does not name, or one that the clocks skip, which is counted from before they do. A time without an offset that clocks show twice is
    the first of the two, as on AWS.
    """
    if not settings.local:
        raise CommandError("pipelines local is about the local cloud: leave --target out")
    pipeline = find_pipeline(open_project(settings), name)
    _check_time(at)
    with open_cloud(settings) as cloud:
        stack = settings.pipeline_stack(pipeline.name)
        schedule = Schedule.from_outputs(cloud.stack_outputs(stack))
        if schedule is None:
            raise _no_schedule(settings, pipeline)
        fired = fire_schedule(find_running(settings).endpoint, schedule, at)
        if fired.warning:
            note(f"warning: {fired.warning}", style="yellow")
        note(f"fired the schedule of {pipeline.name} for {fired.scheduled_time}: {fired.execution_arn}")
        report = follow_execution(cloud, fired.execution_arn)
        warnings = [*filter(None, [fired.warning]), *warnings_after(settings, cloud, report, pipeline)]
        outcomes = find_outcomes(cloud, pipeline, report)
    if report.process_days:
        note(f"{fired.scheduled_time} is a run about {report.process_days}")
    finish(settings, report, pipeline, outcomes, warnings)


def _check_time(at: str) -> None:
    try:
        datetime.fromisoformat(at)
    except ValueError as error:
        raise CommandError(
            f"--at {at!r} is no time: {error}",
            "give --at 2026-11-23T21:00:00Z, or --at 2026-11-24T06:00 in the schedule's own timezone",
        ) from error


def _no_schedule(settings: Settings, pipeline: Pipeline) -> CommandError:
    if pipeline.schedule:
        return CommandError(
            f"the schedule of {pipeline.name} is not deployed yet",
            "deploy it: pipelines deploy",
            exit_code=ExitCode.NO_CLOUD,
        )
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    return CommandError(
        f"{pipeline.name} has no schedule",
        f"run it for a day: {paste(settings, 'run', pipeline.name, '--date', str(yesterday))}; or give its file a schedule: and deploy",
    )
