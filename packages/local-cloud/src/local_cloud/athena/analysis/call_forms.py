"""Functions that are not in the list of signatures, because their types follow rules of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_cloud.athena.analysis.comparisons import compared
from local_cloud.athena.analysis.scope import Value, located
from local_cloud.athena.catalog.hive_types import literal
from local_cloud.athena.functions.implementation import Invocation
from local_cloud.athena.functions.registry import implementation_of
from local_cloud.athena.functions.text.format_strings import formatted
from local_cloud.athena.sql import tree
from local_cloud.athena.types.coercions import common_type
from local_cloud.athena.types.trino_types import (
    VARCHAR,
    Type,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from local_cloud.athena.analysis.expressions import Expressions


_CURRENT_TIMES = {
    "current_time": "time with time zone",
    "current_timestamp": "timestamp with time zone",
    "localtime": "time",
    "localtimestamp": "timestamp",
}


def _coalesce(expressions: Expressions, node: tree.Call) -> Value:
    if len(node.arguments) < 2:
        raise located(
            node.position, "INVALID_FUNCTION_ARGUMENT", "The 'coalesce' function must have at least two arguments"
        )
    values = [expressions.value(argument) for argument in node.arguments]
    kind = expressions.common(values, node.arguments, "All COALESCE operands")
    return Value(f"coalesce({', '.join(expressions.coerce(value, kind) for value in values)})", kind)


def _nullif(expressions: Expressions, node: tree.Call) -> Value:
    if len(node.arguments) != 2:
        raise located(node.position, "INVALID_FUNCTION_ARGUMENT", "Invalid number of arguments for 'nullif' function")
    first, second = (expressions.value(argument) for argument in node.arguments)
    if common_type(first.type, second.type) is None:
        raise located(
            node.position, "TYPE_MISMATCH", f"Types are not comparable with NULLIF: {first.type} vs {second.type}"
        )
    same = compared(expressions, "=", first, second, node.position).sql
    return Value(f"CASE WHEN {same} THEN NULL ELSE {first.sql} END", first.type)


def _if(expressions: Expressions, node: tree.Call) -> Value:
    if len(node.arguments) not in {2, 3}:
        raise located(node.position, "INVALID_FUNCTION_ARGUMENT", "Invalid number of arguments for 'if' function")
    condition = expressions.boolean(node.arguments[0], "IF condition")
    results = node.arguments[1:]
    values = [expressions.value(result) for result in results]
    if len(values) == 2 and common_type(values[0].type, values[1].type) is None:
        raise located(
            node.position,
            "TYPE_MISMATCH",
            f"Result types for IF must be the same: {values[0].type} vs {values[1].type}",
        )
    kind = expressions.common(values, results, "All IF results")
    default = f" ELSE {expressions.coerce(values[1], kind)}" if len(values) == 2 else ""
    return Value(f"CASE WHEN {condition} THEN {expressions.coerce(values[0], kind)}{default} END", kind)


def _try(expressions: Expressions, node: tree.Call) -> Value:
    if len(node.arguments) != 1:
        raise located(node.position, "INVALID_FUNCTION_ARGUMENT", "The 'try' function must have exactly one argument")
    value = expressions.value(node.arguments[0])
    return Value(f"TRY({value.sql})", value.type)


def _format(expressions: Expressions, node: tree.Call) -> Value:
    if len(node.arguments) < 2:
        raise located(node.position, "INVALID_FUNCTION_ARGUMENT", "Invalid number of arguments for function format()")
    values = [expressions.value(argument) for argument in node.arguments]
    if not values[0].type.is_string:
        raise located(
            node.position,
            "TYPE_MISMATCH",
            f"Type of first argument to format() must be VARCHAR (actual: {values[0].type})",
        )
    kinds = [value.type for value in values]
    sql = expressions.functions.call(
        formatted(kinds),
        [value.sql for value in values],
        kinds,
        VARCHAR,
        nulls=True,
        key=("format", *map(str, kinds)),
        name="format",
    )
    return Value(sql, VARCHAR)


def _current_time(expressions: Expressions, node: tree.Call) -> Value:
    precision = 3
    if node.arguments and isinstance(node.arguments[0], tree.Literal):
        precision = int(node.arguments[0].text)
    kind = Type(_CURRENT_TIMES[node.name], (precision,))
    build = implementation_of(node.name, [])
    if build is None:
        raise AssertionError("no build")
    return Value(build(Invocation(node.name, [], [], kind, expressions.functions)), kind)


def _current_name(expressions: Expressions, node: tree.Call) -> Value:
    name = {
        "current_catalog": "awsdatacatalog",
        "current_schema": expressions.queries.database,
        "current_user": "local",
    }[node.name]
    return Value(literal(name), VARCHAR, plain=True)


FORMS: dict[str, Callable[[Expressions, tree.Call], Value]] = {
    "coalesce": _coalesce,
    "format": _format,
    "if": _if,
    "nullif": _nullif,
    "try": _try,
    **dict.fromkeys(_CURRENT_TIMES, _current_time),
    **dict.fromkeys(("current_catalog", "current_schema", "current_user"), _current_name),
}
