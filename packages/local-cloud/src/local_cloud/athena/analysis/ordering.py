"""ORDER BY: of the columns of a result, or of a SELECT."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_cloud.athena.analysis.aggregate_calls import sort_sql, sort_value
from local_cloud.athena.analysis.expressions import Expressions
from local_cloud.athena.analysis.scope import Field, Relation, Scope, Value, located
from local_cloud.athena.sql import tree
from local_cloud.athena.types.trino_types import is_orderable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from local_cloud.athena.analysis.queries import QueryAnalyzer


def order_of_columns(queries: QueryAnalyzer, node: tree.Query, found: Relation, parent: Scope | None) -> str:
    """Return the ORDER BY of a query that is not a SELECT."""
    scope = Scope(found.fields, parent)
    expressions = Expressions(queries, scope, clause="ORDER BY clause")
    items = []
    for item in node.order:
        column = _ordinal(queries, item, found.fields)
        value = Value(column.sql, column.type, plain=True) if column else sort_value(expressions, item)
        items.append(sort_sql(value, item))
    return ", ".join(items)


def _ordinal(queries: QueryAnalyzer, item: tree.SortItem, fields: Sequence[Field]) -> Field | None:
    if isinstance(item.value, tree.Literal) and item.value.kind == "integer":
        place = int(item.value.text)
        if not 1 <= place <= len(fields):
            raise located(item.position, "INVALID_COLUMN_REFERENCE", f"ORDER BY position {place} is not in select list")
        queries.reading |= fields[place - 1].sources
        if not is_orderable(fields[place - 1].type):
            raise located(
                item.position,
                "TYPE_MISMATCH",
                f"Type {fields[place - 1].type} is not orderable, and therefore cannot be used in ORDER BY",
            )
        return fields[place - 1]
    return None


def order_of_select(
    queries: QueryAnalyzer, node: tree.Select, query: tree.Query, scope: Scope, columns: list[tuple[Field, Value]]
) -> str:
    """Return the ORDER BY of a SELECT, which may name its columns; an empty string without one."""
    if not query.order:
        return ""
    aliases: dict[str, list[Value]] = {}
    for field, value in columns:
        if field.name is not None:
            aliases.setdefault(field.name.lower(), []).append(value)
    expressions = Expressions(
        queries, scope, aliases=aliases, windows=node.windows, clause="" if scope.aggregation else "ORDER BY clause"
    )
    by_sql = {value.sql: field for field, value in columns}
    by_column = {field.sql: value for field, value in columns}
    items = []
    for item in query.order:
        chosen = _ordinal(queries, item, [field for field, _ in columns])
        value = by_column[chosen.sql] if chosen is not None else sort_value(expressions, item)
        if node.distinct:
            chosen = chosen or by_sql.get(value.sql)
            if chosen is None:
                raise located(
                    item.position,
                    "EXPRESSION_NOT_IN_DISTINCT",
                    "For SELECT DISTINCT, ORDER BY expressions must appear in select list",
                )
            value = Value(chosen.sql, chosen.type, plain=True)
        items.append(sort_sql(value, item))
    return ", ".join(items)
