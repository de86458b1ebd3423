"""``pipelines backfill``: a run for each of many intervals, started and counted in the cloud."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from partitioned_pipelines.cli.backfills.estimate import hours_of_a_run
from partitioned_pipelines.cli.backfills.machine import BackfillMachine
from partitioned_pipelines.cli.backfills.report import backfill_document, plan_document, tell_plan
from partitioned_pipelines.cli.backfills.request import (
    MOST_CONCURRENT,
    Asked,
    allowed_concurrency,
    plan_backfill,
    refuse_beside_open_runs,
    utc_now,
)
from partitioned_pipelines.cli.backfills.stop import stop_backfill
from partitioned_pipelines.cli.command import command
from partitioned_pipelines.cli.commands.rollback import DryRun
from partitioned_pipelines.cli.commands.run import NoDeploy
from partitioned_pipelines.cli.errors import CommandError
from partitioned_pipelines.cli.project import Name, find_pipeline, open_project
from partitioned_pipelines.cli.remedies import paste
from partitioned_pipelines.cli.runs.interval_options import asked_interval
from partitioned_pipelines.cli.settings import Settings
from partitioned_pipelines.cli.target.clouds import deploy_changes, find_running, open_cloud
from partitioned_pipelines.cli.target.local_state import LocalState
from partitioned_pipelines.cli.terminal.output import confirm, note, print_json, spinner
from partitioned_pipelines.lake.intervals.interval import Interval
from partitioned_pipelines.operations.backfill.chunks import Chunk, InvalidChunkError
from partitioned_pipelines.operations.backfill.selection import KnownState, Mode
from partitioned_pipelines.spec import Project
from partitioned_pipelines.spec.model.pipeline import Pipeline
from partitioned_pipelines.spec.schedule.interval_rule import interval_rule

From = Annotated[
    str | None, typer.Option("--from", metavar="DATE|TIME", help="Start of the first interval to look at, with --to")
]
To = Annotated[
    str | None, typer.Option("--to", metavar="DATE|TIME", help="Exclusive end: the start of the date or time given")
]
Missing = Annotated[
    bool,
    typer.Option("--missing", help="Run the intervals that no run has published, dropped ones included (the default)"),
]
Failed = Annotated[bool, typer.Option("--failed", help="Run the intervals whose newest run failed")]
All = Annotated[bool, typer.Option("--all", help="Run all intervals, published ones again")]
EveryInterval = Annotated[
    bool, typer.Option("--every-interval", help="Include intervals that the schedule does not name, such as weekends")
]
ChunkLength = Annotated[
    str | None,
    typer.Option(
        "--chunk",
        metavar="30d",
        help="Process intervals in a row in one run, up to so many hours (h), days (d) or weeks (w)",
    ),
]
NewestFirst = Annotated[bool, typer.Option("--newest-first", help="Start with the newest interval")]
MaxConcurrency = Annotated[
    int | None,
    typer.Option(
        "--max-concurrency",
        metavar="N",
        min=1,
        max=MOST_CONCURRENT,
        help="Number of runs at the same time  [default: 4, or 1 if the runs would disturb each other]",
    ),
]
Yes = Annotated[bool, typer.Option("--yes", help="Skip the confirmation")]
Stop = Annotated[bool, typer.Option("--stop", help="Stop the pipeline's running backfill and its runs")]


@command
def backfill(
    settings: Settings,
    name: Name,
    from_: From = None,
    to: To = None,
    missing: Missing = False,
    failed: Failed = False,
    all_: All = False,
    every_interval: EveryInterval = False,
    chunk: ChunkLength = None,
    newest_first: NewestFirst = False,
    max_concurrency: MaxConcurrency = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    no_deploy: NoDeploy = False,
    stop: Stop = False,
) -> None:
    """Run a pipeline once for each interval of a time, in the cloud: the command returns, and the backfill goes on.

    A failed run stops no other. Intervals that are being processed already are left out, so that the same command, given twice,
    starts nothing twice. Follow it with pipelines backfills --follow.

    On the local target, a running local cloud is needed (pipelines local up), and a changed project is deployed first.
    """
    project = open_project(settings)
    pipeline = find_pipeline(project, name)
    if stop:
        if from_ or to or missing or failed or all_:
            raise CommandError("--stop cannot be combined with a time or a mode", "use --stop alone")
        _stop(settings, pipeline)
        return
    asked = _asked(pipeline, from_, to, _mode(missing=missing, failed=failed, all_=all_), chunk)
    asked = Asked(asked.span, asked.mode, every_interval, asked.chunk, newest_first)
    concurrency = allowed_concurrency(pipeline, max_concurrency)
    if settings.local and not (no_deploy or dry_run):
        _deploy_changes(settings, project)
    with open_cloud(settings) as cloud:
        machine = BackfillMachine.of(settings, cloud, pipeline)
        with spinner("reading the intervals and the executions"):
            planned = plan_backfill(machine, asked, _states_of, utc_now())
            plan = planned.plan
            # A run of several intervals takes longer than the past ones, nobody knows how much.
            hours = hours_of_a_run(cloud, machine.outputs) if plan.runs and not asked.chunk else None
        cost = (len(plan.runs) * len(pipeline.steps), None if hours is None else hours * len(plan.runs))
        tell_plan(planned, asked, *cost, concurrency)
        document = plan_document(planned, asked, *cost, concurrency)
        if dry_run or not plan.runs:
            _finish(settings, {**document, "dry_run": dry_run, "started": False, "execution_arn": None})
            if not plan.runs:
                _tell_of_none(settings, machine)
            return
        refuse_beside_open_runs(machine)
        confirm("Start it?", yes=yes)
        record = {"pipeline": pipeline.name, **asked.record, "runs": len(plan.runs), "max_concurrency": concurrency}
        started = machine.start(plan, record, concurrency)
    names = zip(started.plan.run_names(), document["runs"], strict=True)
    document |= {"backfill": started.plan.name, "runs": [{**run, "name": run_name} for run_name, run in names]}
    note(f"{'already running' if started.was_running else 'started'}: {started.plan.name}", style="green")
    note(f"follow it: {paste(settings, 'backfills', pipeline.name, '--follow')}")
    _finish(
        settings,
        {**document, "dry_run": False, "started": not started.was_running, "execution_arn": started.execution_arn},
    )


def _mode(*, missing: bool, failed: bool, all_: bool) -> Mode:
    if missing + failed + all_ > 1:
        raise CommandError("--missing, --failed and --all are mutually exclusive", "use one of them")
    return "all" if all_ else "failed" if failed else "missing"


def _asked(pipeline: Pipeline, from_: str | None, to: str | None, mode: Mode, chunk: str | None) -> Asked:
    span = asked_interval(interval_rule(pipeline).calendar, start=from_, end=to)
    if span is None:
        raise CommandError("the time to process is missing", "use --from 2026-03-01 --to 2026-04-01")
    try:
        return Asked(span, mode, chunk=Chunk.parse(chunk) if chunk else None)
    except InvalidChunkError as error:
        raise CommandError(f"--chunk: {error}") from error


def _states_of(_intervals: Sequence[Interval]) -> Mapping[Interval, KnownState]:
    raise CommandError("--missing and --failed are not available yet", "use --all")


def _deploy_changes(settings: Settings, project: Project) -> None:
    deploy_changes(settings, project, LocalState(settings.project), find_running(settings))


def _tell_of_none(settings: Settings, machine: BackfillMachine) -> None:
    note("there is nothing to run", style="green")
    for running in machine.running():
        follow = paste(settings, "backfills", machine.pipeline.name, "--follow")
        note(f"{running.name} is running, follow it: {follow}")


def _stop(settings: Settings, pipeline: Pipeline) -> None:
    with open_cloud(settings) as cloud:
        machine = BackfillMachine.of(settings, cloud, pipeline)
        stopped = []
        for running in machine.running():
            status = stop_backfill(machine, running)
            note(f"{running.name} is {status}, and none of its runs is open", style="green")
            stopped.append(backfill_document(running, status, machine.counts(running)))
    if not stopped:
        note(f"no backfill of {pipeline.name} is running")
    _finish(settings, {"stopped": stopped})


def _finish(settings: Settings, document: dict[str, Any]) -> None:
    if settings.json:
        print_json(document)
