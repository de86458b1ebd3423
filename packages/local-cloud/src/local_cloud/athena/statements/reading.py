"""The kinds of statements: queries, statements on the Data Catalog, and unsupported ones."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from local_cloud.athena.analysis.walking import is_deterministic
from local_cloud.athena.errors import InvalidStatementError, QueryFailedError
from local_cloud.athena.select.query import SelectQuery
from local_cloud.athena.sql.query_parser import parse_query
from local_cloud.athena.statements.prepared_statements import EXECUTE, given_values, prepared_query
from local_cloud.athena.statements.statement_patterns import find_catalog_statement

if TYPE_CHECKING:
    from local_cloud.athena.results.query_result import QueryResult
    from local_cloud.athena.sql import tree
    from local_cloud.athena.statement_context import Query, StatementContext

_COMMENTS = re.compile(r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?\*/)*", re.DOTALL)
_QUERY = re.compile(r"(?:SELECT|WITH|VALUES|TABLE)\b|\(", re.IGNORECASE)
_KNOWN_TO_ATHENA = re.compile(
    r"(?:ALTER|CREATE|DEALLOCATE|DELETE|DROP|EXECUTE|EXPLAIN|INSERT|MERGE|MSCK|OPTIMIZE|PREPARE|SHOW|UNLOAD|UPDATE|USING|VACUUM)\b",
    re.IGNORECASE,
)
_ICEBERG = re.compile(r"table_type\W+ICEBERG", re.IGNORECASE)


class Statement(Protocol):
    """A statement that can be run once."""

    statement_type: str
    substatement_type: str
    file_suffix: str

    @property
    def writes_data(self) -> bool:
        """Whether the statement writes data files, so that its result file is a manifest."""
        ...

    def run(self) -> QueryResult:
        """Run the statement. Raises QueryFailedError if it fails."""
        ...

    def stop(self) -> None:
        """Stop the statement early."""
        ...


class SelectStatement:
    """A query.

    Attributes
    ----------
    sql
        The query; of ``EXECUTE``, the prepared one.
    parameters
        The values of its question marks.
    """

    statement_type = "DML"
    substatement_type = "SELECT"
    file_suffix = "csv"
    writes_data = False

    def __init__(self, sql: str, context: StatementContext) -> None:
        self.sql, self.parameters = sql, context.parameters
        self._parsed: tree.Query | None = None
        self._query: Query | None = None
        self._refusal: Exception = AssertionError(sql)
        try:
            self._parsed = parse_query(sql)
        except InvalidStatementError:
            if context.engine is None:
                raise
        except QueryFailedError as error:  # not of the grammar, such as an unknown type
            self._refusal = error
        if context.engine is not None:
            self._query = context.engine(sql, context)
        elif self._parsed is not None:
            self._query = SelectQuery(self._parsed, context)

    @property
    def is_deterministic(self) -> bool:
        """Whether the query returns the same rows for the same data."""
        return self._parsed is not None and is_deterministic(self._parsed)

    def run(self) -> QueryResult:
        """Evaluate the query."""
        if self._query is None:
            raise self._refusal
        result: QueryResult = self._query.run()
        return result

    def stop(self) -> None:
        """Stop the evaluation early."""
        if self._query is not None:
            self._query.stop()


class RefusedStatement:
    """A statement that Athena supports and the local cloud does not."""

    statement_type = "DDL"
    file_suffix = "txt"
    writes_data = False

    def __init__(self, kind: str) -> None:
        self.substatement_type = kind

    def run(self) -> QueryResult:
        """Raise QueryFailedError."""
        raise QueryFailedError("NOT_SUPPORTED", f"{self.substatement_type} is not supported by the local cloud")

    def stop(self) -> None:
        """Do nothing."""


def read_statement(text: str, context: StatementContext) -> Statement:
    """Return the statement that a string is.

    Raises
    ------
    InvalidStatementError
        If Athena does not know the statement.
    """
    sql = _without_comments(text)
    catalog_statement = find_catalog_statement(sql, context)
    if catalog_statement is not None:
        return catalog_statement
    if execute := EXECUTE.fullmatch(sql):
        return _prepared(execute, context)
    if _QUERY.match(sql):
        return SelectStatement(sql, context)
    if _KNOWN_TO_ATHENA.match(sql):
        kind = " ".join(sql.split()[:2]).upper()
        return RefusedStatement("CREATE TABLE of Iceberg" if kind == "CREATE TABLE" and _ICEBERG.search(sql) else kind)
    first = sql.split(maxsplit=1)[0] if sql else "<EOF>"
    raise InvalidStatementError(message=f"line 1:1: mismatched input '{first}'. Expecting: 'SELECT', 'WITH', 'SHOW', …")


def _prepared(match: re.Match[str], context: StatementContext) -> Statement:
    try:
        query = prepared_query(match["name"], context)
    except QueryFailedError as error:
        raise InvalidStatementError(message=str(error).partition(": ")[2]) from error
    if EXECUTE.fullmatch(query):
        raise InvalidStatementError(message="line 1:1: a prepared statement cannot execute another one")
    return read_statement(query, replace(context, parameters=given_values(match["values"]) or context.parameters))


def _without_comments(text: str) -> str:
    """Remove the comments before and after a statement."""
    begun = _COMMENTS.match(text)
    return text[begun.end() if begun else 0 :].strip().rstrip(";").strip()
