"""``pipelines show``: one run with all that is known about it."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from partitioned_pipelines.cli.command import command
from partitioned_pipelines.cli.lake.lake_reader import PipelineReader
from partitioned_pipelines.cli.lake.runs.reader import RunReader
from partitioned_pipelines.cli.lake.runs.search import find_run_anywhere
from partitioned_pipelines.cli.project import open_project
from partitioned_pipelines.cli.runs.results.cost_report import (
    amount_text,
    price_note,
    read_price_list,
    require_region,
    time_text,
    time_unit,
)
from partitioned_pipelines.cli.settings import Settings
from partitioned_pipelines.cli.target.clouds import open_cloud
from partitioned_pipelines.cli.terminal.output import note, print_json, print_table, readable_bytes, say, spinner
from partitioned_pipelines.lake.intervals.instants import format_instant
from partitioned_pipelines.lake.shell_words import shown_command
from partitioned_pipelines.operations.lake_state.documents.document import to_document
from partitioned_pipelines.operations.lake_state.documents.run import Run
from partitioned_pipelines.operations.lake_state.shown_spans import span

RunId = Annotated[
    str, typer.Argument(metavar="RUN", help="Id of the run, or the beginning of it, if no other run's id begins so")
]
Prices = Annotated[
    Path | None,
    typer.Option(
        "--prices",
        metavar="FILE",
        help="List of prices, as written by pipelines prices  [default: prices of deployment.yaml, on AWS]",
    ),
]

_SHOWN_LINES = 20
_BY = {
    "schedule": "by its schedule",
    "inputs": "by its inputs, or at their deadline",
    "backfill": "by a backfill",
    "person": "by a command or a person",
    "unknown": "by whom is unknown",
}


@command
def show(settings: Settings, run_id: RunId, prices: Prices = None) -> None:
    """Show a run of any pipeline: for which interval, how it ended and why, what readers see instead, who waits, its states, jobs and
    what they cost, log and receipt, and the commands that repeat it.
    """
    price_list = read_price_list(settings, prices)
    project = open_project(settings)
    with open_cloud(settings) as opened, spinner("looking for the run") as progress:
        cloud = opened.for_many_calls()
        lake = PipelineReader.open(settings, cloud, now=datetime.now(UTC))
        found = find_run_anywhere(settings, cloud, project.pipelines, lake.stacks, lake.bucket, run_id)
        progress(f"reading {found.run_id}")
        region = cloud.session.region_name
        if price_list and not settings.local:
            require_region(price_list, region)
        run = RunReader(settings, cloud, project.pipelines, lake, found, price_list).read()
    if settings.json:
        print_json(to_document(run))
    else:
        _print(settings, run, region)


def _print(settings: Settings, run: Run, region: str | None) -> None:
    about = f", for {span(run.start, run.end)}" if run.start and run.end else ""
    say(f"{run.pipeline}{about}: {run.status}")
    say(run.id)
    for line in (*_facts(run), *_failure(run), *_effects(run)):
        say(line)
    if run.states:
        say("")
        _print_states(run)
    if run.jobs:
        say("")
        _print_jobs(run)
    for line in _cost(run, region, local=settings.local):
        say(line)
    say("")
    for line in _log(run):
        say(line)
    say("")
    for line in _receipts(run):
        say(line)
    if run.commands:
        say("")
    for what, words in run.commands.items():
        say(f"{what}: {shown_command(words)}")
    for problem in run.errors:
        lacks = f"; the credentials lack {problem.missing_permission}" if problem.missing_permission else ""
        call = " ".join(word for word in (problem.service, problem.call) if word)
        told = ": ".join(word for word in ("could not be read", call, problem.error) if word)
        note(f"{told}{lacks}", style="yellow")


def _facts(run: Run) -> Iterator[str]:
    took = f", took {_seconds(run.seconds)}" if run.seconds is not None else ""
    usual = f" (usually {_seconds(run.usual_seconds)})" if run.usual_seconds is not None else ""
    retried = f", retried {run.redrives} {'time' if run.redrives == 1 else 'times'}" if run.redrives else ""
    yield f"started {format_instant(run.started)} {_BY[run.by]}{took}{usual}{retried}"
    if run.same_code is not None:
        yield "the same code as the run before" if run.same_code else "new code with this run"
    if run.forgotten:
        yield run.forgotten
    if run.nothing_done:
        yield f"it did nothing: {run.nothing_done}"


def _failure(run: Run) -> Iterator[str]:
    if run.error:
        yield ""
        yield f"{run.error.state or 'the execution'} failed: {run.error.error}: {run.error.message.strip()}"
        yield from (f"  {run.error.state or 'execution'} | {line}" for line in run.error.traceback)


def _effects(run: Run) -> Iterator[str]:
    """Yield what readers see for the interval, if it is not what the run published, and who waits."""
    for each in run.instead:
        if each.run == run.id:
            continue
        seen = f"what {each.run or 'an unknown run'} published" if each.shown else "nothing"
        yield f"readers of {each.table} see {seen} for this interval"
    for waiting in run.waiting:
        yield f"{waiting.table} waits: {', '.join(span(each.start, each.end) for each in waiting.intervals)}"


def _print_states(run: Run) -> None:
    header = ["state", "attempt", "began", "waited", "worked", "status", "error"]
    rows = [
        [
            each.name,
            str(each.attempt),
            format_instant(each.at),
            _seconds(each.waited),
            _seconds(each.worked),
            each.status,
            each.error or "",
        ]
        for each in run.states
    ]
    print_table(header, rows, numeric=[False, True, False, True, True, False, False])


def _print_jobs(run: Run) -> None:
    money = [run.cost.prices.currency] if run.cost.prices else []
    rows = [
        [
            each.name,
            ", ".join(each.steps) or each.step,
            f"{each.count} × {each.type}" if each.type else "",
            _seconds(each.seconds),
            *([amount_text(each.amount)] if money else []),
            each.status or "SageMaker does not know it",
            each.exit or "",
        ]
        for each in run.jobs
    ]
    numeric = [False, False, False, True, *(True for _ in money), False, False]
    print_table(["job", "step", "machines", "paid", *money, "status", "exit"], rows, numeric=numeric)


def _cost(run: Run, region: str | None, *, local: bool) -> Iterator[str]:
    """Yield the hours of the run's instances and, with prices, the amount."""
    cost = run.cost
    if not cost.instance_hours and not cost.untimed_jobs and cost.amount is None:
        return
    spent = ", ".join(f"{name} {time_text(hours, local=local)}" for name, hours in cost.instance_hours.items()) or "0"
    untimed = f" and {cost.untimed_jobs:,} with an unknown duration" if cost.untimed_jobs else ""
    yield f"job {time_unit(local=local)}: {spent}{untimed}"
    head = asdict(cost.prices) if cost.prices else None
    amount = f"{amount_text(cost.amount) or 'no amount'} {head['currency']} " if head else ""
    yield f"{amount}{price_note(head, region, local=local)}"
    if cost.unpriced:
        yield f"the list lacks a price: {', '.join(cost.unpriced)}"


def _log(run: Run) -> Iterator[str]:
    if run.log.absent:
        yield f"no log: {run.log.absent}"
        return
    shown: Sequence[str] = run.log.lines[-_SHOWN_LINES:]
    yield f"the last {len(shown):,} lines of {run.log.job}:"
    job = next((job for job in run.jobs if job.name == run.log.job), None)
    # The lines of a shared job begin with their steps.
    before = "" if job and job.steps else f"{job.step if job else 'log'} | "
    yield from (f"  {before}{line}" for line in shown)


def _receipts(run: Run) -> Iterator[str]:
    for each in run.receipts:
        kept = f", {each.kept_newer:,} left to a later run" if each.kept_newer else ""
        rows = f"{each.rows:,} {'row' if each.rows == 1 else 'rows'}, " if each.rows is not None else ""
        yield (
            f"{each.table}: {each.partitions:,} {'partition' if each.partitions == 1 else 'partitions'} "
            f"({rows}{readable_bytes(each.bytes)}) at {format_instant(each.registered)}; readers see {each.live:,} of them{kept}"
        )
        yield f"  {each.key}"
    if run.no_receipt:
        yield f"no receipt: {run.no_receipt}"


def _seconds(seconds: float | None) -> str:
    """Return a duration as text: ``1.4 s``, ``2 min 5 s``, ``3 h 10 min``."""
    if seconds is None:
        return ""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"
