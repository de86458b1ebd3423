"""``pipelines backfills``: a list of backfills with their counts; one or all of the running ones, followed to their end."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from partitioned_pipelines.cli.backfills.machine import Backfill, BackfillMachine
from partitioned_pipelines.cli.backfills.progress import failed_runs, shown_counts, wait_for_end
from partitioned_pipelines.cli.backfills.report import again, backfill_document, tell_failures
from partitioned_pipelines.cli.command import command
from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.project import find_pipeline, open_project
from partitioned_pipelines.cli.remedies import paste
from partitioned_pipelines.cli.runs.published_table import PublishedPipeline
from partitioned_pipelines.cli.settings import Settings
from partitioned_pipelines.cli.target.clouds import open_cloud
from partitioned_pipelines.cli.terminal.output import note, print_json, print_table, spinner
from partitioned_pipelines.runtime.executions.execution import OPEN

MaybeName = Annotated[str | None, typer.Argument(metavar="[NAME]", help="Name of the pipeline  [default: all]")]
Follow = Annotated[
    bool,
    typer.Option("--follow", help="Wait for the running backfills, or report the newest; exit with 1 if a run failed"),
]

Limit = Annotated[int, typer.Option("--limit", metavar="N", min=1, help="Number of backfills to list, newest first")]

_HEADER = ["backfill", "pipeline", "started_at", "status", "mode", "from", "to"]
_COUNTS = ["runs", "succeeded", "failed", "running", "left"]


@command
def backfills(settings: Settings, name: MaybeName = None, follow: Follow = False, limit: Limit = 50) -> None:
    """List the backfills, newest first, with the number of their runs by status.

    A run that failed is named with its reason when its backfill is followed. Interrupting --follow stops nothing.
    """
    project = open_project(settings)
    pipelines = [find_pipeline(project, name)] if name else list(project.pipelines)
    with open_cloud(settings) as cloud:
        bucket = cloud.stack_outputs(settings.data_lake_stack)["LakeBucketName"]
        published = [PublishedPipeline(cloud, settings, pipeline, bucket, []) for pipeline in pipelines]
        machines = _machines(published, named=name is not None)
        if follow:
            _follow(settings, machines)
            return
        with spinner("reading the backfills"):
            every = [(machine, backfill) for machine in machines for backfill in machine.every()]
            every.sort(key=lambda each: each[1].started_at, reverse=True)
            # Counts take calls for each.
            found = [
                backfill_document(backfill, backfill.status, machine.counts(backfill))
                for machine, backfill in every[:limit]
            ]
    if settings.json:
        print_json(found)
    else:
        rows = [[_cell(document[column]) for column in (*_HEADER, *_COUNTS)] for document in found]
        print_table([*_HEADER, *_COUNTS], rows, numeric=[*(False for _ in _HEADER), *(True for _ in _COUNTS)])
    if len(every) > limit:
        more = paste(settings, "backfills", *([name] if name else []), "--limit", str(len(every)))
        note(f"and {len(every) - limit:,} older: {more}", style="yellow")


def _machines(pipelines: Sequence[PublishedPipeline], *, named: bool) -> list[BackfillMachine]:
    """Return the pipelines' machines, without pipelines that are not deployed unless one was named."""
    machines = []
    for published in pipelines:
        try:
            machines.append(BackfillMachine.of(published))
        except CommandError as error:
            if named:
                raise
            note(f"{published.pipeline.name}: {error.message}", style="yellow")
    return machines


def _follow(settings: Settings, machines: Sequence[BackfillMachine]) -> None:
    followed = [(machine, backfill) for machine in machines for backfill in machine.running()]
    if not followed:
        newest = [(machine, backfill) for machine in machines for backfill in machine.every()[:1]]
        followed = sorted(newest, key=lambda found: found[1].started_at)[-1:]
    if not followed:
        note("no backfills yet")
    try:
        documents = [_end(settings, machine, backfill) for machine, backfill in followed]
    except KeyboardInterrupt:
        for machine, backfill in followed:
            if machine.status(backfill) in OPEN:
                stop = paste(settings, "backfill", backfill.pipeline, "--stop")
                note(f"{backfill.name} continues; stop it: {stop}", style="yellow")
        raise
    if settings.json:
        print_json(documents)
    if any(document["status"] != "SUCCEEDED" or document["failed"] for document in documents):
        raise typer.Exit(ExitCode.FAILED)


def _end(settings: Settings, machine: BackfillMachine, backfill: Backfill) -> dict[str, Any]:
    """Wait for the end of a backfill, and report it."""
    status = wait_for_end(machine, backfill) if backfill.runs else backfill.status
    counts = machine.counts(backfill)
    with spinner("reading the runs that failed"):
        failed = failed_runs(machine, backfill)
    well = status == "SUCCEEDED" and not (counts and counts.failed)
    note(
        f"{backfill.name} of {backfill.pipeline}: {status}{f', {shown_counts(counts)}' if counts else ''}",
        style="green" if well else "bold red",
    )
    tell_failures(settings, machine.pipeline, failed)
    unstarted = counts.failed - sum(run.status != "ABORTED" for run in failed) if counts else 0
    if unstarted > 0:
        note(f"  {unstarted:,} runs could not be started: see the executions of {machine.arn}", style="red")
    stopped = status != "SUCCEEDED" or bool(unstarted)
    if not well and (words := again(settings, backfill, failed, stopped=stopped)):
        note(f"run them again: {words}")
    return backfill_document(backfill, status, counts, failed)


def _cell(value: object) -> str:
    return "" if value is None else str(value)
