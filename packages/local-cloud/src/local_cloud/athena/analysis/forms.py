"""Expressions with a syntax of their own: CASE, LIKE, BETWEEN, IN, ROW, ARRAY, subscripts, AT TIME ZONE and GROUPING."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_cloud.athena.analysis.comparisons import compared
from local_cloud.athena.analysis.scope import Value, located
from local_cloud.athena.catalog.hive_types import quoted
from local_cloud.athena.functions.collections import subscript_of_array, subscript_of_map
from local_cloud.athena.functions.text.regular_expressions import like
from local_cloud.athena.functions.time.dates import at_zone
from local_cloud.athena.sql import tree
from local_cloud.athena.types.coercions import can_coerce, common_type
from local_cloud.athena.types.trino_types import (
    BIGINT,
    BOOLEAN,
    INTEGER,
    INTEGERS,
    VARCHAR,
    array,
    is_orderable,
    row,
    timestamp,
)

if TYPE_CHECKING:
    from local_cloud.athena.analysis.expressions import Expressions


def case(expressions: Expressions, node: tree.Case) -> Value:
    """Analyze ``CASE``."""
    results = [result for _, result in node.branches] + ([node.default] if node.default else [])
    values = [expressions.value(result) for result in results]
    kind = expressions.common(values, results, "All CASE results")
    conditions = []
    operand = expressions.value(node.operand) if node.operand else None
    for condition, _ in node.branches:
        if operand is None:
            conditions.append(expressions.boolean(condition, "CASE WHEN clause"))
            continue
        when = expressions.value(condition)
        if common_type(operand.type, when.type) is None:
            raise located(
                condition.position,
                "TYPE_MISMATCH",
                f"CASE operand type does not match WHEN clause operand type: {operand.type} vs {when.type}",
            )
        conditions.append(compared(expressions, "=", operand, when, condition.position).sql)
    branches = " ".join(
        f"WHEN {condition} THEN {expressions.coerce(value, kind)}"
        for condition, value in zip(conditions, values, strict=False)
    )
    default = f" ELSE {expressions.coerce(values[-1], kind)}" if node.default else ""
    return Value(f"CASE {branches}{default} END", kind)


def like_pattern(expressions: Expressions, node: tree.Like) -> Value:
    """Analyze ``LIKE``."""
    value, pattern = expressions.value(node.value), expressions.value(node.pattern)
    escape = expressions.value(node.escape) if node.escape else None
    for one, place, name in (
        (value, node.value, "Left side of LIKE expression"),
        (pattern, node.pattern, "Pattern for LIKE expression"),
        (escape, node.escape, "Escape for LIKE expression"),
    ):
        if one is not None and place is not None and not one.type.is_string and one.type.base != "unknown":
            raise located(place.position, "TYPE_MISMATCH", f"{name} must evaluate to a varchar (actual: {one.type})")
    if escape is None and pattern.text is not None and "\\" not in pattern.text:
        return Value(f"({value.sql} LIKE {pattern.sql})", BOOLEAN)
    arguments = [value.sql, pattern.sql, *([escape.sql] if escape else [])]
    return Value(expressions.functions.call(like, arguments, [VARCHAR] * len(arguments), BOOLEAN), BOOLEAN)


def between(expressions: Expressions, node: tree.Between) -> Value:
    """Analyze ``BETWEEN``."""
    value, low, high = expressions.value(node.value), expressions.value(node.low), expressions.value(node.high)
    kind = common_type(value.type, low.type)
    kind = common_type(kind, high.type) if kind else None
    if kind is None or not (is_orderable(kind) or kind.base == "unknown"):
        raise located(
            node.operator_position,
            "TYPE_MISMATCH",
            f"Cannot check if {value.type} is BETWEEN {low.type} and {high.type}",
        )
    first = compared(expressions, ">=", value, low, node.operator_position)
    last = compared(expressions, "<=", value, high, node.operator_position)
    return Value(f"({first.sql} AND {last.sql})", BOOLEAN)


def in_list(expressions: Expressions, node: tree.InList) -> Value:
    """Analyze ``IN`` with a list."""
    value = expressions.value(node.value)
    items = [expressions.value(item) for item in node.items]
    kind = expressions.common([value, *items], [node.value, *node.items], "IN value and list items")
    if kind.is_floating or kind.is_zoned or kind.parts or kind.base == "unknown":
        found = " OR ".join(compared(expressions, "=", value, item, node.position).sql for item in items)
        return Value(f"({found})", BOOLEAN)
    listed = ", ".join(expressions.coerce(item, kind) for item in items)
    return Value(f"({expressions.coerce(value, kind)} IN ({listed}))", BOOLEAN)


def row_of(expressions: Expressions, node: tree.Row) -> Value:
    """Analyze ``ROW(…)``, or values in parentheses."""
    values = [expressions.value(item) for item in node.items]
    kind = row([value.type for value in values], node.names)
    fields = ", ".join(f"{quoted(name)}: {_held(value)}" for name, value in zip(kind.fields, values, strict=True))
    return Value("{" + fields + "}", kind)


def array_of(expressions: Expressions, node: tree.Array) -> Value:
    """Analyze ``ARRAY[…]``."""
    values = [expressions.value(item) for item in node.items]
    kind = expressions.common(values, node.items, "All ARRAY elements")
    return Value(
        f"CAST([{', '.join(expressions.coerce(value, kind) for value in values)}] AS {array(kind).duckdb})", array(kind)
    )


def subscript(expressions: Expressions, node: tree.Subscript) -> Value:
    """Analyze ``base[index]``."""
    base = expressions.value(node.base)
    index = expressions.value(node.index)
    if base.type.base == "array" and can_coerce(index.type, BIGINT):
        item = base.type.parts[0]
        sql = expressions.functions.call(
            subscript_of_array,
            [base.sql, expressions.coerce(index, BIGINT)],
            [base.type, BIGINT],
            item,
            name="a subscript",
        )
        return Value(sql, item)
    if base.type.base == "map" and can_coerce(index.type, base.type.parts[0]):
        key, held = base.type.parts
        sql = expressions.functions.call(
            subscript_of_map(key),
            [base.sql, expressions.coerce(index, key)],
            [base.type, key],
            held,
            key=("subscript", str(key)),
            name="a subscript",
        )
        return Value(sql, held)
    if base.type.base == "row":
        if not isinstance(node.index, tree.Literal) or node.index.kind != "integer":
            raise located(node.position, "INVALID_ARGUMENTS", "Subscript expression on ROW requires a constant index")
        place = int(node.index.text)
        if not 1 <= place <= len(base.type.parts):
            said = (
                f"Invalid subscript index: {place}. ROW indices start at 1"
                if place < 1
                else f"Subscript index out of bounds: {place}, max value is {len(base.type.parts)}"
            )
            raise located(node.position, "INVALID_FUNCTION_ARGUMENT", said)
        return expressions.field_of_row(base, place - 1)
    raise located(node.position, "TYPE_MISMATCH", f"Cannot use {index.type} for subscript of {base.type}")


def at_time_zone(expressions: Expressions, node: tree.AtTimeZone) -> Value:
    """Analyze ``AT TIME ZONE``."""
    value, zone = expressions.value(node.value), expressions.value(node.zone)
    if value.type.base == "timestamp":
        value = Value(
            expressions.coerce(value, timestamp(value.type.size, zoned=True)), timestamp(value.type.size, zoned=True)
        )
    if value.type.base != "timestamp with time zone" or not zone.type.is_string:
        raise located(
            node.position,
            "TYPE_MISMATCH",
            f"Type of value must be a time or timestamp with or without time zone (actual {value.type})",
        )
    return Value(
        expressions.functions.call(
            at_zone, [value.sql, zone.sql], [value.type, VARCHAR], value.type, name="AT TIME ZONE", any_year=True
        ),
        value.type,
    )


def _held(value: Value) -> str:
    return (
        f"CAST({value.sql} AS {value.type.duckdb})"
        if value.type.base == "unknown" or (value.text is None and value.type.base in {*INTEGERS, "decimal"})
        else value.sql
    )


def grouping(expressions: Expressions, node: tree.Grouping) -> Value:
    """Analyze ``GROUPING``."""
    aggregation = expressions.scope.aggregation
    if aggregation is None or not aggregation.keys:
        raise located(
            node.position,
            "MISSING_GROUP_BY",
            "A GROUPING() operation can only be used with a corresponding GROUPING SET/CUBE/ROLLUP/GROUP BY clause",
        )
    plain = expressions.ungrouped()
    keys = [plain.value(argument).sql for argument in node.arguments]
    if any(key not in aggregation.keys for key in keys):
        raise located(
            node.position,
            "INVALID_ARGUMENTS",
            "The arguments to GROUPING() must be expressions referenced by the GROUP BY at line 1:1 and line 1:1",
        )
    sql = f"CAST(grouping({', '.join(keys)}) AS INTEGER)"
    column = aggregation.aggregates.setdefault(sql, f"a{len(aggregation.aggregates) + 1}")
    return Value(f"{aggregation.alias}.{column}", INTEGER, plain=True)
