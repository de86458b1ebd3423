"""The keys of GROUP BY."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_cloud.athena.analysis.columns import fields_of
from local_cloud.athena.analysis.expressions import Expressions
from local_cloud.athena.analysis.scope import Scope, Value, located
from local_cloud.athena.analysis.walking import has_aggregates
from local_cloud.athena.sql import tree
from local_cloud.athena.types.trino_types import is_comparable

if TYPE_CHECKING:
    from local_cloud.athena.analysis.queries import QueryAnalyzer


def group_by(queries: QueryAnalyzer, node: tree.Select, scope: Scope, inner: Scope) -> str:
    """Return the SQL of ``GROUP BY``, and add its keys to the aggregation of the inner scope."""
    aggregation = inner.aggregation
    if aggregation is None:
        raise AssertionError("no aggregation")
    if node.group is None:
        return ""
    expressions = Expressions(queries, scope, clause="GROUP BY clause")
    elements = []
    for kind, sets in node.group.elements:
        listed = []
        for one in sets:
            keys = [_key(queries, item, node, expressions, inner) for item in one]
            listed.append(f"({', '.join(keys)})" if kind != "simple" or len(keys) != 1 else keys[0])
        elements.append(
            f"{kind.upper()} ({', '.join(listed)})"
            if kind != "simple"
            else listed[0]
            if listed[0] != "()"
            else "GROUPING SETS (())"
        )
    return f" GROUP BY {', '.join(elements)}"


def _key(
    queries: QueryAnalyzer, item: tree.Expression, node: tree.Select, expressions: Expressions, inner: Scope
) -> str:
    aggregation = inner.aggregation
    if aggregation is None:
        raise AssertionError("no aggregation")
    if isinstance(item, tree.Literal) and item.kind == "integer":
        place = int(item.text)
        chosen = _item_at(queries, place, node, expressions)
        if chosen is None:
            raise located(item.position, "INVALID_COLUMN_REFERENCE", f"GROUP BY position {place} is not in select list")
        if not isinstance(chosen, Value):
            if has_aggregates(chosen):
                raise located(
                    item.position,
                    "EXPRESSION_NOT_SCALAR",
                    "GROUP BY clause cannot contain aggregations, window functions or grouping operations",
                )
            item = chosen
            value = expressions.value(item)
        else:
            value = chosen
    else:
        value = expressions.value(item)
    if not is_comparable(value.type):
        raise located(
            item.position,
            "TYPE_MISMATCH",
            f"{value.type} is not comparable, and therefore cannot be used in GROUP BY",
        )
    sql = value.sql
    if sql not in aggregation.keys:
        column = f"k{len(aggregation.keys) + 1}"
        aggregation.keys[sql] = Value(f"{aggregation.alias}.{column}", value.type, plain=True)
        aggregation.has_expressions |= not isinstance(item, tree.Name | tree.Dereference)
    if (value.plain and not isinstance(item, tree.Name | tree.Dereference) and value.text is not None) or sql.isdigit():
        return f"CAST({sql} AS {value.type.duckdb})"
    return sql


def _item_at(
    queries: QueryAnalyzer, place: int, node: tree.Select, expressions: Expressions
) -> tree.Expression | Value | None:
    listed: list[tree.Expression | Value] = []
    for item in node.items:
        if isinstance(item, tree.SelectItem):
            listed.append(item.value)
        else:
            listed += [Value(field.sql, field.type, plain=True) for field in fields_of(item, expressions.scope)]
    return listed[place - 1] if 1 <= place <= len(listed) else None
