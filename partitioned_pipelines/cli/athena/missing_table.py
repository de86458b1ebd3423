"""What to do when Athena does not find a table: which database has it, and the query with the right name."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from partitioned_pipelines.cli.athena.table_references import TableReference, find_references, rewrite
from partitioned_pipelines.cli.errors import CommandError
from partitioned_pipelines.cli.project import open_project
from partitioned_pipelines.cli.terminal.hint import paste

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mypy_boto3_glue import GlueClient

    from partitioned_pipelines.cli.athena.statement import GivenStatement
    from partitioned_pipelines.cli.settings import Settings

    Name = tuple[str, str]

# Trino's names of errors, Athena's words of engine version 2, and Hive's for statements such as SHOW PARTITIONS.
_NOT_FOUND = re.compile(
    r"TABLE_NOT_FOUND|SCHEMA_NOT_FOUND|(Table|Schema) \S+ does not exist|Table not found|Database (\S+ )?(does not exist|not found)"
    r"|NoSuchObjectException|EntityNotFoundException",
    re.IGNORECASE,
)
_DEFAULT = "default"  # of a query that names no database: https://docs.aws.amazon.com/athena/latest/APIReference/API_QueryExecutionContext.html
_LOOKED_INTO = 200  # databases, each with a call: an account can have ten thousand


def remedy_for_missing_table(
    settings: Settings,
    glue: GlueClient,
    statement: GivenStatement,
    database: str | None,
    reason: str,
    options: Sequence[str],
) -> str | None:
    """Return which database has a table, and the query rewritten; None if the reason is another.

    Parameters
    ----------
    database
        The one of ``--database``.
    options
        The other options of the command.
    """
    if not _NOT_FOUND.search(reason):
        return None
    project = _tables_of_project(settings)
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
    """The databases and tables of the Data Catalog, as far as they are asked for; empty if it cannot be read."""

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


def _tables_of_project(settings: Settings) -> list[Name]:
    try:
        project = open_project(settings)
    except CommandError:  # a query needs no project
        return []
    return [(table.database, table.name) for pipeline in project.pipelines for table in pipeline.tables]


def _explain(
    settings: Settings, reference: TableReference, project: Sequence[Name], catalog: _Catalog
) -> tuple[str, Name | None]:
    """Return where a table is; the second part is what to write in its place, if that is known."""
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
        return f"there is no table {reference}; did you mean {alike[0]}.{alike[1]}?", alike if catalog.has(
            *alike
        ) else None
    listed = near if near in catalog.databases() else next((database for database, _ in project), None)
    see = f"; what there is: {paste(settings, 'query', f'SHOW TABLES IN {listed}')}" if listed else ""
    return f"no database of the Data Catalog that may be read has a table {table}{see}", None


def _alike(text: str, known: Iterable[Name], *, with_database: bool) -> Name | None:
    names = {f"{database}.{table}" if with_database else table: (database, table) for database, table in known}
    near = difflib.get_close_matches(text, names, n=1, cutoff=0.7)
    return names[near[0]] if near else None


def _command(
    settings: Settings, statement: GivenStatement, places: dict[TableReference, Name], options: Sequence[str]
) -> str:
    """Write the command that finds the tables; a file is left as it is if one database has all that it lacks."""
    databases = {database for database, _ in places.values()}
    unnamed = all(each.database is None and each.table.lower() == name for each, (_, name) in places.items())
    if statement.file and unnamed and len(databases) == 1:
        return paste(settings, "query", "--database", *databases, *options, *statement.words)
    return paste(settings, "query", *options, rewrite(statement.sql, places))
