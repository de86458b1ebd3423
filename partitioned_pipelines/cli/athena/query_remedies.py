"""Remedies for queries that fail on a table: the command that finds the invalid file, or the query with the correct table name."""

from __future__ import annotations

import difflib
import re
import shlex
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from partitioned_pipelines.cli.athena.statement import TableReference, find_references, rewrite
from partitioned_pipelines.cli.errors import CommandError
from partitioned_pipelines.cli.project import how_partitions_are_seen, open_project
from partitioned_pipelines.cli.remedies import paste
from partitioned_pipelines.lake.runs.run_facts import RUN_ID_PATTERN

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mypy_boto3_glue import GlueClient

    from partitioned_pipelines.cli.athena.statement import GivenStatement
    from partitioned_pipelines.cli.settings import Settings
    from partitioned_pipelines.spec.model.pipeline import Pipeline, Table

    Name = tuple[str, str]

# Errors for a file that does not match its table: https://docs.aws.amazon.com/athena/latest/ug/troubleshooting-athena.html
_OF_FILES = ("HIVE_BAD_DATA", "HIVE_CURSOR_ERROR", "HIVE_INVALID_METADATA", "HIVE_PARTITION_SCHEMA_MISMATCH")
_SHOWN = 3  # runs
_RUN = re.compile(rf"/(?P<run>{RUN_ID_PATTERN})/")

# Trino's error names, the messages of Athena engine version 2, and Hive's for statements such as SHOW PARTITIONS.
_NOT_FOUND = re.compile(
    r"TABLE_NOT_FOUND|SCHEMA_NOT_FOUND|(Table|Schema) \S+ does not exist|Table not found|Database (\S+ )?(does not exist|not found)"
    r"|NoSuchObjectException|EntityNotFoundException",
    re.IGNORECASE,
)
_DEFAULT = "default"  # if a query names no database: https://docs.aws.amazon.com/athena/latest/APIReference/API_QueryExecutionContext.html
_LOOKED_INTO = 200  # databases; each costs a call, and an account can have ten thousand


def remedy_for_bad_files(settings: Settings, glue: GlueClient, sql: str, reason: str) -> str | None:
    """Return the commands that find the file and the line; None for another error, or if the table is not in the project.

    The run is the one in Athena's message if it names the file; otherwise the live runs are listed, the newest first.
    """
    if not reason.startswith(_OF_FILES):
        return None
    named = {reference.table.lower() for reference in find_references(sql)}
    found = [
        _remedy(settings, glue, pipeline, table, reason) for pipeline, table in _tables(settings) if table.name in named
    ]
    return "\n".join(found) or None


def _tables(settings: Settings) -> list[tuple[Pipeline, Table]]:
    """Return the tables of the project, each with its pipeline; empty if there is no project, which a query does not require."""
    try:
        project = open_project(settings)
    except CommandError:
        return []
    return [(pipeline, table) for pipeline in project.pipelines for table in pipeline.tables]


def _remedy(settings: Settings, glue: GlueClient, pipeline: Pipeline, table: Table, reason: str) -> str:
    selected = ["--table", table.qualified_name] if len(pipeline.tables) > 1 else []
    if how_partitions_are_seen(table):
        folder = f"./{table.name}"
        location = _location(glue, table)
        copy = f"aws s3 sync {shlex.quote(location)} {folder}" if location else f"a copy of its files in {folder}"
        audit = paste(settings, "audit", pipeline.name, folder, "--full", *selected)
        return f"{table.qualified_name} has no runs; check a copy of its files:\n{copy}\n{audit}"
    run = _RUN.search(reason)
    live = [run["run"]] if run else _live_runs(glue, table)
    audits = [paste(settings, "audit", pipeline.name, each, "--full", *selected) for each in live[:_SHOWN]]
    if len(audits) == 1:
        return f"find the file and the line: {audits[0]}"
    runs = paste(settings, "runs", pipeline.name, "--live", *selected)
    if not audits:
        return f"see which runs readers see: {runs}"
    return "\n".join(
        [f"find the file and the line in one of the {len(live):,} runs that readers see ({runs}):", *audits]
    )


def _location(glue: GlueClient, table: Table) -> str | None:
    try:
        described = glue.get_table(DatabaseName=table.database, Name=table.name)["Table"]
    except (BotoCoreError, ClientError):  # the query's own error is what the command reports
        return None
    return described.get("StorageDescriptor", {}).get("Location")


def _live_runs(glue: GlueClient, table: Table) -> list[str]:
    """Return the runs that partitions point to, the newest first; empty if the catalog cannot be read."""
    try:
        pages = glue.get_paginator("get_partitions").paginate(
            DatabaseName=table.database, TableName=table.name, ExcludeColumnSchema=True
        )
        found = {
            partition.get("Parameters", {}).get("run_id", "") for page in pages for partition in page["Partitions"]
        }
    except (BotoCoreError, ClientError):  # the query's own error is what the command reports
        return []
    return sorted(found - {""}, reverse=True)


def remedy_for_missing_table(
    settings: Settings,
    glue: GlueClient,
    statement: GivenStatement,
    database: str | None,
    reason: str,
    options: Sequence[str],
) -> str | None:
    """Return the database that contains a missing table, and the corrected query; None for another error.

    Parameters
    ----------
    database
        The value of ``--database``.
    options
        The other options of the command.
    """
    if not _NOT_FOUND.search(reason):
        return None
    project = [(table.database, table.name) for _, table in _tables(settings)]
    catalog = _Catalog(glue)
    missing = [
        each
        for each in find_references(statement.sql)
        if not catalog.has((each.database or database or _DEFAULT).lower(), each.table.lower())
    ]
    lines: list[str] = []
    places: dict[TableReference, Name] = {}
    for each in missing:
        line, place = _explain(settings, each, project, catalog)
        lines.append(line)
        if place:
            places[each] = place
    if places:
        lines.append(_command(settings, statement, places, options))
    elif not missing and database is None and project:
        names = sorted({name for name, _ in project})
        given = paste(settings, "query", "--database", names[0], *options, *statement.words)
        lines.append(f"name the database ({', '.join(names)}): {given}")
    return "\n".join(dict.fromkeys(lines)) or None


class _Catalog:
    """A lazy view of the Data Catalog's databases and tables; empty if the catalog cannot be read."""

    def __init__(self, glue: GlueClient) -> None:
        self._glue = glue
        self._known: dict[Name, bool] = {}
        self._databases: list[str] | None = None
        self.is_denied = False

    def has(self, database: str, table: str) -> bool:
        if (database, table) not in self._known:
            try:
                self._glue.get_table(DatabaseName=database, Name=table)
            except (BotoCoreError, ClientError) as error:  # the query's own error is what the command reports
                self._known[database, table] = False
                self.is_denied |= "EntityNotFound" not in str(error)
            else:
                self._known[database, table] = True
        return self._known[database, table]

    def databases(self) -> list[str]:
        if self._databases is None:
            try:
                pages = self._glue.get_paginator("get_databases").paginate()
                self._databases = [each["Name"] for page in pages for each in page["DatabaseList"]]
            except (BotoCoreError, ClientError):
                self._databases = []
        return self._databases

    def tables(self, database: str) -> list[str]:
        try:
            pages = self._glue.get_paginator("get_tables").paginate(DatabaseName=database)
            return [each["Name"] for page in pages for each in page["TableList"]]
        except (BotoCoreError, ClientError):
            return []


def _explain(
    settings: Settings, reference: TableReference, project: Sequence[Name], catalog: _Catalog
) -> tuple[str, Name | None]:
    """Return a description of where a table is, and its correct name if that is known."""
    table = reference.table.lower()
    of_project = [database for database, name in project if name == table]
    first = [*dict.fromkeys([*of_project, *catalog.databases()])][:_LOOKED_INTO]
    having = [database for database in first if catalog.has(database, table)]
    if having:
        where = f"the database {having[0]}" if len(having) == 1 else f"the databases {', '.join(having)}"
        return f"{table} is in {where}", (having[0], table)
    if of_project:
        name = f"{of_project[0]}.{table}"
        if catalog.is_denied:
            return f"{name} is a table of this project", (of_project[0], table)
        return f"{name} is a table of this project, and is not deployed: {paste(settings, 'deploy')}", None
    near = reference.database.lower() if reference.database else None
    known = [*project, *([(near, name) for name in catalog.tables(near)] if near else [])]
    if alike := _alike(f"{near}.{table}" if near else table, known, with_database=near is not None):
        return f"no table {reference}; did you mean {alike[0]}.{alike[1]}?", alike if catalog.has(*alike) else None
    listed = near if near in catalog.databases() else next((database for database, _ in project), None)
    see = f"; list them: {paste(settings, 'query', f'SHOW TABLES IN {listed}')}" if listed else ""
    return f"no database of the Data Catalog that may be read has a table {table}{see}", None


def _alike(text: str, known: Iterable[Name], *, with_database: bool) -> Name | None:
    names = {f"{database}.{table}" if with_database else table: (database, table) for database, table in known}
    near = difflib.get_close_matches(text, names, n=1, cutoff=0.7)
    return names[near[0]] if near else None


def _command(
    settings: Settings, statement: GivenStatement, places: dict[TableReference, Name], options: Sequence[str]
) -> str:
    """Return the command with the tables' correct names; a file is kept as it is if one ``--database`` is enough."""
    databases = {database for database, _ in places.values()}
    unnamed = all(each.database is None and each.table.lower() == name for each, (_, name) in places.items())
    if statement.file and unnamed and len(databases) == 1:
        return paste(settings, "query", "--database", *databases, *options, *statement.words)
    return paste(settings, "query", *options, rewrite(statement.sql, places))
