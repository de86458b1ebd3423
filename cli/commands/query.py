"""``pipelines query``: SQL, answered by Athena."""

from typing import Annotated

import typer

from cli.athena_query import QueryFailedError, run_query
from cli.bad_files import remedy_for_bad_files
from cli.clouds import open_cloud
from cli.command import command
from cli.errors import CommandError
from cli.output import note, print_json, print_table, spinner
from cli.settings import Settings

Sql = Annotated[str, typer.Argument(metavar="SQL", help="One statement, as Athena takes it.")]
Database = Annotated[
    str | None, typer.Option("--database", metavar="NAME", help="Where tables without a database are looked for.")
]


@command
def query(settings: Settings, sql: Sql, database: Database = None) -> None:
    """Ask the tables; with --json, a list of row objects with typed values."""
    if not sql.strip():
        raise CommandError("there is no SQL", "for example: pipelines query 'SELECT * FROM analytics.flights LIMIT 10'")
    with open_cloud(settings) as cloud:
        work_group = cloud.stack_outputs(settings.data_lake_stack)["AthenaWorkGroupName"]
        try:
            with spinner("waiting for Athena"):
                result = run_query(cloud.athena, sql, work_group=work_group, database=database)
        except QueryFailedError as error:
            remedy = remedy_for_bad_files(settings, sql, error.reason)
            raise QueryFailedError(error.message, error.reason, remedy) from error
    if settings.json:
        print_json(result.objects())
        return
    if result.columns:  # a statement such as CREATE TABLE has no result
        print_table([name for name, _ in result.columns], result.rows, numeric=result.numeric)
    rows = len(result.rows)
    note(f"{rows:,} {'row' if rows == 1 else 'rows'}, {result.bytes_scanned:,} bytes scanned", style="dim")
