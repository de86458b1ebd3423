"""``pipelines audit``: a check of whether files match their table's schema."""

from pathlib import Path
from typing import Annotated

import typer

from partitioned_pipelines.cli.command import command
from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.project import Name, TableName, find_pipeline, find_table, open_project
from partitioned_pipelines.cli.remedies import paste
from partitioned_pipelines.cli.runs.published_table import PublishedTable, keys_of, open_table
from partitioned_pipelines.cli.settings import Settings
from partitioned_pipelines.cli.terminal.output import note, print_json, say, spinner
from partitioned_pipelines.lake.s3_uri import S3Folder
from partitioned_pipelines.runtime.audit import AuditReport, Finding, TableContent, audit_local
from partitioned_pipelines.runtime.audit.output_folder import audit_run
from partitioned_pipelines.runtime.history.run_folders import list_folders
from partitioned_pipelines.spec import Table, register_table
from partitioned_pipelines.spec.files.problems import did_you_mean

Source = Annotated[
    str,
    typer.Argument(
        metavar="DIR|RUN", help="Local folder with key=value/… subfolders, or a run's id (see pipelines runs)"
    ),
]
Full = Annotated[
    bool, typer.Option("--full", help="Read every file completely, instead of the first and last KiB of a sample")
]


@command
def audit(settings: Settings, name: Name, source: Source, table: TableName = None, full: Full = False) -> None:
    """Check files against the table's columns, as a run does before it publishes anything.
    A folder needs no cloud. The exit code is 1 if there are findings, each of which names its file and line.
    """
    spec = find_table(find_pipeline(open_project(settings), name), table)
    if Path(source).is_dir():
        keys = keys_of(spec)
        with spinner(f"auditing {source}"):
            report = audit_local(Path(source), _content(spec), keys, full=full)
    elif "/" in source or source in (".", ".."):
        raise CommandError(f"no folder {source}", f"pass a folder, or the id of a run: {paste(settings, 'runs', name)}")
    else:
        report = _audit_run(settings, name, source, table, full=full)
    if not report.files and not spec.allow_empty:
        nothing = Finding(source, "", "no data: if empty runs are normal, set `allow_empty: true`")
        report = AuditReport(0, 0, (nothing,), 1)
    _tell(settings, report, source, full=full)
    if report.count:
        raise typer.Exit(ExitCode.FAILED)


def _audit_run(settings: Settings, name: str, run_id: str, table: str | None, *, full: bool) -> AuditReport:
    with open_table(settings, name, table) as published, spinner(f"auditing {run_id}"):
        keys = keys_of(published.spec)
        reports = [
            audit_run(published.cloud.s3, root, _content(published.spec), keys, full=full)
            for root in _roots(published, run_id)
        ]
    return AuditReport(
        files=sum(report.files for report in reports),
        files_with_findings=sum(report.files_with_findings for report in reports),
        findings=tuple(finding for report in reports for finding in report.findings),
        count=sum(report.count for report in reports),
    )


def _roots(published: PublishedTable, run_id: str) -> list[S3Folder]:
    """Return the folders that a run wrote: the published one, or each attempt's if it published nothing."""
    history = published.reader.read_receipts_alone()
    run = history.runs.get(run_id)
    if run is None:
        raise CommandError(
            f"{published.name} has no run {run_id!r}, and no such folder exists", did_you_mean(run_id, history.runs)
        )
    if published.address.in_place:
        note(f"{published.name} is written in place: all of its files are audited", style="yellow")
        return [published.address.data]
    if run.receipt:
        return [run.receipt.root]
    note(f"{run_id} has no receipt: each of its attempts is audited", style="yellow")
    return list_folders(published.cloud.s3, published.address.run_folder(run_id))


def _content(spec: Table) -> TableContent:
    return TableContent.from_payload(register_table(spec, "of-no-matter"))


def _tell(settings: Settings, report: AuditReport, source: str, *, full: bool) -> None:
    if settings.json:
        print_json(
            {
                "source": source,
                "full": full,
                "files": report.files,
                "files_with_findings": report.files_with_findings,
                "count": report.count,
                "findings": [
                    {"file": finding.file, "place": finding.place, "problem": finding.problem}
                    for finding in report.findings
                ],
            }
        )
        return
    for finding in report.findings:
        say(str(finding))
    if report.count > len(report.findings):
        note(f"and {report.count - len(report.findings):,} more findings", style="yellow")
    files = f"{report.files:,} {'file' if report.files == 1 else 'files'}"
    if report.count:
        note(f"{source}: findings in {report.files_with_findings:,} of {files}", style="bold red")
    else:
        sampled = "" if full else " (a sample; --full reads all of them)"
        note(f"{source}: nothing found in {files}{sampled}", style="green")
