"""``pipelines status``: whether everything is all right, and what needs somebody."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from partitioned_pipelines.cli.command import command
from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.lake.cost_reader import read_costs
from partitioned_pipelines.cli.lake.lake_reader import read_lake, with_sources
from partitioned_pipelines.cli.project import find_pipeline, open_project
from partitioned_pipelines.cli.remedies import paste
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
from partitioned_pipelines.cli.terminal.output import (
    note,
    print_json,
    print_table,
    readable_bytes,
    say,
    shown_reason,
    spinner,
)
from partitioned_pipelines.lake.shell_words import shown_command
from partitioned_pipelines.operations.lake_state.building.standing import Standing, needs_somebody, others, standings
from partitioned_pipelines.operations.lake_state.documents.document import to_document
from partitioned_pipelines.operations.lake_state.documents.lake import Lake, Need, Problem, Table
from partitioned_pipelines.operations.lake_state.shown_spans import spans

Names = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[NAME]...", help="Names of pipelines; those whose tables they read are included  [default: all]"
    ),
]

Cost = Annotated[
    bool, typer.Option("--cost", help="Add what the runs of this month and of six before used, by month and pipeline")
]
Prices = Annotated[
    Path | None,
    typer.Option(
        "--prices",
        metavar="FILE",
        help="With --cost: list of prices, as written by pipelines prices  [default: prices of deployment.yaml, on AWS]",
    ),
]

_SHOWN_NEEDS = 10
_SHOWN_TABLES = 40
_ORDER: tuple[Standing, ...] = ("needs", "unknown", "waiting", "running", "nothing", "not_deployed", "right")
_WORDS: dict[Standing, str] = {
    "needs": "needs you",
    "unknown": "could not be read",
    "waiting": "waits for another table",
    "running": "runs",
    "nothing": "nothing is due yet",
    "not_deployed": "not deployed",
    "right": "all right",
}


@command
def status(settings: Settings, names: Names = None, cost: Cost = False, prices: Prices = None) -> None:
    """Say whether everything is all right: what needs somebody, the worst first, each with the command that mends it; then each table.
    An interval that is missing because its input is missing is told with the input. Of each table, the last 400 intervals count.

    With --cost, the receipts of all runs of the last months are read, the first time; those of runs that have ended are kept.

    The exit code is 0 if nothing needs anybody, and 1 if something does, or if something could not be read. Tables that are not
    deployed need nobody.
    """
    if prices and not cost:
        raise CommandError("--prices has no effect without --cost", "add --cost")
    price_list = read_price_list(settings, prices) if cost else None
    project = open_project(settings)
    named = [find_pipeline(project, name) for name in names or []]
    pipelines = with_sources(project.pipelines, named) if named else list(project.pipelines)
    with open_cloud(settings) as cloud, spinner("reading the lake") as progress:
        region = cloud.session.region_name
        if price_list and not settings.local:
            require_region(price_list, region)
        read = read_lake(settings, cloud.for_many_calls(), pipelines, now=datetime.now(UTC))
        lake = read.lake
        if cost and read.reader:
            progress("reading what runs used")
            lake = read_costs(read.reader, pipelines, price_list).added_to(lake)
    if settings.json:
        print_json(to_document(lake))
    else:
        _print(settings, lake)
        if lake.cost is not None:
            _print_costs(settings, lake, region)
    if needs_somebody(lake):
        raise typer.Exit(ExitCode.FAILED)


def _print(settings: Settings, lake: Lake) -> None:
    standing = standings(lake.pipelines, lake.tables, lake.needs)
    say(lake.verdict)
    if rest := others(standing.values()):
        say(rest)
    for need in lake.needs[:_SHOWN_NEEDS]:
        say("")
        for line in _need_lines(need):
            say(line)
    if len(lake.needs) > _SHOWN_NEEDS:
        say("")
        note(f"and {len(lake.needs) - _SHOWN_NEEDS:,} more: --json has them all", style="yellow")
    problems = [*lake.errors, *(table.problem for table in lake.tables if table.problem)]
    if problems:
        say("")
        say("Could not be read:")
        for problem in problems:
            for line in _problem_lines(settings, problem):
                say(line)
    if lake.tables:
        say("")
        _print_tables(lake, standing)
    for pipeline in lake.pipelines:
        if pipeline.off:
            resume = paste(settings, "resume", pipeline.name)
            note(f"{pipeline.name} is off: {pipeline.off}; resume it: {resume}", style="yellow")
    if undeployed := [pipeline.name for pipeline in lake.pipelines if not pipeline.deployed]:
        note(f"not deployed: {_listed(undeployed)}; deploy them: {paste(settings, 'deploy')}", style="yellow")


def _print_costs(settings: Settings, lake: Lake, region: str | None) -> None:
    money = [lake.prices.currency] if lake.prices else []
    rows = [
        [
            month,
            pipeline,
            f"{cost.runs:,}",
            time_text(cost.seconds / 3600, local=settings.local),
            *([f"{amount_text(cost.amount)}{' +?' if cost.without_amount else ''}"] if money else []),
        ]
        for month, by_pipeline in (lake.cost or {}).items()
        for pipeline, cost in by_pipeline.items()
    ]
    say("")
    unit = f"job {time_unit(local=settings.local)}"
    print_table(
        ["month", "pipeline", "runs", unit, *money], rows, numeric=[False, False, True, True, *map(bool, money)]
    )
    head = asdict(lake.prices) if lake.prices else None
    note(price_note(head, region, local=settings.local), style="dim")
    if money and any(cost.without_amount for each in (lake.cost or {}).values() for cost in each.values()):
        note("+? : of some runs, the amount is unknown: a job has not ended, or the list lacks a price", style="yellow")


def _need_lines(need: Need) -> Iterator[str]:
    counts = [f"{count:,} {word}" for count, word in ((need.failed, "failed"), (need.missing, "missing")) if count]
    yield f"{_listed(need.tables)}: {', '.join(counts)}{', the newest among them' if need.late else ''}"
    yield f"  {spans(need.intervals)}{f': {shown_reason(need.reason)}' if need.reason else ''}"
    if need.waiting:
        tables = f"{len(need.waiting):,} tables" if len(need.waiting) > 1 else need.waiting[0].table
        yield f"  waiting for it: {tables}"
    if need.run:
        yield f"  the newest failed run: {need.run}"
    yield f"  {shown_command(need.command)}"


def _problem_lines(settings: Settings, problem: Problem) -> Iterator[str]:
    call = " ".join(word for word in (problem.service, problem.call) if word)
    yield f"  {': '.join(word for word in (problem.subject, call, shown_reason(problem.error)) if word)}"
    if problem.missing_permission:
        yield f"    the credentials lack {problem.missing_permission}"
    if problem.command:
        yield f"    {paste(settings, *problem.command[1:])}"


def _print_tables(lake: Lake, of: Mapping[str, Standing]) -> None:
    tables = sorted(lake.tables, key=lambda table: (_ORDER.index(of[table.id]), table.id))
    header = ["table", "state", "newest", "late", "failed", "missing", "rows", "size"]
    rows = [_row(table, of[table.id]) for table in tables[:_SHOWN_TABLES]]
    print_table(header, rows, numeric=[False, False, False, True, True, True, True, True])
    for table in tables[:_SHOWN_TABLES]:
        if table.note:
            note(f"{table.id}: {table.note}", style="dim")
    if len(tables) > _SHOWN_TABLES:
        note(f"and {len(tables) - _SHOWN_TABLES:,} more tables: --json has them all", style="dim")


def _row(table: Table, standing: Standing) -> list[str]:
    return [
        table.id,
        _WORDS[standing],
        table.newest or "",
        f"{table.late:,}" if table.late else "",
        f"{table.counts['f']:,}" if table.counts.get("f") else "",
        f"{table.counts['m']:,}" if table.counts.get("m") else "",
        f"{table.rows:,}" if table.rows is not None else "",
        readable_bytes(table.bytes) if table.bytes else "",
    ]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
