"""VALUES, UNION, INTERSECT and EXCEPT, whose columns have the common type of their rows or sides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_cloud.athena.analysis.expressions import Expressions
from local_cloud.athena.analysis.scope import Field, Relation, Scope, Value, located
from local_cloud.athena.functions.casts import cast_sql
from local_cloud.athena.sql import tree
from local_cloud.athena.types.coercions import common_type
from local_cloud.athena.types.trino_types import UNKNOWN, Type, is_comparable

if TYPE_CHECKING:
    from local_cloud.athena.analysis.queries import Environment, QueryAnalyzer


def set_operation(
    queries: QueryAnalyzer, node: tree.SetOperation, parent: Scope | None, environment: Environment
) -> Relation:
    """Analyze UNION, INTERSECT or EXCEPT."""
    sides = [queries.body(one, parent, environment) for one in _sides(node)]
    first = sides[0]
    name = node.operator.upper()
    for side in sides[1:]:
        if len(side.fields) != len(first.fields):
            raise located(
                node.position,
                "TYPE_MISMATCH",
                f"{name} query has different number of fields: {len(first.fields)}, {len(side.fields)}",
            )
    kinds = []
    for place, field in enumerate(first.fields):
        kind = field.type
        for side in sides[1:]:
            common = common_type(kind, side.fields[place].type)
            if common is None:
                raise located(
                    node.position,
                    "TYPE_MISMATCH",
                    f"column {place + 1} in {name} query has incompatible types: {kind}, {side.fields[place].type}",
                )
            kind = common
        if not node.all and not is_comparable(kind):
            raise located(
                node.position,
                "TYPE_MISMATCH",
                f"Type {kind} is not comparable and therefore cannot be used in {name}",
            )
        kinds.append(kind)
    columns = [queries.next("c") for _ in kinds]
    selects = []
    for side in sides:
        listed = ", ".join(
            f"{cast_sql(Value(one.sql, one.type, plain=True), kind, queries.functions)} AS {column}"
            for one, kind, column in zip(side.fields, kinds, columns, strict=True)
        )
        selects.append(f"SELECT {listed} FROM ({side.sql})")
    is_union = node.operator == "union"
    fields = []
    for place, (kind, column) in enumerate(zip(kinds, columns, strict=True)):
        parts = [side.fields[place] for side in sides]
        origins = {scan: key for part in parts for scan, key in part.origins.items()} if is_union else {}
        fields.append(
            Field(parts[0].name, kind, column, (), origins, frozenset().union(*(part.sources for part in parts)))
        )
    if not is_union or not node.all:
        for field in fields:
            queries.reading |= field.sources
    operator = f" {name}{' ALL' if node.all else ''} "
    return Relation(operator.join(selects), fields)


def _sides(node: tree.SetOperation) -> list[tree.Body]:
    """Return the sides of a chain of the same operation, which may be long."""
    sides = [node.right]
    left = node.left
    while (
        isinstance(left, tree.SetOperation)
        and left.operator == node.operator
        and left.all == node.all
        and node.operator == "union"
    ):
        sides.append(left.right)
        left = left.left
    return [left, *reversed(sides)]


def values_of(queries: QueryAnalyzer, node: tree.Values, parent: Scope | None, environment: Environment) -> Relation:
    """Analyze VALUES."""
    expressions = Expressions(queries, Scope([], parent))
    queries.environment = environment
    rows: list[list[Value]] = []
    for item in node.rows:
        items = item.items if isinstance(item, tree.Row) else [item]
        rows.append([expressions.value(one) for one in items])
    if len({len(row) for row in rows}) > 1:
        raise located(node.position, "TYPE_MISMATCH", "Values rows have mismatched sizes")
    kinds: list[Type] = []
    for place in range(len(rows[0])):
        kind: Type = UNKNOWN
        for row in rows:
            common = common_type(kind, row[place].type)
            if common is None:
                raise located(
                    node.position,
                    "TYPE_MISMATCH",
                    f"Values rows have mismatched types: {', '.join(str(one[0].type) for one in rows)}",
                )
            kind = common
        kinds.append(kind)
    columns = [queries.next("c") for _ in kinds]
    typed = [
        f"({', '.join(_typed(queries, value, kind) for value, kind in zip(row, kinds, strict=True))})" for row in rows
    ]
    alias = queries.next("r")
    sql = f"SELECT * FROM (VALUES {', '.join(typed)}) AS {alias}({', '.join(columns)})"
    return Relation(sql, [Field(None, kind, column) for kind, column in zip(kinds, columns, strict=True)])


def _typed(queries: QueryAnalyzer, value: Value, kind: Type) -> str:
    sql = cast_sql(value, kind, queries.functions)
    return f"CAST({sql} AS {kind.duckdb})" if kind.base not in {"varchar", "char"} else sql
