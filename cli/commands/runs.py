"""``pipelines runs``: the runs of a pipeline's table, and which of them readers see."""

from typing import Annotated, Any

import typer

from cli.command import command
from cli.commands.partitions import Name, TableName
from cli.output import note, print_json, print_table, spinner
from cli.published_table import PublishedTable, open_table
from cli.settings import Settings
from partitions.history.run_folders import measure_folder
from partitions.history.table_history import Run
from partitions.interval import format_instant

Live = Annotated[bool, typer.Option("--live", help="Only those that a partition points to.")]

_SHOWN_PATHS = 3  # of each run


@command
def runs(settings: Settings, name: Name, table: TableName = None, live: Live = False) -> None:
    """List the runs of a pipeline's table, the oldest first, with their sizes and the partitions that point to them."""
    with open_table(settings, name, table) as published, spinner("reading the table's history"):
        history = published.reader.read()
        found = [_document(published, run) for run in history.runs.values() if run.live or not live]
    if settings.json:
        print_json(found)
        return
    rows = [
        [
            run["run_id"],
            run["started_at"],
            run["registered_at"],
            str(run["partitions"]) if run["receipt"] else None,
            str(len(run["live"])),
            str(run["objects"]),
            f"{run['bytes']:,}",
            str(run["bad_path_count"]) if run["receipt"] else None,
            _state(run),
        ]
        for run in found
    ]
    print_table(
        ["run_id", "started_at", "registered_at", "partitions", "live", "objects", "bytes", "skipped", "state"],
        rows,
        numeric=[False, False, False, True, True, True, True, True, False],
    )
    if others := [values for values in history.partitions if len(values) != len(published.keys)]:
        note(
            f"{len(others):,} partitions of {published.name} were registered under other keys than {', '.join(published.keys)}, such as "
            f"{'/'.join(others[0])}, and no query can read them: pipelines doctor {name}",
            style="yellow",
        )
    for run in found:
        for line in run["bad_paths"][:_SHOWN_PATHS]:
            note(f"skipped by {run['run_id']}: {line}", style="yellow")
        if run["bad_path_count"] > _SHOWN_PATHS:
            more = run["bad_path_count"] - _SHOWN_PATHS
            note(f"skipped by {run['run_id']}: {more:,} more, see {run['receipt']}", style="yellow")
    for bad in history.bad_receipts:
        note(f"{bad.uri} is no receipt: {bad.problem}", style="yellow")
    if history.rollbacks:
        newest = history.rollbacks[-1]
        note(f"rollbacks: {len(history.rollbacks):,}, the newest at {format_instant(newest.started_at)}", style="dim")
    note(f"{len(found):,} {'run' if len(found) == 1 else 'runs'} of {published.name}", style="dim")


def _document(published: PublishedTable, run: Run) -> dict[str, Any]:
    """Describe a run; its size is what it published, or for one without a receipt, all that it left."""
    receipt, address = run.receipt, published.address
    objects, size, written = 0, 0, 0
    if receipt:
        objects = sum(entry.objects for entry in receipt.written)
        size = sum(entry.bytes for entry in receipt.written)
        written = len(receipt.written)
    elif run.has_folder:
        content = measure_folder(published.cloud.s3, address.run_folder(run.run_id))
        objects, size = content.objects, content.bytes
    return {
        "run_id": run.run_id,
        "pipeline": receipt.pipeline if receipt else None,
        "started_at": format_instant(run.started_at) if run.started_at else None,
        "registered_at": format_instant(receipt.registered_at) if receipt else None,
        "process_start": receipt.process_start if receipt else None,
        "process_end": receipt.process_end if receipt else None,
        "execution_arn": receipt.execution_arn if receipt else None,
        "script_hash": receipt.script_hash if receipt else None,
        "image_uri": receipt.image_uri if receipt else None,
        "receipt": f"s3://{address.bucket}/{receipt.key}" if receipt else None,
        "location": receipt.root.uri if receipt else address.run_folder(run.run_id).uri,
        "partitions": written,
        "objects": objects,
        "bytes": size,
        "kept_newer": sorted(published.label(entry.values) for entry in receipt.kept_newer) if receipt else [],
        "bad_path_count": receipt.left_out.bad_path_count if receipt else 0,
        "bad_paths": list(receipt.left_out.bad_paths) if receipt else [],
        "skipped_partitions": receipt.left_out.skipped_partition_count if receipt else 0,
        "ignored": dict(receipt.left_out.ignored) if receipt else {},
        "live": sorted(published.label(values) for values in run.live),
        "ceased_at": format_instant(run.ceased_at) if run.ceased_at else None,
    }


def _state(run: dict[str, Any]) -> str:
    if run["live"]:
        return "live" if run["receipt"] else "live, without a receipt"
    if not run["receipt"]:
        return "no receipt"
    return f"replaced {run['ceased_at']}" if run["ceased_at"] else "no partition points to it"
