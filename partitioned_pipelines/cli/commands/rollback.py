"""``pipelines rollback``: a return of a table's partitions to an earlier run's files."""

from typing import Annotated

import typer

from partitioned_pipelines.cli.command import command
from partitioned_pipelines.cli.errors import CommandError
from partitioned_pipelines.cli.project import Name, TableName
from partitioned_pipelines.cli.remedies import paste
from partitioned_pipelines.cli.runs.published_table import PublishedTable, open_table
from partitioned_pipelines.cli.settings import Settings
from partitioned_pipelines.cli.terminal.output import confirm, note, print_json, print_table, somebody_is_there, spinner
from partitioned_pipelines.operations.operation import OperationRefusedError
from partitioned_pipelines.operations.rollback import PartitionSelection, Rollback, RollbackPlan

Partitions = Annotated[
    list[str] | None,
    typer.Option(
        "--partition",
        metavar="KEY=VALUE[/KEY=VALUE]",
        help="Partitions to move, by all or some of their keys; may be repeated  [default: all]",
    ),
]
To = Annotated[
    str | None,
    typer.Option(
        "--to",
        metavar="RUN",
        help="Id of the run to go back to  [default: for each partition, the run before the live one]",
    ),
]
Yes = Annotated[bool, typer.Option("--yes", help="Skip the confirmation when all partitions are moved")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print what would be done, and change nothing")]


@command
def rollback(
    settings: Settings,
    name: Name,
    partition: Partitions = None,
    to: To = None,
    table: TableName = None,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Point partitions back to an earlier run.

    No file is copied or deleted. A run that started before the rollback does not undo it, even if it ends later.

    Without --partition and --to, all partitions go back, after a confirmation.
    """
    with open_table(settings, name, table) as published:
        if not (partition or to or dry_run or yes):
            _confirm(published)
        with spinner("taking the table's lease and reading its history"):
            asked = _rollback(published, _selection(partition or [], published), to)
            plan = asked.plan() if dry_run else asked.run()
    if settings.json:
        print_json(_document(published, plan, dry_run=dry_run))
        return
    rows = [[published.label(move.values), move.from_run, move.target.receipt_id] for move in plan.moves]
    print_table(["partition", "from", "to"], rows)
    for values, run in plan.stays.items():
        stays = f"keeps the files of {run}" if run else "is unchanged"
        why = f"{to} did not write it" if to else "no earlier run published it"
        note(f"{published.label(values)} {stays}: {why}", style="yellow")
    moved = "would be moved" if dry_run else "moved"
    count = len(plan.moves)
    note(f"{count:,} {'partition' if count == 1 else 'partitions'} of {published.name} {moved}", style="green")


def _rollback(published: PublishedTable, selection: PartitionSelection, to: str | None) -> Rollback:
    cloud = published.cloud
    return Rollback(cloud.s3, cloud.glue, published.address, selection, to, published.hold_lease)


def _confirm(published: PublishedTable) -> None:
    """Show what a rollback of all partitions would do, and ask for confirmation, without holding the lease meanwhile.

    Raises
    ------
    CommandError
        If confirmation is not possible.
    typer.Exit
        If the answer is no.
    """
    settings = published.settings
    if settings.json or not somebody_is_there():
        words = ["rollback", published.pipeline.name, "--table", published.name]
        raise CommandError(
            f"a rollback of all partitions of {published.name} must be confirmed",
            f"see what it would do: {paste(settings, *words, '--dry-run')}\n"
            f"then confirm it: {paste(settings, *words, '--yes')}",
        )
    with spinner("reading the table's history"):
        plan = _rollback(published, _selection([], published), None).plan()
    for move in plan.moves:
        note(f"  {published.label(move.values)}: {move.from_run} -> {move.target.receipt_id}")
    of = len(plan.moves) + len(plan.stays)
    note(f"{len(plan.moves):,} of {of:,} partitions of {published.name} would be moved")
    confirm("Go on?", yes=False)


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
