"""The evaluation of a query by DuckDB, in a temporary database."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import duckdb

from local_cloud.athena.analysis.queries import QueryAnalyzer
from local_cloud.athena.analysis.tables import Tables
from local_cloud.athena.catalog.hive_types import literal
from local_cloud.athena.errors import InvalidStatementError, QueryFailedError
from local_cloud.athena.functions.numbers.number_texts import java_number
from local_cloud.athena.functions.python_functions import PythonFunctions
from local_cloud.athena.results.query_result import QueryResult, csv_lines, new_result_file
from local_cloud.athena.results.values import JAVA_NUMBER, column_info, formatter, text_sql
from local_cloud.athena.scan.object_cache import ObjectCache
from local_cloud.athena.scan.table_scan import Scanner
from local_cloud.athena.select.duckdb_errors import in_trinos_words
from local_cloud.athena.select.parameters import parameter_values

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from local_cloud.athena.analysis.scope import Relation
    from local_cloud.athena.sql import tree
    from local_cloud.athena.statement_context import StatementContext
    from local_cloud.athena.types.trino_types import Type

Result = TypeVar("Result")

_ROWS_AT_A_TIME = 10_000
_LINE_END = "\n"
_SMALLEST_MEMORY_LIMIT_MIB = 512


def _memory_limit_mib() -> int:
    """Return a quarter of this machine's memory: DuckDB's default is 80 % for each query. It spills the rest to disk."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return max(memory // 4 // 1024**2, _SMALLEST_MEMORY_LIMIT_MIB)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A query that is being evaluated.

    Attributes
    ----------
    folder
        The folder for the query's own files.
    columns
        The name and type of each column of the relation.
    """

    folder: Path
    functions: PythonFunctions
    relation: duckdb.DuckDBPyRelation
    columns: list[tuple[str, Type]]
    scanned_bytes: int

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The connection of the query."""
        return self.functions.connection


def _result(evaluation: Evaluation) -> QueryResult:
    """Write all rows to a temporary file."""
    columns = [column_info(name, kind) for name, kind in evaluation.columns]
    header = csv_lines([tuple(column["Name"] for column in columns)])
    quoted = [f'"{number}"' for number in range(len(columns))]
    texts = [text_sql(kind, name) for name, (_, kind) in zip(quoted, evaluation.columns, strict=True)]
    with new_result_file(evaluation.folder) as content:
        if all(texts):
            _copy_rows(evaluation, header, quoted, [text for text in texts if text], content)
        else:
            _write_rows(evaluation, header, content)
        evaluation.functions.check()
    return QueryResult(columns, content=content, scanned_bytes=evaluation.scanned_bytes)


def _copy_rows(evaluation: Evaluation, header: bytes, names: list[str], texts: list[str], content: Path) -> None:
    """Let DuckDB write the rows, some ten times as fast as Python."""
    connection = evaluation.connection
    if any(JAVA_NUMBER in text for text in texts):  # DuckDB imports NumPy for it, if that is installed
        connection.create_function(JAVA_NUMBER, lambda value: java_number(value), ["DOUBLE"], "VARCHAR")
    rows = f"SELECT {', '.join(texts)} FROM ({evaluation.relation.sql_query()}) rows({', '.join(names)})"
    # DuckDB's own header would rename equal names.
    options = f"FORMAT csv, HEADER false, FORCE_QUOTE *, PREFIX {literal(header.decode())}, SUFFIX {literal(_LINE_END)}"
    copied = connection.execute(f"COPY ({rows}) TO {literal(str(content))} ({options})").fetchall()
    if copied == [(0,)]:  # the suffix is an empty line
        os.truncate(content, len(header))


def _write_rows(evaluation: Evaluation, header: bytes, content: Path) -> None:
    """Write the rows in batches."""
    formatters = [formatter(kind) for _, kind in evaluation.columns]
    reader = evaluation.connection.execute(evaluation.relation.sql_query())
    with content.open("wb") as file:
        file.write(header)
        while rows := reader.fetchmany(_ROWS_AT_A_TIME):
            file.write(
                csv_lines(tuple(write(cell) for write, cell in zip(formatters, row, strict=True)) for row in rows)
            )


class SelectQuery:
    """A SELECT query.

    Parameters
    ----------
    statement
        The parsed query.
    """

    def __init__(self, statement: tree.Query, context: StatementContext) -> None:
        self._statement = statement
        self._context = context
        self._connection = duckdb.connect(":memory:", config={"autoinstall_known_extensions": "false"})
        self._functions = PythonFunctions(self._connection)

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
            self._connection.execute("SET ieee_floating_point_ops = true")
            # A query can only read the cache's files, and no others of this machine.
            self._connection.execute(f"SET allowed_directories = [{literal(str(folder))}]")
            self._connection.execute(
                f"SET temp_directory = {literal(str(folder / f'spilled-{self._context.identifier}'))}"
            )
            self._connection.execute(f"SET memory_limit = '{_memory_limit_mib()}MiB'")
            self._connection.execute("SET enable_external_access = false")
            scanner = Scanner(self._connection, ObjectCache(folder))
            found = self._analyzed(scanner)
            relation = self._connection.sql(found.sql)
            columns = [(one.name or f"_col{place}", one.type) for place, one in enumerate(found.fields)]
            lowered = [(name.lower(), kind) for name, kind in columns]
            scanned = sum(scanner.scanned.values())
            result = read(Evaluation(folder, self._functions, relation, lowered, scanned))
            self._functions.check()
        except duckdb.Error as error:
            self._functions.check()
            raise in_trinos_words(error) from error
        except InvalidStatementError as error:
            raise QueryFailedError("SYNTAX_ERROR", error.message) from error
        except RecursionError as error:
            raise QueryFailedError("line 1", "1: statement is too large (stack overflow while parsing)") from error
        else:
            return result
        finally:
            self._connection.close()

    def _analyzed(self, scanner: Scanner) -> Relation:
        """Return the query in DuckDB's SQL, over views of its tables that have been created."""
        context = self._context
        tables = Tables(scanner, context.region)
        parameters = parameter_values(self._statement, context.parameters)
        analyzer = QueryAnalyzer(tables, self._functions, parameters, context.database.lower())
        found = analyzer.statement(self._statement)
        tables.create_views(analyzer.reading)
        return found
