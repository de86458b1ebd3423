"""Statements on views.

https://docs.aws.amazon.com/athena/latest/ug/create-view.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local_cloud.athena.analysis.views import read_view, view_text
from local_cloud.athena.catalog.glue_catalog import find_table
from local_cloud.athena.errors import DatabaseNotFoundError, QueryFailedError, TableNotFoundError
from local_cloud.athena.results.query_result import QueryResult
from local_cloud.athena.results.values import named_column
from local_cloud.athena.select.query import SelectQuery
from local_cloud.athena.sql.query_parser import parse_query
from local_cloud.athena.statements.create_table import OWNER, write_table
from local_cloud.athena.statements.show_statements import tables_of
from local_cloud.athena.types.trino_types import hive_type_of
from local_cloud.clients import client

if TYPE_CHECKING:
    import re

    from local_cloud.athena.statement_context import StatementContext


def create_view(match: re.Match[str], context: StatementContext) -> QueryResult:
    """Run ``CREATE VIEW``, which analyzes the query and stores it as a string."""
    database = (match["database"] or context.database).lower()
    sql = match["query"].strip()
    query = SelectQuery(parse_query(sql), context)
    columns = query.evaluate(lambda evaluation: evaluation.columns)
    unnamed = [position for position, (name, _) in enumerate(columns, start=1) if name.startswith("_col")]
    if unnamed:
        raise QueryFailedError("MISSING_COLUMN_NAME", f"line 1:1: Column name not specified at position {unnamed[0]}")
    existing = _existing(match, context)
    if existing is not None and read_view(existing) is None:
        raise QueryFailedError("TABLE_ALREADY_EXISTS", f"line 1:1: '{match['table']}' is a table, not a view")
    if existing is not None and not match["replace"]:
        raise QueryFailedError("VIEW_ALREADY_EXISTS", f"line 1:1: View '{database}.{match['table']}' already exists")
    table: dict[str, Any] = {
        "Name": match["table"].lower(),
        "Owner": OWNER,
        "TableType": "VIRTUAL_VIEW",
        "Parameters": {"presto_view": "true", "comment": "Presto View"},
        "PartitionKeys": [],
        "StorageDescriptor": {
            "Columns": [{"Name": name, "Type": hive_type_of(kind) or "string"} for name, kind in columns],
            "Location": "",
            "SerdeInfo": {},
        },
        "ViewOriginalText": view_text(sql, database, [(name, str(kind)) for name, kind in columns]),
        "ViewExpandedText": "/* Presto View */",
    }
    if existing is None:
        write_table(table, database, context.region)
    else:
        client("glue", context.region).update_table(DatabaseName=database, TableInput=table)
    return QueryResult(statement_type="DDL")


def drop_view(match: re.Match[str], context: StatementContext) -> QueryResult:
    """Run ``DROP VIEW``."""
    existing = _existing(match, context)
    if existing is None and not match["lenient"]:
        raise TableNotFoundError(match["database"] or context.database, match["table"])
    if existing is not None:
        if read_view(existing) is None:
            raise QueryFailedError("TYPE_MISMATCH", f"line 1:1: '{match['table']}' is a table, not a view")
        client("glue", context.region).delete_table(
            DatabaseName=(match["database"] or context.database).lower(), Name=match["table"].lower()
        )
    return QueryResult(statement_type="DDL")


def show_create_view(match: re.Match[str], context: StatementContext) -> QueryResult:
    """Run ``SHOW CREATE VIEW``."""
    table = find_table(match["database"] or context.database, match["table"], context.region)
    view = read_view(table.definition)
    if view is None:
        raise QueryFailedError("NOT_SUPPORTED", f"line 1:1: '{table.database}.{table.name}' is a table, not a view")
    lines = [f"CREATE VIEW {table.database}.{table.name} AS ", *view[0].splitlines()]
    return QueryResult([named_column("Create View")], [(line,) for line in lines], "UTILITY")


def show_views(match: re.Match[str], context: StatementContext) -> QueryResult:
    """Run ``SHOW VIEWS``."""
    return tables_of(match, context, "views", lambda table: table.get("TableType") == "VIRTUAL_VIEW")


def _existing(match: re.Match[str], context: StatementContext) -> dict[str, Any] | None:
    try:
        return find_table(match["database"] or context.database, match["table"], context.region).definition
    except TableNotFoundError:
        return None
    except DatabaseNotFoundError:
        if match.re.groupindex.get("lenient") and match["lenient"]:
            return None
        raise
