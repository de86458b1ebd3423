"""The evaluation of a query by DuckDB, in a temporary database."""

from __future__ import annotations

import contextlib
import os
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import duckdb

from local_cloud.athena.catalog.hive_types import literal, quoted
from local_cloud.athena.results.query_result import QueryResult, csv_lines
from local_cloud.athena.results.values import column_info, formatter, named_column
from local_cloud.athena.scan.object_cache import ObjectCache
from local_cloud.athena.scan.table_scan import Scanner
from local_cloud.athena.select.statement import to_duckdb
from local_cloud.athena.translation.duckdb_errors import in_athenas_words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from sqlglot import exp

    from local_cloud.athena.statement_context import StatementContext

Result = TypeVar("Result")

_ZONED = "timestamp with time zone"
_ROWS_AT_A_TIME = 10_000
_SMALLEST_MEMORY_LIMIT_MIB = 512


def _memory_limit_mib() -> int:
    """Return a quarter of this machine's memory: DuckDB's default is 80 % for each query. It spills the rest to disk."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return max(memory // 4 // 1024**2, _SMALLEST_MEMORY_LIMIT_MIB)


def _with_zones(relation: duckdb.DuckDBPyRelation, zones: Mapping[int, str]) -> duckdb.DuckDBPyRelation:
    """Return times with a zone as strings: as Python values they would need another package, and have one zone only."""
    instants = {index: zones.get(index, "UTC") for index, kind in enumerate(relation.types) if kind.id == _ZONED}
    zoned = instants | dict(zones)
    if not zoned:
        return relation
    selected = []
    for index, name in enumerate(relation.columns):
        clock = quoted(name) if index not in instants else f"timezone({literal(zoned[index])}, {quoted(name)})"
        text = f"strftime({clock}, '%Y-%m-%d %H:%M:%S.%g ') || {literal(zoned.get(index, ''))} AS {quoted(name)}"
        selected.append(text if index in zoned else quoted(name))
    return relation.project(", ".join(selected))


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A query that is being evaluated.

    Attributes
    ----------
    folder
        The folder for the query's own files.
    zones
        The zones of the columns that are times in a named zone, by position.
    """

    folder: Path
    connection: duckdb.DuckDBPyConnection
    relation: duckdb.DuckDBPyRelation
    zones: dict[int, str]
    scanned_bytes: int


def _result(evaluation: Evaluation) -> QueryResult:
    """Write all rows to an unnamed temporary file, in batches."""
    relation = evaluation.relation
    kinds = relation.types
    columns = [column_info(name.lower(), kind) for name, kind in zip(relation.columns, kinds, strict=True)]
    for index in evaluation.zones:
        columns[index] = named_column(relation.columns[index].lower(), _ZONED, 3)
    relation = _with_zones(relation, evaluation.zones)
    formatters = [formatter(kind) for kind in relation.types]
    reader = evaluation.connection.execute(relation.sql_query())
    with contextlib.ExitStack() as failing:
        content = failing.enter_context(tempfile.TemporaryFile(dir=evaluation.folder))
        content.write(csv_lines([tuple(column["Name"] for column in columns)]))
        while rows := reader.fetchmany(_ROWS_AT_A_TIME):
            content.write(
                csv_lines(tuple(write(cell) for write, cell in zip(formatters, row, strict=True)) for row in rows)
            )
        failing.pop_all()
    return QueryResult(columns, content=content, scanned_bytes=evaluation.scanned_bytes)


class SelectQuery:
    """A SELECT query.

    Parameters
    ----------
    statement
        The parsed query.
    sql
        Its text, to which the positions in errors refer.
    """

    def __init__(self, statement: exp.Query, sql: str, context: StatementContext) -> None:
        self._statement = statement
        self._sql = sql
        self._context = context
        self._connection = duckdb.connect(":memory:", config={"autoinstall_known_extensions": "false"})

    def stop(self) -> None:
        """Interrupt the query."""
        self._connection.interrupt()

    def run(self) -> QueryResult:
        """Run the query.

        Raises
        ------
        QueryFailedError
            With Athena's name of the error.
        """

        return self.evaluate(_result)

    def evaluate(self, read: Callable[[Evaluation], Result]) -> Result:
        """Evaluate the query and return the result of the function that reads its rows."""
        try:
            folder = self._context.cache_folder
            folder.mkdir(parents=True, exist_ok=True)
            self._connection.execute("SET TimeZone = 'UTC'")
            self._connection.execute("SET integer_division = true")
            # A query can only read the cache's files, and no others of this machine.
            self._connection.execute(f"SET allowed_directories = [{literal(str(folder))}]")
            self._connection.execute(
                f"SET temp_directory = {literal(str(folder / f'spilled-{self._context.identifier}'))}"
            )
            self._connection.execute(f"SET memory_limit = '{_memory_limit_mib()}MiB'")
            self._connection.execute("SET enable_external_access = false")
            query = to_duckdb(self._statement, Scanner(self._connection, ObjectCache(folder)), self._context)
            relation = self._bound(query.sql)
            return read(Evaluation(folder, self._connection, relation, query.zones, query.scanned_bytes))
        except duckdb.Error as error:
            raise in_athenas_words(error, self._sql) from error
        finally:
            self._connection.close()

    def _bound(self, sql: str) -> duckdb.DuckDBPyRelation:
        try:
            return self._connection.sql(sql)
        except duckdb.BinderException as error:
            # UNNEST to several columns is of a map or of an array of rows; only the attempt shows which.
            if "map_entries" not in str(error) or "trino_unnestable" not in sql.lower():
                raise
            self._connection.execute("CREATE OR REPLACE TEMP MACRO trino_unnestable(value) AS value")
            return self._connection.sql(sql)
