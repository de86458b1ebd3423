"""Queries inside expressions: scalar ones, EXISTS, IN and the comparisons with ALL and SOME."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_cloud.athena.analysis.comparisons import compared
from local_cloud.athena.analysis.scope import Relation, Value, located
from local_cloud.athena.functions.casts import cast_sql
from local_cloud.athena.sql import tree
from local_cloud.athena.types.coercions import common_type
from local_cloud.athena.types.trino_types import BOOLEAN

if TYPE_CHECKING:
    from local_cloud.athena.analysis.expressions import Expressions
    from local_cloud.athena.analysis.queries import QueryAnalyzer


def subquery(
    queries: QueryAnalyzer,
    expressions: Expressions,
    node: tree.ScalarQuery | tree.Exists | tree.InQuery | tree.QuantifiedComparison,
) -> Value:
    """Analyze a query in an expression."""
    environment = queries.environment
    found = queries.query(node.query, expressions.scope, environment)
    queries.environment = environment
    for field in found.fields:
        queries.reading |= field.sources
    if isinstance(node, tree.Exists):
        return Value(f"EXISTS ({found.sql})", BOOLEAN)
    if isinstance(node, tree.ScalarQuery):
        if len(found.fields) == 1:
            return Value(f"({found.sql})", found.fields[0].type)
        raise located(
            node.position,
            "NOT_SUPPORTED",
            "Subqueries with several columns are not supported by the local cloud here",
        )
    if isinstance(node, tree.InQuery):
        return _in_query(queries, expressions, node, found)
    value = expressions.value(node.left)
    if len(found.fields) != 1:
        raise located(
            node.position,
            "TYPE_MISMATCH",
            f"Multiple columns returned by subquery are not yet supported. Found {len(found.fields)}",
        )
    column = queries.next("c")
    item = Value(column, found.fields[0].type, plain=True)
    condition = compared(expressions, node.operator, value, item, node.position).sql
    every = node.quantifier == "all"
    decided = f"coalesce(bool_{'and' if every else 'or'}({condition}), {'true' if every else 'false'})"
    unknown = f"count(*) FILTER (WHERE ({condition}) IS NULL) > 0"
    known = f"bool_or({condition})" if not every else f"NOT bool_and({condition})"
    known = f"WHEN coalesce({known}, false) THEN {'false' if every else 'true'}"
    chosen = f"CASE {known} WHEN {unknown} THEN NULL ELSE {decided} END"
    return Value(f"(SELECT {chosen} FROM ({found.sql}) AS {queries.next('r')}({column}))", BOOLEAN)


def _in_query(queries: QueryAnalyzer, expressions: Expressions, node: tree.InQuery, found: Relation) -> Value:
    items = node.value.items if isinstance(node.value, tree.Row) else [node.value]
    if len(items) != len(found.fields):
        raise located(
            node.position,
            "TYPE_MISMATCH",
            f"Multiple columns returned by subquery are not yet supported. Found {len(found.fields)}",
        )
    values = [expressions.value(item) for item in items]
    ours, theirs = [], []
    for value, field in zip(values, found.fields, strict=True):
        kind = common_type(value.type, field.type)
        if kind is None:
            raise located(
                node.position,
                "TYPE_MISMATCH",
                f"Value expression and result of subquery must be of the same type: {value.type} vs {field.type}",
            )
        sql = cast_sql(value, kind, queries.functions)
        theirs.append(cast_sql(Value(field.sql, field.type, plain=True), kind, queries.functions))
        ours.append(sql)
    left = ours[0] if len(ours) == 1 else f"({', '.join(ours)})"
    right = theirs[0] if len(theirs) == 1 else f"({', '.join(theirs)})"
    return Value(f"({left} IN (SELECT {right} FROM ({found.sql})))", BOOLEAN)
