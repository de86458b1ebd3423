"""``pipelines backfill``: a run for each of many intervals, started and counted in the cloud."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any, cast

import typer

from partitioned_pipelines.cli.backfills.estimate import hours_of_a_run
from partitioned_pipelines.cli.backfills.machine import BackfillMachine
from partitioned_pipelines.cli.backfills.report import again, backfill_document, plan_document, tell_plan
from partitioned_pipelines.cli.backfills.request import (
    MOST_CONCURRENT,
    Asked,
    Planned,
    allowed_concurrency,
    plan_backfill,
    refuse_beside_open_runs,
)
from partitioned_pipelines.cli.backfills.stop import stop_backfill
from partitioned_pipelines.cli.command import command
from partitioned_pipelines.cli.commands.destroy import Yes
from partitioned_pipelines.cli.commands.rollback import DryRun
from partitioned_pipelines.cli.commands.run import NoDeploy, To
from partitioned_pipelines.cli.errors import CommandError
from partitioned_pipelines.cli.project import Name, find_pipeline, open_project
from partitioned_pipelines.cli.remedies import paste
from partitioned_pipelines.cli.runs.intervals.interval_options import asked_interval
from partitioned_pipelines.cli.runs.intervals.interval_states import PipelineIntervals
from partitioned_pipelines.cli.runs.intervals.outdated_runs import outdated_intervals
from partitioned_pipelines.cli.runs.published_table import PublishedPipeline, open_pipeline
from partitioned_pipelines.cli.settings import Settings
from partitioned_pipelines.cli.target.clouds import deploy_changes, find_running
from partitioned_pipelines.cli.target.local_state import LocalState
from partitioned_pipelines.cli.terminal.output import confirm, note, print_json, spinner
from partitioned_pipelines.lake.intervals.interval import Interval
from partitioned_pipelines.operations.backfill.chunks import Chunk, InvalidChunkError
from partitioned_pipelines.operations.backfill.selection import OUTDATED, UP_TO_DATE, Mode
from partitioned_pipelines.spec.derived.interval_rule import interval_rule

From = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="DATE|TIME",
        help="Start of the first interval to look at, with --to  [default: from the first known interval to the newest that is due]",
    ),
]
Missing = Annotated[
    bool,
    typer.Option("--missing", help="Run the intervals that no run has published (the default)"),
]
Failed = Annotated[bool, typer.Option("--failed", help="Run the intervals without data whose newest run failed")]
Outdated = Annotated[
    bool, typer.Option("--outdated", help="Run the intervals whose inputs changed since (pipelines outdated)")
]
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
Stop = Annotated[bool, typer.Option("--stop", help="Stop the pipeline's running backfill and its runs")]


@command
def backfill(
    settings: Settings,
    name: Name,
    from_: From = None,
    to: To = None,
    missing: Missing = False,
    failed: Failed = False,
    outdated: Outdated = False,
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
    """Start one run for each interval of a time range. The backfill continues after the command returns.

    A failed run stops no other. Intervals that are being processed already are left out, so that the same command, given twice,
    starts nothing twice. Follow it with pipelines backfills --follow.

    On the local target, a running local cloud is needed (pipelines local up), and a changed project is deployed first.
    """
    project = open_project(settings)
    pipeline = find_pipeline(project, name)
    if stop:
        given = (from_, to, missing, failed, outdated, all_, every_interval, chunk, newest_first, max_concurrency)
        if any((*given, dry_run, no_deploy)):
            raise CommandError("--stop cannot be combined with other options", "use --stop alone")
        _stop(settings, name)
        return
    mode = _mode(missing=missing, failed=failed, outdated=outdated, all=all_)
    span = asked_interval(interval_rule(pipeline).calendar, start=from_, end=to)
    if span is None and mode == "all":
        raise CommandError("the time to process is missing", "use --from 2026-03-01 --to 2026-04-01")
    length = _chunk(chunk)
    concurrency = allowed_concurrency(pipeline, max_concurrency)
    if settings.local and not (no_deploy or dry_run):
        deploy_changes(settings, project, LocalState(settings.project), find_running(settings))
    with open_pipeline(settings, name, None) as published:
        machine = BackfillMachine.of(published)
        with spinner("reading the intervals and the executions"):
            known = PipelineIntervals(published)
            span = span or _known_span(known)
            asked = Asked(span, mode, every_interval, length, newest_first)
            planned = plan_backfill(machine, asked, _judge(published, known, mode), datetime.now(UTC))
            plan = planned.plan
            # A run of several intervals takes longer than the past ones, nobody knows how much.
            hours = hours_of_a_run(machine.cloud, machine.outputs) if plan.runs and not asked.chunk else None
        cost = (len(plan.runs) * len(pipeline.steps), None if hours is None else hours * len(plan.runs))
        if plan.runs:
            refuse_beside_open_runs(machine)
        tell_plan(planned, asked, *cost, concurrency)
        document = plan_document(planned, asked, *cost, concurrency)
        if not plan.runs:
            _tell_of_none(settings, machine)
        if dry_run or not plan.runs:
            _finish(settings, {**document, "dry_run": dry_run, "started": False, "execution_arn": None})
            return
        confirm("Start it?", yes=yes)
        record = {"pipeline": name, **asked.record, "runs": len(plan.runs), "max_concurrency": concurrency}
        started = machine.start(plan, record, concurrency)
    note(f"{'already running' if started.was_running else 'started'}: {started.plan.name}", style="green")
    note(f"follow it: {paste(settings, 'backfills', name, '--follow')}")
    # The id may be that of a later attempt.
    document = plan_document(Planned(started.plan, planned.selection), asked, *cost, concurrency)
    arn = started.execution_arn
    _finish(settings, {**document, "dry_run": False, "started": not started.was_running, "execution_arn": arn})


def _mode(**asked: bool) -> Mode:
    modes = [name for name, wanted in asked.items() if wanted]
    if len(modes) > 1:
        raise CommandError(f"--{modes[0]} and --{modes[1]} are mutually exclusive", "use one of them")
    return cast("Mode", modes[0]) if modes else "missing"


def _judge(
    published: PublishedPipeline, known: PipelineIntervals, mode: Mode
) -> Callable[[Sequence[Interval]], dict[Interval, str]]:
    """Return the function that names the state of each interval, or whether it is outdated."""

    def states(intervals: Sequence[Interval]) -> dict[Interval, str]:
        return {one.interval: one.state.name for one in known.states(intervals)}

    def outdated(intervals: Sequence[Interval]) -> dict[Interval, str]:
        found = outdated_intervals(published, intervals)
        return {one: OUTDATED if one in found else UP_TO_DATE for one in intervals}

    return outdated if mode == "outdated" else states


def _chunk(text: str | None) -> Chunk | None:
    try:
        return Chunk.parse(text) if text else None
    except InvalidChunkError as error:
        raise CommandError(f"--chunk: {error}") from error


def _known_span(known: PipelineIntervals) -> Interval:
    """Return the time from the first known interval to the newest one that is due."""
    expected = known.expected()
    if not expected:
        raise CommandError(
            "nothing is known of the pipeline's intervals, and none is due",
            "name the time: --from 2026-03-01 --to 2026-04-01",
        )
    return replace(expected[0], end=expected[-1].end)


def _tell_of_none(settings: Settings, machine: BackfillMachine) -> None:
    note("nothing to run", style="green")
    for running in machine.running():
        follow = paste(settings, "backfills", machine.pipeline.name, "--follow")
        note(f"{running.name} is running, follow it: {follow}")


def _stop(settings: Settings, name: str) -> None:
    with open_pipeline(settings, name, None) as published:
        machine = BackfillMachine.of(published)
        stopped = []
        for running in machine.running():
            status = stop_backfill(machine, running)
            note(f"{running.name} is {status}, and all of its runs have ended", style="green")
            if words := again(settings, running, (), stopped=True):
                note(f"run the rest: {words}")
            stopped.append(backfill_document(running, status, machine.counts(running)))
    if not stopped:
        note(f"no backfill of {name} is running")
    _finish(settings, {"stopped": stopped})


def _finish(settings: Settings, document: dict[str, Any]) -> None:
    if settings.json:
        print_json(document)
