"""``pipelines run``: one execution of a pipeline, from its input to its partitions."""

from collections.abc import Sequence
from typing import Annotated

import typer

from partitioned_pipelines.cli.command import command
from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.project import Name, find_pipeline, how_partitions_are_seen, open_project
from partitioned_pipelines.cli.remedies import paste
from partitioned_pipelines.cli.runs.executions.execution import follow_execution, start_execution
from partitioned_pipelines.cli.runs.input_files import GivenInput, find_uri_inputs, plan_uploads, upload_all
from partitioned_pipelines.cli.runs.intervals.interval_options import asked_interval
from partitioned_pipelines.cli.runs.results.run_report import RunReport
from partitioned_pipelines.cli.runs.results.table_outcome import (
    HEADER,
    TableOutcome,
    find_outcomes,
    note_on_failure,
    notes_on_left_out,
    table_rows,
)
from partitioned_pipelines.cli.runs.results.unrepaired_folders import warnings_after
from partitioned_pipelines.cli.settings import Settings
from partitioned_pipelines.cli.steps.local_plan import LocalPlan, refuse_unfit_interval
from partitioned_pipelines.cli.target.clouds import cloud_for_run
from partitioned_pipelines.cli.target.local_state import LocalState
from partitioned_pipelines.cli.terminal.output import note, print_json, print_table
from partitioned_pipelines.cli.terminal.streams_and_signals import exit_code_of
from partitioned_pipelines.runtime.executions.history import function_of
from partitioned_pipelines.spec.derived.interval_rule import interval_rule
from partitioned_pipelines.spec.model.pipeline import Pipeline

Date = Annotated[
    str | None,
    typer.Option("--date", metavar="DATE", help="Day, month or week to process: 2026-03-01, 2026-03 or 2026-W09"),
]
At = Annotated[
    str | None,
    typer.Option(
        "--at",
        metavar="TIME",
        help="Start of the interval to process, if it is finer than a day: 2026-03-01T05 in the schedule's timezone, or with an offset",
    ),
]
From = Annotated[
    str | None,
    typer.Option("--from", metavar="DATE|TIME", help="Start of several intervals to process in one run, with --to"),
]
To = Annotated[
    str | None, typer.Option("--to", metavar="DATE|TIME", help="Exclusive end: the start of the date or time given")
]
Inputs = Annotated[
    list[str] | None,
    typer.Option(
        "--input",
        metavar="NAME=FILE",
        help="File or folder to upload to the URI of that input; STEP.NAME=FILE if several steps have an input of that name; "
        "may be repeated",
    ),
]
NoDeploy = Annotated[bool, typer.Option("--no-deploy", help="Run what is deployed, even if the project has changed")]

Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Hide the scripts' output (on the local target)")]


@command
def run(
    settings: Settings,
    name: Name,
    date: Date = None,
    at: At = None,
    from_: From = None,
    to: To = None,
    inputs: Inputs = None,
    no_deploy: NoDeploy = False,
    quiet: Quiet = False,
) -> None:
    """Run a pipeline once, about exactly the time given: one interval, or several as one run.

    --at is the start of the interval to process, and not the time at which a schedule fires (pipelines local fire --at).

    On the local target, a changed project is deployed first. If no local cloud is running, a temporary one is started
    and stopped with the command.
    """
    project = open_project(settings)
    pipeline = find_pipeline(project, name)
    rule = interval_rule(pipeline)
    interval = asked_interval(rule.calendar, on=date, at=at, start=from_, end=to)
    if interval is None:
        finer = not rule.calendar.cadence.whole_days
        raise CommandError(
            "the time to process is missing",
            f"use --date 2021-12-15, {'--at 2021-12-15T05, ' if finer else ''}or --from 2013-01-01 --to 2014-01-01",
        )
    given = [GivenInput.parse(text) for text in inputs or []]
    refuse_unfit_interval(pipeline, interval)
    for entry in given:
        find_uri_inputs(pipeline, entry)
    # Once with a placeholder bucket: files that cannot be uploaded are reported before anything is started.
    plan_uploads(LocalPlan.of(pipeline, interval, "bucket"), given)
    with cloud_for_run(settings, project, deploy=not no_deploy) as cloud:
        outputs = cloud.stack_outputs(settings.pipeline_stack(pipeline.name))
        if given:
            bucket = cloud.stack_outputs(settings.data_lake_stack)["LakeBucketName"]
            upload_all(cloud, plan_uploads(LocalPlan.of(pipeline, interval, bucket), given), bucket)
        arn = start_execution(cloud, outputs, interval.execution_input)
        note(f"running {pipeline.name} for {interval}: {arn}")
        report = follow_execution(cloud, arn, quiet=quiet)
        warnings = warnings_after(settings, cloud, report, pipeline)
        outcomes = find_outcomes(cloud, pipeline, report)
    finish(settings, report, pipeline, outcomes, warnings)


def finish(
    settings: Settings,
    report: RunReport,
    pipeline: Pipeline,
    outcomes: Sequence[TableOutcome],
    warnings: Sequence[str] = (),
) -> None:
    """Print the result of a run; raise typer.Exit if it failed or was interrupted. The warnings, already shown, go into the JSON document."""
    _tell(settings, report, pipeline)
    if settings.json:
        print_json({**report.document([outcome.document() for outcome in outcomes]), "warnings": list(warnings)})
    elif report.succeeded and not report.nothing_done_because:
        if rows := table_rows(outcomes):
            print_table(HEADER, rows, numeric=[False, *(True for _ in HEADER[1:])])
        for table in pipeline.tables:
            if how := how_partitions_are_seen(table):
                note(how, style="dim")
    for outcome in outcomes:
        for line in notes_on_left_out(outcome):
            note(line, style="yellow")
    if not report.succeeded:
        for outcome in outcomes:
            note(note_on_failure(settings, outcome, pipeline.name), style="bold")
    if report.interrupted_by is not None:
        raise typer.Exit(exit_code_of(report.interrupted_by))
    if not report.succeeded:
        raise typer.Exit(ExitCode.FAILED)


def _tell(settings: Settings, report: RunReport, pipeline: Pipeline) -> None:
    """Print how a run ended, and why: the script's traceback first, then its last lines of output."""
    if report.error:
        error = report.error
        for line in error.traceback.lines() if error.traceback else []:
            note(line, style="red")
        if error.printed:
            note("the last lines that the script printed:")
        for line in error.printed:
            note(f"  | {line}", style="dim")
        if error.job_name:
            note(f"job: {error.job_name}")
        where = f"{error.state} failed" if error.state else f"the execution ended as {report.status}"
        note(f"{where}: {error.error}{f': {error.message}' if error.message else ''}", style="bold red")
        # A local cloud that was started for this command takes its logs with it when it stops.
        has_log = error.job_name or function_of(error.state)
        if has_log and report.run_id and (not settings.local or LocalState(settings.project).running()):
            note(f"all that it printed: {paste(settings, 'logs', pipeline.name, report.run_id, error.state)}")
            if error.job_name:
                again = paste(settings, "step", pipeline.name, error.state, "--run", report.run_id, "--output", "out")
                note(f"to repeat it here: {again}")
    elif report.nothing_done_because:
        note(f"nothing was done: {report.nothing_done_because}", style="yellow")
    else:
        note(f"run {report.run_id}: {report.status}", style="green")
