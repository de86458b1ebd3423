"""``pipelines local``: a project's local cloud in the foreground or background, its schedules, fired at any time, its alarms and notices."""

import time
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated

import typer

from partitioned_pipelines.cli.command import CommandOfSingleOptions, command
from partitioned_pipelines.cli.commands.local_alarms import alarms
from partitioned_pipelines.cli.commands.local_notices import notices
from partitioned_pipelines.cli.commands.run import finish
from partitioned_pipelines.cli.errors import EXIT_CODES_HELP, CommandError, ExitCode
from partitioned_pipelines.cli.project import Name, find_pipeline, open_project
from partitioned_pipelines.cli.remedies import DEPLOY_IT, paste
from partitioned_pipelines.cli.runs.executions.execution import follow_execution
from partitioned_pipelines.cli.runs.results.table_outcome import find_outcomes
from partitioned_pipelines.cli.runs.results.unrepaired_folders import warnings_after
from partitioned_pipelines.cli.settings import (
    JsonOption,
    PrefixOption,
    ProjectOption,
    Settings,
    TargetOption,
    remember,
)
from partitioned_pipelines.cli.target.cloud_process import CloudProcess
from partitioned_pipelines.cli.target.clouds import (
    deploy_changes,
    find_running,
    local_only,
    open_cloud,
    start_project_cloud,
    tell_of_one_left_behind,
)
from partitioned_pipelines.cli.target.local_endpoint import LocalEndpoint, Schedule, fire_schedule
from partitioned_pipelines.cli.target.local_state import LocalState, RunningCloud
from partitioned_pipelines.cli.target.schedule_clock import ScheduleClock
from partitioned_pipelines.cli.terminal.output import note, print_json, say
from partitioned_pipelines.lake.intervals.clock import Clock
from partitioned_pipelines.lake.intervals.instants import format_instant
from partitioned_pipelines.lake.intervals.interval import iso_text
from partitioned_pipelines.lake.stack_names import watch_name
from partitioned_pipelines.spec import deployed_cron
from partitioned_pipelines.spec.model.pipeline import Pipeline

app = typer.Typer(
    help="Manage the local cloud: an AWS endpoint on localhost with the project deployed to it.",
    epilog=EXIT_CODES_HELP,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
)

Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="Port on localhost; 0 picks a free one")]


class AthenaEngine(StrEnum):
    """What evaluates Athena's queries."""

    DUCKDB = "duckdb"
    TRINO = "trino"


Athena = Annotated[
    AthenaEngine,
    typer.Option("--athena", help="Engine of Athena's queries; trino needs a JDK 24 or newer, and Maven once"),
]

ByTheClock = Annotated[bool, typer.Option("--clock", help="Fire the schedules by the clock of this machine")]

At = Annotated[
    str,
    typer.Option(
        "--at",
        metavar="TIME",
        help="Scheduled time, at which the run starts: 2026-11-23T21:00:00Z, or 2026-11-24T06:00 in the schedule's timezone",
    ),
]


for name, subcommand in {"alarms": alarms, "notices": notices}.items():
    app.command(name, cls=CommandOfSingleOptions, epilog=EXIT_CODES_HELP)(subcommand)


@app.callback()
def shared_options(
    context: typer.Context,
    project: ProjectOption = None,
    target: TargetOption = None,
    prefix: PrefixOption = None,
    json: JsonOption = None,
) -> None:
    """Store the shared options that are given between ``local`` and the command's name."""
    remember(context, project=project, target=target, prefix=prefix, json=json)


@app.command("serve", cls=CommandOfSingleOptions, epilog=EXIT_CODES_HELP)
@command
def serve(settings: Settings, port: Port = 0, clock: ByTheClock = False, athena: Athena = AthenaEngine.DUCKDB) -> None:
    """Start the local cloud, deploy the project, and stay until Ctrl-C.

    With --clock, enabled schedules fire on the minute, as on AWS: a time that clocks skip does not fire, one that they show twice fires
    the first time. After a pause, such as this machine's sleep, each schedule fires once, for the last time that its retry policy still
    allows. Each firing is printed in a line.
    """
    project = open_project(local_only(settings))
    started = start_project_cloud(settings, port=port, athena=athena, ends_with_this_process=True)
    if isinstance(started, RunningCloud):
        raise CommandError(
            f"the project's local cloud already runs at {started.endpoint.url}",
            f"stop it: {paste(settings, 'local', 'down')}",
            exit_code=ExitCode.NO_CLOUD,
        )
    state = LocalState(settings.project)
    try:
        deploy_changes(settings, project, state, RunningCloud(started.pid, started.endpoint))
        _tell(settings, started.endpoint, started.pid)
        note("Ctrl-C stops it")
        ticking = ScheduleClock(started.endpoint) if clock else None
        while started.process.poll() is None:
            if ticking:
                _tick(ticking)
            time.sleep(0.5)
        if started.process.returncode != 0:  # `pipelines local down` stops it cleanly
            reason = f"see {started.log}" if started.log.exists() else f"{started.log.parent} was removed"
            raise CommandError(f"the local cloud ended by itself; {reason}", exit_code=ExitCode.NO_CLOUD)
    except KeyboardInterrupt:
        note("stopping the local cloud")
    finally:
        started.stop()
        state.forget()


def _tick(clock: ScheduleClock) -> None:
    """Fire what is due, and print it. A local cloud that does not answer is noticed by its process's end."""
    try:
        fired = clock.tick()
    except CommandError as error:
        note(f"clock: {error}", style="yellow")
        return
    for each in fired:
        late = f" ({each.missed} earlier times were missed)" if each.missed else ""
        if each.error:
            note(
                f"clock: {each.name} was due at {each.scheduled_time}{late}, and started nothing: {each.error}",
                style="red",
            )
        else:
            note(f"clock: fired {each.name} for {each.scheduled_time}{late}: {each.execution_arn}")


@app.command("up", cls=CommandOfSingleOptions, epilog=EXIT_CODES_HELP)
@command
def up(settings: Settings, port: Port = 0, athena: Athena = AthenaEngine.DUCKDB) -> None:
    """Start the local cloud in the background and deploy the project; update it if it is running already."""
    project = open_project(local_only(settings))
    state = LocalState(settings.project)
    started = start_project_cloud(settings, port=port, athena=athena, ends_with_this_process=False)
    if isinstance(started, CloudProcess):
        running = RunningCloud(started.pid, started.endpoint)
        note(f"the local cloud runs as process {running.pid}")
        if athena is AthenaEngine.TRINO:
            note("Trino is starting beside it; the first queries wait for about ten seconds")
    else:
        running = started
        note(f"the local cloud already runs as process {running.pid}")
        if port and not running.endpoint.url.endswith(f":{port}"):
            note(f"--port {port} ignored: the local cloud already runs at {running.endpoint.url}", style="yellow")
        if athena is AthenaEngine.TRINO:
            note("--athena trino ignored: it takes effect when the local cloud starts", style="yellow")
    deploy_changes(settings, project, state, running)
    _tell(settings, running.endpoint, running.pid)


@app.command("down", cls=CommandOfSingleOptions, epilog=EXIT_CODES_HELP)
@command
def down(settings: Settings) -> None:
    """Stop the local cloud and delete its data (succeeds if none is running)."""
    state = LocalState(local_only(settings).project)
    running = state.running()
    if running:
        state.stop(running)
        state.remove_cloud_folder()
        note(f"the local cloud was stopped (process {running.pid})")
    else:
        tell_of_one_left_behind(state)
        note("no local cloud of this project is running")
    if settings.json:
        print_json({"stopped": running is not None})


@app.command("status", cls=CommandOfSingleOptions, epilog=EXIT_CODES_HELP)
@command
def status(settings: Settings) -> None:
    """Print the endpoint of the project's local cloud; the exit code is 3 if it is not running."""
    if settings.json and not LocalState(local_only(settings).project).running():
        tell_of_one_left_behind(LocalState(settings.project))
        print_json({"running": False})
        raise typer.Exit(ExitCode.NO_CLOUD)
    running = find_running(local_only(settings))
    _tell(settings, running.endpoint, running.pid)


@app.command("fire", cls=CommandOfSingleOptions, epilog=EXIT_CODES_HELP)
@command
def fire(settings: Settings, name: Name, at: At) -> None:
    """Fire a pipeline's schedule as if it were due at the given time, and follow the run.

    --at is a scheduled time: the schedule's timezone, interval and offset decide what is processed (pipelines run --at names that
    itself). Firing the same time again does nothing, as on AWS: a scheduled event may be delivered more than once, and runs once.
    A time that the cron does not name is fired all the same, with a warning and the nearest times at which AWS would fire. A time that the
    clocks skip is refused. A time without an offset that clocks show twice is the first of the two, as on AWS; for a pipeline that is
    deployed in UTC, because its intervals are an hour or less, it needs the offset.

    For a pipeline that starts when its inputs are there, --at is the deadline of an interval. What is decided then is not followed.

    PREFIX-watch as the name fires the data lake's watch, which reports what is overdue at that time.
    """
    if name == watch_name(settings.prefix):
        _fire_watch(local_only(settings), name, at)
        return
    pipeline = find_pipeline(open_project(local_only(settings)), name)
    at = _scheduled_time(pipeline, at)
    with open_cloud(settings) as cloud:
        stack = settings.pipeline_stack(pipeline.name)
        schedule = Schedule.from_outputs(cloud.stack_outputs(stack))
        if schedule is None:
            raise _no_schedule(settings, pipeline)
        fired = fire_schedule(find_running(settings).endpoint, schedule, at)
        if fired.warning:
            note(f"warning: {fired.warning}", style="yellow")
        if pipeline.schedule and pipeline.schedule.when:
            say(
                f"called StartRun of {pipeline.name} for the deadline at {fired.scheduled_time}; what it decided: "
                f"{paste(settings, 'runs', pipeline.name)}"
            )
            return
        note(f"fired the schedule of {pipeline.name} for {fired.scheduled_time}: {fired.execution_arn}")
        report = follow_execution(cloud, fired.execution_arn)
        warnings = [*filter(None, [fired.warning]), *warnings_after(settings, cloud, report, pipeline)]
        outcomes = find_outcomes(cloud, pipeline, report)
    if report.process_days:
        note(f"{fired.scheduled_time} processes {report.process_days}")
    finish(settings, report, pipeline, outcomes, warnings)


def _fire_watch(settings: Settings, name: str, at: str) -> None:
    with open_cloud(settings):
        schedule = Schedule(settings.data_lake_stack, name)
        fired = fire_schedule(find_running(settings).endpoint, schedule, at)
    if settings.json:
        print_json({"schedule": name, "scheduled_time": fired.scheduled_time})
    note(f"fired {name} for {fired.scheduled_time}: what it finds is published to {settings.prefix}-notices")


def _tell(settings: Settings, endpoint: LocalEndpoint, pid: int) -> None:
    """Print the environment that AWS tools need to reach the cloud, as shell code."""
    environment = endpoint.environment
    if settings.json:
        print_json({"running": True, "endpoint": endpoint.url, "pid": pid, "environment": environment})
        return
    note(f"the local cloud is ready at {endpoint.url}; other AWS tools reach it with")
    for name, value in environment.items():
        say(f"export {name}={value}")


def _scheduled_time(pipeline: Pipeline, at: str) -> str:
    """Return the time to fire at; in UTC if the deployed schedule has another timezone than the file.

    Raises
    ------
    CommandError
        If it is not a time, the clocks skip it, or it could be either of two firings.
    """
    try:
        given = datetime.fromisoformat(at)
    except ValueError as error:
        raise CommandError(
            f"--at: invalid time {at!r}: {error}",
            "use --at 2026-11-23T21:00:00Z, or --at 2026-11-24T06:00 in the schedule's timezone",
        ) from error
    schedule = pipeline.schedule
    timetable = schedule.timetable if schedule else None
    if given.tzinfo is not None or schedule is None or timetable is None:
        return at
    clock = Clock(schedule.timezone)
    try:
        readings = clock.readings(given)
    except OverflowError as error:
        raise CommandError(f"--at: {at} is outside the years 1 to 9999") from error
    if not readings:
        raise CommandError(
            f"--at: {at} does not exist in {schedule.timezone}, where the clocks go forward over it: AWS would not fire",
            "use a time before or after",
        )
    if deployed_cron(timetable).timezone == schedule.timezone:
        return at
    if len(readings) > 1:
        both = " or ".join(iso_text(clock.local(reading)) for reading in readings)
        raise CommandError(f"--at: {at} occurs twice in {schedule.timezone}, and AWS fires at both", f"use {both}")
    return format_instant(readings[0])


def _no_schedule(settings: Settings, pipeline: Pipeline) -> CommandError:
    if pipeline.schedule and pipeline.schedule.timetable:
        return CommandError(
            f"the schedule of {pipeline.name} is not deployed yet",
            DEPLOY_IT,
            exit_code=ExitCode.NO_CLOUD,
        )
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    return CommandError(
        f"{pipeline.name} has no schedule"
        if pipeline.schedule is None
        else f"the schedule of {pipeline.name} has no cron",
        f"run it for a day: {paste(settings, 'run', pipeline.name, '--date', str(yesterday))}; or add a schedule: to its file and deploy",
    )
