"""``pipelines vacuum``: removal of a table's runs that no partition points to any more."""

from datetime import timedelta
from typing import Annotated

import typer

from partitioned_pipelines.cli.command import command
from partitioned_pipelines.cli.commands.rollback import DryRun
from partitioned_pipelines.cli.errors import CommandError
from partitioned_pipelines.cli.project import Name, TableName
from partitioned_pipelines.cli.runs.published_table import PublishedTable, open_table
from partitioned_pipelines.cli.settings import Settings
from partitioned_pipelines.cli.terminal.output import note, print_json, print_table, spinner
from partitioned_pipelines.lake.duration import InvalidDurationError, parse_duration
from partitioned_pipelines.lake.intervals.instants import format_instant
from partitioned_pipelines.operations.vacuum import RemovedRun, Vacuum, VacuumReport

Keep = Annotated[
    str,
    typer.Option(
        "--keep",
        metavar="7d",
        help="How long to keep a run that no partition points to any more: hours (h), days (d) or weeks (w)",
    ),
]


@command
def vacuum(settings: Settings, name: Name, keep: Keep, table: TableName = None, dry_run: DryRun = False) -> None:
    """Remove the runs that no partition points to, with all their files.

    The table's lease is held, and the catalog is read again before each removal. A run that was never registered stays
    until its execution can no longer be redriven.
    """
    period = parse_period(keep)
    with open_table(settings, name, table) as published, spinner("taking the table's lease and reading its history"):
        asked = Vacuum(
            published.cloud.s3,
            published.cloud.glue,
            published.address,
            published.executions(),
            period,
            published.hold_lease,
        )
        report = asked.plan() if dry_run else asked.run(lambda run: note(f"  {run.run_id} removed"))
    if settings.json:
        print_json(_document(published, report, dry_run=dry_run))
        return
    rows = [[run.run_id, _ceased(run), str(run.objects), f"{run.bytes:,}"] for run in report.removed]
    if rows:
        print_table(["run_id", "replaced_at", "objects", "bytes"], rows, numeric=[False, False, True, True])
    for kept in report.kept:
        note(f"{kept.run_id} is kept: {kept.reason}", style="dim")
    done = "would be removed" if dry_run else "removed"
    size = sum(run.bytes for run in report.removed)
    count = len(report.removed)
    note(f"{count:,} {'run' if count == 1 else 'runs'} of {published.name}, {size:,} bytes, {done}", style="green")


def parse_period(text: str) -> timedelta:
    """Return the duration of ``7d``, ``12h`` or ``2w``. Raises CommandError for anything else."""
    try:
        return parse_duration(text)
    except InvalidDurationError as error:
        raise CommandError(f"--keep: {error}", "use hours, days or weeks, such as 12h, 7d or 2w") from error


def _ceased(run: RemovedRun) -> str | None:
    return format_instant(run.ceased_at) if run.ceased_at else None


def _document(published: PublishedTable, report: VacuumReport, *, dry_run: bool) -> dict[str, object]:
    return {
        "table": published.name,
        "dry_run": dry_run,
        "removed": [
            {"run_id": run.run_id, "objects": run.objects, "bytes": run.bytes, "ceased_at": _ceased(run)}
            for run in report.removed
        ],
        "kept": [{"run_id": run.run_id, "reason": run.reason} for run in report.kept],
        "rollback_receipts": report.receipts,
    }
