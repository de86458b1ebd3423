"""``pipelines doctor``: the problems of a table, and repairs from its definition and its receipts."""

from itertools import groupby
from typing import Annotated, Any

import typer

from partitioned_pipelines.cli.command import command
from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.project import Name, TableName
from partitioned_pipelines.cli.remedies import completed
from partitioned_pipelines.cli.runs.published_table import PublishedTable, open_table
from partitioned_pipelines.cli.settings import Settings
from partitioned_pipelines.cli.terminal.output import note, print_json, say, spinner
from partitioned_pipelines.operations.doctor import (
    Finding,
    Rebuilt,
    accept_dropped,
    cascade_schema,
    examine,
    rebuild_catalog,
)
from partitioned_pipelines.runtime.intervals.mark_reader import write_missing_marks
from partitioned_pipelines.spec.derived.interval_rule import interval_rule

_SHOWN = 10  # of each kind, in text; --json has all

Fix = Annotated[
    bool,
    typer.Option(
        "--fix",
        help="Update partitions with an older schema, if the table's can read their files, and write missing interval marks",
    ),
]
Rebuild = Annotated[
    bool,
    typer.Option(
        "--rebuild",
        help="Restore the partitions in the catalog from the receipts, as after the table was destroyed and redeployed",
    ),
]
AcceptDropped = Annotated[
    bool,
    typer.Option("--accept-dropped", help="Accept missing partitions as dropped on purpose, and record that"),
]


@command
def doctor(
    settings: Settings,
    name: Name,
    table: TableName = None,
    fix: Fix = False,
    rebuild: Rebuild = False,
    accept_missing: AcceptDropped = False,
) -> None:
    """Find orphans, dead partitions, drift and old schemas; change nothing unless an option asks for it.
    The exit code is 0 if the table is healthy, and 1 if there are findings.
    """
    if rebuild and accept_missing:
        raise CommandError("--rebuild and --accept-dropped are mutually exclusive", "use one of them")
    with open_table(settings, name, table) as published, spinner("examining the table"):
        cloud, address = published.cloud, published.address
        rebuilt = rebuild_catalog(cloud.s3, cloud.glue, address, published.hold_lease) if rebuild else None
        dropped = accept_dropped(cloud.s3, cloud.glue, address, published.hold_lease) if accept_missing else None
        fixed = cascade_schema(cloud.s3, cloud.glue, address, published.hold_lease) if fix else None
        marked = write_missing_marks(cloud.s3, address, interval_rule(published.pipeline)) if fix else None
        found = examine(cloud.s3, cloud.glue, address, published.table_input, published.executions())
    findings = [finding for finding in found if not finding.is_note]
    notes = [finding for finding in found if finding.is_note]
    if settings.json:
        print_json(
            {
                "table": published.name,
                "healthy": not findings,
                "findings": [_document(published, finding) for finding in findings],
                "notes": [_document(published, finding) for finding in notes],
                "fixed": fixed,
                "marked": marked,
                "dropped": [published.label(values) for values in dropped] if dropped is not None else None,
                "rebuilt": _rebuilt_document(rebuilt) if rebuilt else None,
            }
        )
    else:
        if dropped is not None:
            note(f"{len(dropped):,} partitions are recorded as dropped", style="green")
        if marked:
            note(f"{marked:,} runs got the interval marks that they lacked", style="green")
        _tell(published, findings, notes, rebuilt, fixed)
    if findings:
        raise typer.Exit(ExitCode.FAILED)


def _tell(
    published: PublishedTable,
    findings: list[Finding],
    notes: list[Finding],
    rebuilt: Rebuilt | None,
    fixed: int | None,
) -> None:
    if rebuilt:
        note(
            f"restored from the receipts: {rebuilt.created:,} created, {rebuilt.repointed:,} pointed back",
            style="green",
        )
        for missing in rebuilt.without_data:
            note(f"not restored: {missing}", style="yellow")
    if fixed is not None:
        note(f"{fixed:,} partitions were updated to the table's schema", style="green")
    for kind, group in groupby(findings, key=lambda finding: finding.kind):
        of_kind = list(group)
        for finding in of_kind[:_SHOWN]:
            say(f"{kind.value}: {_subject(published, finding)}: {finding.problem}")
        if len(of_kind) > _SHOWN:
            say(f"{kind.value}: … and {len(of_kind) - _SHOWN:,} more (--json has them all)")
        for remedy in dict.fromkeys(_remedy(published, finding) for finding in of_kind):
            note(f"  {remedy}", style="yellow")
    for finding in notes:
        note(f"{_subject(published, finding)}: {finding.problem}", style="dim")
    if findings:
        note(f"{published.name}: {len(findings):,} {'finding' if len(findings) == 1 else 'findings'}", style="bold red")
    else:
        note(f"{published.name} is healthy", style="green")


def _remedy(published: PublishedTable, finding: Finding) -> str:
    """Return a remedy with its commands completed by this command's options, so that they can be pasted."""
    table = published.name if len(published.pipeline.tables) > 1 else None
    return completed(published.settings, finding.remedy, published.pipeline.name, table)


def _subject(published: PublishedTable, finding: Finding) -> str:
    return published.label(finding.values) if finding.values else finding.subject


def _document(published: PublishedTable, finding: Finding) -> dict[str, Any]:
    return {
        "kind": finding.kind.value,
        "subject": _subject(published, finding),
        "problem": finding.problem,
        "remedy": _remedy(published, finding),
    }


def _rebuilt_document(rebuilt: Rebuilt) -> dict[str, Any]:
    return {"created": rebuilt.created, "repointed": rebuilt.repointed, "without_data": rebuilt.without_data}
