"""``pipelines rollback``: partitions of a table show an earlier run's files again."""

from typing import Annotated

import typer

from cli.command import command
from cli.commands.partitions import Name, TableName
from cli.errors import CommandError
from cli.output import note, print_json, print_table, spinner
from cli.published_table import PublishedTable, open_table
from cli.settings import Settings
from partitions.history.refusal import OperationRefusedError
from partitions.rollback import PartitionSelection, Rollback, RollbackPlan

Partitions = Annotated[
    list[str] | None,
    typer.Option(
        "--partition",
        metavar="KEY=VALUE[/KEY=VALUE]",
        help="Only these; some of the keys are enough. May be repeated.  [default: all]",
    ),
]
To = Annotated[
    str | None,
    typer.Option(
        "--to", metavar="RUN", help="The run to go to.  [default: for each partition, the one before its own]"
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]


@command
def rollback(
    settings: Settings,
    name: Name,
    partition: Partitions = None,
    to: To = None,
    table: TableName = None,
    dry_run: DryRun = False,
) -> None:
    """Point partitions back to an earlier run.

    The files are there already: nothing is copied, and nothing is deleted. A run that started before the rollback does not undo
    it, even if it ends later.
    """
    with open_table(settings, name, table) as published, spinner("taking the table's lease, reading its history"):
        asked = Rollback(
            published.cloud.s3,
            published.cloud.glue,
            published.address,
            _selection(partition or [], published),
            to,
            published.hold_lease,
        )
        plan = asked.plan() if dry_run else asked.run()
    if settings.json:
        print_json(_document(published, plan, dry_run=dry_run))
        return
    rows = [[published.label(move.values), move.from_run, move.target.receipt_id] for move in plan.moves]
    print_table(["partition", "from", "to"], rows)
    for values, run in plan.stays.items():
        stays = f"stays with {run}" if run else "stays as it is"
        why = f"{to} did not write it" if to else "there is no earlier run"
        note(f"{published.label(values)} {stays}: {why}", style="yellow")
    moved = "would be moved" if dry_run else "moved"
    count = len(plan.moves)
    note(f"{count:,} {'partition' if count == 1 else 'partitions'} of {published.name} {moved}", style="green")


def _selection(texts: list[str], published: PublishedTable) -> PartitionSelection:
    try:
        return PartitionSelection.parse(texts, published.keys)
    except OperationRefusedError as error:
        raise CommandError(f"--partition: {error.message}", error.remedy) from error


def _document(published: PublishedTable, plan: RollbackPlan, *, dry_run: bool) -> dict[str, object]:
    return {
        "table": published.name,
        "dry_run": dry_run,
        "moved": [
            {
                "partition": published.label(move.values),
                "from_run": move.from_run,
                "to_run": move.target.receipt_id,
                "location": move.entry.location,
                "objects": move.entry.objects,
                "bytes": move.entry.bytes,
            }
            for move in plan.moves
        ],
        "stays": [{"partition": published.label(values), "run": run} for values, run in plan.stays.items()],
    }
