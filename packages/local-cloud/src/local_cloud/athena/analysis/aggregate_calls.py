"""Calls of aggregates and window functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local_cloud.athena.analysis.scalar_calls import signature_of_call
from local_cloud.athena.analysis.scope import Scope, Value, located
from local_cloud.athena.analysis.walking import is_aggregate_name
from local_cloud.athena.errors import QueryFailedError
from local_cloud.athena.functions.aggregates import AGGREGATES, WINDOW_FUNCTIONS, AggregateInvocation
from local_cloud.athena.functions.signatures import LambdaArgument, signatures_of
from local_cloud.athena.sql import tree
from local_cloud.athena.types.trino_types import BIGINT, INTEGERS, VARCHAR, is_comparable, is_orderable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from local_cloud.athena.analysis.expressions import Expressions
    from local_cloud.athena.types.trino_types import Type

# The aggregates whose result depends on the order of the values.
_ORDERED = {
    "approx_most_frequent",
    "arbitrary",
    "any_value",
    "array_agg",
    "histogram",
    "listagg",
    "map_agg",
    "map_union",
    "multimap_agg",
    "reduce_agg",
}


def aggregate_call(expressions: Expressions, node: tree.Call) -> Value:
    """Return an aggregate over a group: a column of the query that computes the groups."""
    from local_cloud.athena.analysis.expressions import Expressions as Analyzer

    aggregation = expressions.scope.aggregation
    if aggregation is None:
        raise AssertionError("no aggregation")
    plain = Scope(expressions.scope.fields, expressions.scope.parent, expressions.scope.variables)
    inner = Analyzer(expressions.queries, plain, clause="aggregate")
    sql, kind = _invocation(inner, node, "")
    column = aggregation.aggregates.setdefault(sql, f"a{len(aggregation.aggregates) + 1}")
    return Value(f"{aggregation.alias}.{column}", kind, plain=True)


def window_call(expressions: Expressions, node: tree.Call) -> Value:
    """Return a function over a window."""
    if expressions.clause in {"WHERE clause", "HAVING clause", "JOIN clause", "GROUP BY clause"}:
        raise located(
            node.position,
            "EXPRESSION_NOT_SCALAR",
            f"{expressions.clause} cannot contain aggregations, window functions or grouping operations: [{node.name}]",
        )
    if not signatures_of(node.name):
        raise located(node.position, "FUNCTION_NOT_FOUND", f"Function '{node.name}' not registered")
    if signatures_of(node.name)[0].kind == "scalar":
        raise located(node.position, "FUNCTION_NOT_WINDOW", f"Not a window function: {node.name}")
    if node.window is None:
        raise AssertionError("no window")
    if node.filter is not None:
        raise located(node.position, "NOT_SUPPORTED", "FILTER is not yet supported for window functions")
    over = window_sql(expressions, node.window)
    sql, kind = _invocation(expressions, node, f" OVER ({over})")
    return Value(sql, kind)


def window_sql(expressions: Expressions, window: tree.Window) -> str:
    """Return the SQL of a window."""
    parts = []
    if window.base is not None:
        base = expressions.windows.get(window.base)
        if base is None:
            raise located(window.position, "INVALID_WINDOW_REFERENCE", f"Cannot resolve WINDOW name {window.base}")
        window = tree.Window(
            window.position,
            base.base,
            window.partition or base.partition,
            window.order or base.order,
            window.frame or base.frame,
        )
        if window.base is not None:
            return window_sql(expressions, window)
    if window.partition:
        parts.append("PARTITION BY " + ", ".join(expressions.value(one).sql for one in window.partition))
    if window.order:
        parts.append("ORDER BY " + order_sql(expressions, window.order))
    if window.frame is not None:
        parts.append(_frame(expressions, window))
    return " ".join(parts)


def _frame(expressions: Expressions, window: tree.Window) -> str:
    frame = window.frame
    if frame is None:
        raise AssertionError("no frame")
    order = expressions.value(window.order[0].value).type if window.order else None
    bounds = []
    for name, value in frame.bounds:
        if value is None:
            bounds.append(name.upper())
            continue
        found = expressions.value(value)
        sql = found.sql
        if found.type.base == "interval day to second":
            sql = f"to_milliseconds({sql})"
        elif found.type.base == "interval year to month":
            sql = f"to_months({sql})"
        elif frame.unit != "range" and found.type.base not in INTEGERS:
            raise located(
                value.position,
                "TYPE_MISMATCH",
                f"Window frame {frame.unit.upper()} value type must be exact numeric type with scale 0 (actual {found.type})",
            )
        elif frame.unit == "range" and order is not None and order != found.type:
            sql = expressions.coerce(found, order)
        bounds.append(f"{sql} {name.upper()}")
    written = f"BETWEEN {bounds[0]} AND {bounds[1]}" if len(bounds) == 2 else bounds[0]
    return f"{frame.unit.upper()} {written}"


def order_sql(expressions: Expressions, items: Sequence[tree.SortItem]) -> str:
    """Return the SQL of the items of ORDER BY."""
    return ", ".join(sort_sql(sort_value(expressions, item), item) for item in items)


def sort_value(expressions: Expressions, item: tree.SortItem) -> Value:
    """Return the value of an item of ORDER BY. Raises QueryFailedError if its type has no order."""
    value = expressions.value(item.value)
    if not is_orderable(value.type):
        raise located(
            item.position,
            "TYPE_MISMATCH",
            f"Type {value.type} is not orderable, and therefore cannot be used in ORDER BY: {value.type}",
        )
    return value


def sort_sql(value: Value, item: tree.SortItem) -> str:
    """Return an item of ORDER BY; nulls are last by default."""
    sql = f"struct_extract({value.sql}, 't')" if value.type.is_zoned else value.sql
    if value.plain and value.sql.isdigit():
        sql = f"CAST({value.sql} AS INTEGER)"
    return f"{sql} {'DESC' if item.descending else 'ASC'} NULLS {'FIRST' if item.nulls_first else 'LAST'}"


def _invocation(expressions: Expressions, node: tree.Call, over: str) -> tuple[str, Any]:
    name = node.name
    suffix = over
    if node.filter is not None:
        condition = expressions.boolean(node.filter, "Filter expression", is_clause=True)
        suffix = f" FILTER (WHERE {condition}){over}"
    order = f" ORDER BY {order_sql(expressions, node.order)}" if node.order else ""
    order = order if name in _ORDERED else ""
    if node.star:
        if name != "count":
            raise located(node.position, "FUNCTION_NOT_FOUND", f"Unexpected parameters (*) for function {name}")
        return f"count(*){suffix}", BIGINT
    if any(isinstance(argument, tree.Lambda) for argument in node.arguments):
        return _reduction(expressions, node, suffix)
    values = [expressions.value(argument) for argument in node.arguments]
    if name == "listagg":
        if not values[0].type.is_string:
            raise located(
                node.position,
                "TYPE_MISMATCH",
                f"Expression to aggregate over in listagg must be of type varchar: {values[0].type}",
            )
        arguments, types, result = [value.sql for value in values], [value.type for value in values], VARCHAR
    else:
        bound = signature_of_call(expressions, name, [value.type for value in values], node.position)
        arguments = [expressions.coerce(value, kind) for value, kind in zip(values, bound.arguments, strict=True)]
        types, result = bound.arguments, bound.result
    if node.distinct and types and not is_comparable(types[0]):
        raise located(
            node.position, "TYPE_MISMATCH", f"DISTINCT can only be applied to comparable types (actual: {types[0]})"
        )
    build = AGGREGATES.get(name) if is_aggregate_name(name) else WINDOW_FUNCTIONS.get(name)
    if build is None:
        raise QueryFailedError("NOT_SUPPORTED", f"Function '{name}' is not supported by the local cloud")
    nulls = f" {node.nulls.upper()} NULLS" if node.nulls and not is_aggregate_name(name) else ""
    invocation = AggregateInvocation(
        name, arguments, types, result, expressions.functions, node.distinct, order, suffix, nulls
    )
    return build(invocation), result


def _reduction(expressions: Expressions, node: tree.Call, suffix: str) -> tuple[str, Any]:
    """Return ``reduce_agg``, as the reduction of a list."""
    value, start = expressions.value(node.arguments[0]), expressions.value(node.arguments[1])
    step = node.arguments[2]
    if not isinstance(step, tree.Lambda):
        raise TypeError(type(step))
    kinds: list[Type | LambdaArgument] = [
        value.type,
        start.type,
        *(
            LambdaArgument(len(one.parameters), expressions.lambda_type(one))
            for one in node.arguments[2:]
            if isinstance(one, tree.Lambda)
        ),
    ]
    bound = signature_of_call(expressions, node.name, kinds, node.position)
    if bound.arguments[0] != bound.arguments[1]:
        raise QueryFailedError(
            "NOT_SUPPORTED", "reduce_agg of values of another type than its state is not supported by the local cloud"
        )
    one, other = expressions.queries.next("p"), expressions.queries.next("p")
    body = expressions.lambda_body(step, [bound.arguments[1], bound.arguments[0]], [one, other])
    items = (
        f"list_filter(list({expressions.coerce(value, bound.arguments[0])}){suffix}, lambda {one}: {one} IS NOT NULL)"
    )
    return (
        f"list_reduce({items}, lambda {one}, {other}: {expressions.coerce(body, bound.result)}, {expressions.coerce(start, bound.result)})",
        bound.result,
    )
