"""``EXPLAIN``: the query is analyzed as Athena analyzes it; the plan is DuckDB's.

https://docs.aws.amazon.com/athena/latest/ug/athena-explain-statement.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from local_cloud.athena.errors import QueryFailedError
from local_cloud.athena.results.query_result import QueryResult
from local_cloud.athena.results.values import named_column
from local_cloud.athena.select.query import SelectQuery
from local_cloud.athena.sql.query_parser import parse_query

if TYPE_CHECKING:
    from local_cloud.athena.statement_context import StatementContext


def explain(match: re.Match[str], context: StatementContext) -> QueryResult:
    """Run ``EXPLAIN``."""
    options = dict(re.findall(r"(TYPE|FORMAT)\s+(\w+)", (match["options"] or "").upper()))
    if options.get("FORMAT", "TEXT") != "TEXT":
        raise QueryFailedError(
            "NOT_SUPPORTED", f"EXPLAIN (FORMAT {options['FORMAT']}) is not supported by the local cloud"
        )
    query = SelectQuery(parse_query(match["query"].strip()), context)
    lines = query.evaluate(lambda evaluation: evaluation.relation.explain().splitlines())
    if options.get("TYPE") == "VALIDATE":
        return QueryResult([named_column("Valid", "boolean", 0)], [("true",)], "UTILITY")
    return QueryResult([named_column("Query Plan")], [(line,) for line in lines], "UTILITY")
