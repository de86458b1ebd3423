"""``pipelines query``: SQL queries on Athena."""

from pathlib import Path
from typing import Annotated

import typer

from partitioned_pipelines.cli.athena.execution import QueryFailedError, run_query
from partitioned_pipelines.cli.athena.output_file import SUFFIXES, OutputFile
from partitioned_pipelines.cli.athena.query_remedies import remedy_for_bad_files, remedy_for_missing_table
from partitioned_pipelines.cli.athena.result import QueryResult
from partitioned_pipelines.cli.athena.result_formats import csv_document, json_document
from partitioned_pipelines.cli.athena.statement import GivenStatement, read_statement
from partitioned_pipelines.cli.command import command
from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.remedies import paste
from partitioned_pipelines.cli.settings import Settings
from partitioned_pipelines.cli.target.clouds import open_cloud
from partitioned_pipelines.cli.target.target import Cloud
from partitioned_pipelines.cli.terminal.output import (
    note,
    print_bytes,
    print_table,
    print_text,
    progress,
    readable_bytes,
    results_are_ascii,
    results_are_seen,
)

_PAGE = 100

Sql = Annotated[
    str | None,
    typer.Argument(
        metavar="SQL",
        help="One SQL statement of Athena; - or a pipe: read it from standard input",
    ),
]
SqlFile = Annotated[
    Path | None,
    typer.Option(
        "--file",
        "-f",
        metavar="FILE",
        exists=True,
        dir_okay=False,
        allow_dash=True,
        help="File with the statement",
    ),
]
Database = Annotated[
    str | None, typer.Option("--database", metavar="NAME", help="Database of tables that are named without one")
]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output", "-o", metavar="FILE", help=f"Write all rows to a file, by its suffix ({', '.join(SUFFIXES)})"
    ),
]
Csv = Annotated[bool, typer.Option("--csv", help="Print all rows as CSV: values in quotes, NULL as an empty field")]
Limit = Annotated[
    int | None,
    typer.Option(
        "--limit",
        metavar="N",
        min=1,
        help=f"Number of rows to print or write; the query itself is not limited  [default: {_PAGE} in a table, otherwise all]",
        show_default=False,
    ),
]


@command
def query(
    settings: Settings,
    sql: Sql = None,
    file: SqlFile = None,
    database: Database = None,
    output: Output = None,
    csv: Csv = False,
    limit: Limit = None,
) -> None:
    """Run an SQL query: print the first rows as a table, or all as CSV or typed JSON, or write them to a file."""
    if sum([output is not None, csv, settings.json]) > 1:
        raise CommandError("--output, --csv and --json are mutually exclusive", "use one of them")
    target = OutputFile.parse(output) if output else None
    statement = read_statement(sql, file)
    with open_cloud(settings) as cloud:
        result = _run(settings, cloud, statement, database, _options(settings, output, limit, csv=csv))
        if target:
            _write(target, result, limit)
        elif settings.json:
            ascii_only = results_are_ascii()
            print_text(json_document(result.columns, result.rows(limit), ascii_only=ascii_only))
        elif csv:
            print_bytes(csv_document(result, limit, for_terminal=results_are_seen()))
        else:
            _print_page(settings, result, statement, database, limit or _PAGE)


def _run(
    settings: Settings, cloud: Cloud, statement: GivenStatement, database: str | None, options: list[str]
) -> QueryResult:
    """Run the query; add a remedy if it fails because of an invalid file or a missing table."""
    work_group = cloud.stack_outputs(settings.data_lake_stack)["AthenaWorkGroupName"]
    try:
        with progress("waiting for Athena") as report:
            return run_query(
                cloud.athena, cloud.s3, statement.sql, work_group=work_group, database=database, report=report
            )
    except QueryFailedError as error:
        remedy = remedy_for_bad_files(settings, cloud.glue, statement.sql, error.reason) or remedy_for_missing_table(
            settings, cloud.glue, statement, database, error.reason, options
        )
        raise QueryFailedError(error.message, error.reason, remedy) from error


def _options(settings: Settings, output: Path | None, limit: int | None, *, csv: bool) -> list[str]:
    return [
        *(["--output", str(output)] if output else []),
        *(["--limit", str(limit)] if limit else []),
        *(["--csv"] if csv else []),
        *(["--json"] if settings.json else []),
    ]


def _write(target: OutputFile, result: QueryResult, limit: int | None) -> None:
    if not result.columns:
        raise CommandError(
            f"the statement succeeded and has no result: {target.path} was not written", exit_code=ExitCode.FAILED
        )
    downloaded = 0
    with progress(f"writing {target.path}") as report:

        def count(size: int) -> None:
            nonlocal downloaded
            downloaded += size
            report(f"writing {target.path}: {readable_bytes(downloaded)} of the result downloaded")

        target.write(result, limit, count)
    size = readable_bytes(target.path.stat().st_size)
    note(f"{target.path}: {size}; {result.bytes_scanned:,} bytes scanned", style="dim")


def _print_page(
    settings: Settings, result: QueryResult, statement: GivenStatement, database: str | None, limit: int
) -> None:
    """Print the first rows, and the command that writes all of them."""
    stream = result.stream()
    if result.columns:  # statements such as CREATE TABLE have no result
        header = [column.label for column in result.columns]
        print_table(header, stream.take(limit), numeric=[column.is_numeric for column in result.columns])
    more = stream.count_others()
    shown = f"{stream.taken:,} {'row' if stream.taken == 1 else 'rows'}"
    scanned = f"{result.bytes_scanned:,} bytes scanned"
    if not more:
        note(f"{shown}, {scanned}", style="dim")
        return
    words = ["query", *(["--database", database] if database else []), "--output", "rows.csv", *statement.words]
    note(f"{shown}, and {more} more, {scanned}. Write all: {paste(settings, *words)}", style="yellow")
