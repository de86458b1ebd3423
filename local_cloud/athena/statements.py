"""What kind of statement a text is: a query for DuckDB, or one on the Data Catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from sqlglot import exp

from local_cloud.athena.catalog_statements import CatalogStatement, find_catalog_statement
from local_cloud.athena.errors import InvalidStatementError, QueryFailedError
from local_cloud.athena.select_query import SelectQuery
from local_cloud.athena.select_statement import parse_statement

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from local_cloud.athena.query_result import QueryResult


class Statement(Protocol):
    """A statement that can be run once."""

    statement_type: str
    substatement_type: str
    writes_result: bool
    file_suffix: str

    def run(self) -> QueryResult:
        """Run it; QueryFailedError where it fails."""
        ...

    def stop(self) -> None:
        """End it early."""
        ...


class SelectStatement:
    """A query."""

    statement_type = "DML"
    substatement_type = "SELECT"
    writes_result = True
    file_suffix = "csv"

    def __init__(self, query: SelectQuery) -> None:
        self._query = query

    def run(self) -> QueryResult:
        """Evaluate it."""
        return self._query.run()

    def stop(self) -> None:
        """Interrupt DuckDB."""
        self._query.stop()


class RefusedStatement:
    """A statement that Athena knows and the local cloud does not: it fails, by name."""

    statement_type = "DDL"
    writes_result = False
    file_suffix = "txt"

    def __init__(self, kind: str) -> None:
        self.substatement_type = kind

    def run(self) -> QueryResult:
        """Fail."""
        raise QueryFailedError("NOT_SUPPORTED", f"{self.substatement_type} is not supported by the local cloud")

    def stop(self) -> None:
        """Nothing runs."""


def read_statement(request: dict[str, Any], region: str, cache_folder: Path) -> Statement:
    """Read StartQueryExecution's request.

    Raises
    ------
    InvalidStatementError
        Where the text is no statement.
    """
    sql = request["QueryString"].strip().rstrip(";").strip()
    context = request.get("QueryExecutionContext", {})
    database = context.get("Database") or "default"
    parameters: Sequence[str] = request.get("ExecutionParameters", [])
    if context.get("Catalog", "AwsDataCatalog").lower() != "awsdatacatalog":
        raise InvalidStatementError(message=f"Catalog {context['Catalog']} does not exist")
    catalog_statement: CatalogStatement | None = find_catalog_statement(sql, database, region, cache_folder)
    if catalog_statement is not None:
        return catalog_statement
    parsed = parse_statement(sql)
    if isinstance(parsed, exp.Query):
        return SelectStatement(SelectQuery(parsed, sql, database, region, parameters, cache_folder))
    if isinstance(parsed, exp.Command | exp.DDL | exp.DML | exp.Drop | exp.Alter):
        return RefusedStatement(" ".join(sql.split()[:2]).upper())
    first = sql.split(maxsplit=1)[0] if sql else ""
    raise InvalidStatementError(message=f"line 1:1: mismatched input '{first}'. Expecting: 'SELECT', 'WITH', 'SHOW', …")
