"""``pipelines runs``: a list of a pipeline's executions, what they wrote to the tables, and which of it is live."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from partitioned_pipelines.cli.command import command
from partitioned_pipelines.cli.errors import CommandError
from partitioned_pipelines.cli.project import Name, TableName
from partitioned_pipelines.cli.remedies import paste
from partitioned_pipelines.cli.runs.executions.execution_list import read_outcome
from partitioned_pipelines.cli.runs.published_table import PublishedPipeline, PublishedTable, open_pipeline
from partitioned_pipelines.cli.runs.results.cost_report import (
    cost_document,
    print_costs,
    read_price_list,
    require_region,
)
from partitioned_pipelines.cli.runs.results.run_costs import ListedRun, read_records
from partitioned_pipelines.cli.settings import Settings
from partitioned_pipelines.cli.terminal.output import note, print_json, print_table, shown_reason, spinner
from partitioned_pipelines.lake.intervals.instants import format_instant
from partitioned_pipelines.operations.costs.price_list import PriceList
from partitioned_pipelines.operations.costs.run_cost import cost_of
from partitioned_pipelines.operations.lake_state.shown_spans import span
from partitioned_pipelines.runtime.executions.execution import Execution
from partitioned_pipelines.runtime.history.run_folders import measure_folder
from partitioned_pipelines.runtime.history.table_history import Run, TableHistory

Live = Annotated[bool, typer.Option("--live", help="List only runs that a partition points to")]
FailedOnly = Annotated[bool, typer.Option("--failed", help="List only runs that failed, timed out or were stopped")]
Limit = Annotated[int, typer.Option("--limit", metavar="N", min=1, help="Number of runs to list, newest first")]

_LONGEST_AGO = datetime.min.replace(tzinfo=UTC)
_LONGEST_REASON = 100


@dataclass(frozen=True)
class _Row:
    """An execution and a table's record of it; either may be missing."""

    run_id: str
    execution: Execution | None
    published: PublishedTable | None = None
    run: Run | None = None

    @property
    def started_at(self) -> datetime | None:
        if self.run and self.run.started_at:
            return self.run.started_at
        return self.execution.started_at if self.execution else None


_SHOWN_PATHS = 3  # of each run


Cost = Annotated[
    bool,
    typer.Option("--cost", help="Show what each run and each month used, and the amounts if there is a list of prices"),
]
Prices = Annotated[
    Path | None,
    typer.Option(
        "--prices",
        metavar="FILE",
        help="With --cost: list of prices, as written by pipelines prices  [default: prices of deployment.yaml, on AWS]",
    ),
]


@command
def runs(
    settings: Settings,
    name: Name,
    table: TableName = None,
    live: Live = False,
    failed: FailedOnly = False,
    limit: Limit = 50,
    cost: Cost = False,
    prices: Prices = None,
) -> None:
    """List the runs of a pipeline, newest first, with what each published and which partitions point to it.

    With --cost, list what each run and each month used: instance-hours and, at the prices of a list, amounts.
    """
    if live and failed:
        raise CommandError("--live and --failed are mutually exclusive", "use one of them")
    if prices and not cost:
        raise CommandError("--prices has no effect without --cost", "add --cost")
    price_list = read_price_list(settings, prices) if cost else None
    with open_pipeline(settings, name, table) as pipeline, spinner("reading executions and receipts"):
        histories = [(published, published.reader.read()) for published in pipeline.tables]
        rows = _join(pipeline, histories)
        rows = [
            row
            for row in rows
            if (not live or (row.run and row.run.live)) and (not failed or (row.execution and row.execution.failed))
        ]
        if cost:
            costs, older = _read_costs(pipeline, rows, limit, price_list)
        else:
            found = [_document(pipeline, row) for row in rows[:limit]]
    if cost:
        _print_costs(settings, costs, older)
        return
    if settings.json:
        print_json(found)
    else:
        _print(pipeline, found, histories)
    if len(rows) > limit:
        filters = [
            *(["--table", table] if table else []),
            *(["--live"] if live else []),
            *(["--failed"] if failed else []),
        ]
        more = paste(settings, "runs", name, *filters, "--limit", str(len(rows)))
        note(f"and {len(rows) - limit:,} older: {more}", style="yellow")


def _join(pipeline: PublishedPipeline, histories: list[tuple[PublishedTable, TableHistory]]) -> list[_Row]:
    """Return executions joined with the runs in the tables, by ARN or run id; each run has a row for each table that it wrote."""
    executions = pipeline.executions()
    by_name = {name: execution for execution in reversed(executions) for name in (execution.arn, execution.run_id)}
    rows: list[_Row] = []
    joined: set[str] = set()
    for published, history in histories:
        for run in history.runs.values():
            by_arn = by_name.get(run.receipt.execution_arn) if run.receipt and run.receipt.execution_arn else None
            execution = by_arn or by_name.get(run.run_id)
            rows.append(_Row(run.run_id, execution, published, run))
            joined.update([execution.arn] if execution else [])
    rows += [_Row(execution.run_id, execution) for execution in executions if execution.arn not in joined]
    return sorted(rows, key=lambda row: (row.started_at or _LONGEST_AGO, row.run_id), reverse=True)


def _read_costs(
    pipeline: PublishedPipeline, rows: list[_Row], limit: int, prices: PriceList | None
) -> tuple[dict[str, Any], int]:
    """Return the document of what the newest runs used, each once although it has a row for each table, and the number of older runs."""
    region = pipeline.cloud.session.region_name
    if prices and not pipeline.settings.local:
        require_region(prices, region)
    by_run: dict[str, list[_Row]] = {}
    for row in rows:
        by_run.setdefault(row.execution.run_id if row.execution else row.run_id, []).append(row)
    listed = [_listed_run(run_id, of_run) for run_id, of_run in by_run.items()][:limit]
    records = read_records(pipeline.cloud.sagemaker, pipeline.pipeline, pipeline.outputs, listed)
    costs = [cost_of(record, prices) for record in records]
    return cost_document(costs, [run.status for run in listed], prices, region), len(by_run) - len(listed)


def _print_costs(settings: Settings, document: dict[str, Any], older: int) -> None:
    if settings.json:
        print_json(document)
    else:
        print_costs(document, local=settings.local)
    if older:
        every = f"--limit {len(document['runs']) + older}"
        note(f"and {older:,} older runs, which are not added up: {every}", style="yellow")


def _listed_run(run_id: str, rows: list[_Row]) -> ListedRun:
    receipts = [row.run.receipt for row in rows if row.run and row.run.receipt]
    execution = next((row.execution for row in rows if row.execution), None)
    return ListedRun(
        # The id in the jobs' environment, which PlanRun built.
        run_id=receipts[0].receipt_id if receipts else run_id,
        started_at=rows[0].started_at,
        status=execution.status if execution else None,
        failed=execution.failed if execution else not receipts,
        usages=tuple(receipt.usage for receipt in receipts if receipt.usage),
    )


def _print(
    pipeline: PublishedPipeline, found: list[dict[str, Any]], histories: list[tuple[PublishedTable, TableHistory]]
) -> None:
    several = len(histories) > 1
    rows = [
        [
            run["run_id"],
            *([run["table"] or ""] if several else []),
            run["started_at"] or "",
            shown_interval(run),
            run["status"] or "",
            run["failed_step"] or "",
            str(run["partitions"]) if run["receipt"] else "",
            str(len(run["live"])),
            str(run["objects"]),
            f"{run['bytes']:,}",
            str(run["bad_path_count"]) if run["receipt"] else "",
            _state(run),
        ]
        for run in found
    ]
    header = ["run_id", *(["table"] if several else []), "started_at", "interval", "status", "failed_step"]
    counts = ["partitions", "live", "objects", "bytes", "skipped"]
    print_table([*header, *counts, "state"], rows, numeric=[*(False for _ in header), *(True for _ in counts), False])
    for run in found:
        for line in run["bad_paths"][:_SHOWN_PATHS]:
            note(f"skipped by {run['run_id']}: {line}", style="yellow")
        if run["bad_path_count"] > _SHOWN_PATHS:
            more = run["bad_path_count"] - _SHOWN_PATHS
            note(f"skipped by {run['run_id']}: {more:,} more, see {run['receipt']}", style="yellow")
    for published, history in histories:
        if others := [values for values in history.partitions if len(values) != len(published.keys)]:
            keys, doctor = ", ".join(published.keys), paste(pipeline.settings, "doctor", pipeline.pipeline.name)
            note(
                f"{len(others):,} partitions of {published.name} were registered under other keys than {keys}, such as "
                f"{'/'.join(others[0])}, and no query can read them: {doctor}",
                style="yellow",
            )
        for bad in history.bad_receipts:
            note(f"{bad.uri} is not a receipt: {bad.problem}", style="yellow")
        if history.rollbacks:
            newest = format_instant(history.rollbacks[-1].started_at)
            note(f"rollbacks of {published.name}: {len(history.rollbacks):,}, the newest at {newest}", style="dim")
    note(f"{len(found):,} {'run' if len(found) == 1 else 'runs'} of {pipeline.pipeline.name}", style="dim")


def _document(pipeline: PublishedPipeline, row: _Row) -> dict[str, Any]:
    """Return the document of a run: its execution, and a table's record of it."""
    execution, run = row.execution, row.run
    outcome = read_outcome(pipeline.cloud, execution, pipeline.pipeline) if execution else None
    receipt = run.receipt if run else None
    return {
        "run_id": (outcome.run_id if outcome else None) or row.run_id,
        "pipeline": receipt.pipeline if receipt else pipeline.pipeline.name,
        "table": row.published.name if row.published else None,
        "started_at": format_instant(row.started_at) if row.started_at else None,
        "process_start": receipt.process_start if receipt else (outcome.process_start if outcome else None),
        "process_end": receipt.process_end if receipt else (outcome.process_end if outcome else None),
        "execution_arn": execution.arn if execution else (receipt.execution_arn if receipt else None),
        "status": execution.status if execution else None,
        "failed_step": outcome.failed_step if outcome else None,
        "reason": outcome.reason if outcome else None,
        **_published_document(row.published, run),
    }


def _published_document(published: PublishedTable | None, run: Run | None) -> dict[str, Any]:
    """Return a table's record of a run; its size is that of the published files or, without a receipt, of all files of the run."""
    receipt = run.receipt if run else None
    objects, size, location = 0, 0, None
    if receipt:
        objects = sum(entry.objects for entry in receipt.written)
        size = sum(entry.bytes for entry in receipt.written)
        location = receipt.root.uri
    elif run and published:
        folder = published.address.run_folder(run.run_id)
        location = folder.uri
        if run.has_folder:
            content = measure_folder(published.cloud.s3, folder)
            objects, size = content.objects, content.bytes
    return {
        "registered_at": format_instant(receipt.registered_at) if receipt else None,
        "script_hash": receipt.script_hash if receipt else None,
        "image_uri": receipt.image_uri if receipt else None,
        "inputs": receipt.inputs.document() if receipt and receipt.inputs else None,
        "receipt": f"s3://{published.address.bucket}/{receipt.key}" if receipt and published else None,
        "location": location,
        "partitions": len(receipt.written) if receipt else 0,
        "objects": objects,
        "bytes": size,
        "rows": receipt.rows if receipt else None,
        "usage": receipt.usage.document() if receipt and receipt.usage else None,
        "kept_newer": sorted(published.label(entry.values) for entry in receipt.kept_newer)
        if receipt and published
        else [],
        "bad_path_count": receipt.left_out.bad_path_count if receipt else 0,
        "bad_paths": list(receipt.left_out.bad_paths) if receipt else [],
        "skipped_partitions": receipt.left_out.skipped_partition_count if receipt else 0,
        "ignored": dict(receipt.left_out.ignored) if receipt else {},
        "live": sorted(published.label(values) for values in run.live) if published and run else [],
        "ceased_at": format_instant(run.ceased_at) if run and run.ceased_at else None,
    }


def shown_interval(run: dict[str, Any]) -> str:
    """Return the interval of a run's document as text; empty if it is unknown."""
    start, end = run["process_start"], run["process_end"]
    return span(start, end) if start and end else ""


def _state(run: dict[str, Any]) -> str:
    if run["reason"]:
        return shown_reason(str(run["reason"]), _LONGEST_REASON)
    if run["table"] is None:
        return ""
    if run["live"]:
        return "live" if run["receipt"] else "live, without a receipt"
    if not run["receipt"]:
        return "no receipt"
    return f"replaced {run['ceased_at']}" if run["ceased_at"] else "no partition points to it"
