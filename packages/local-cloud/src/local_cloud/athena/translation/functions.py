"""Trino's functions and operators translated to DuckDB's, node by node."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from sqlglot import exp

from local_cloud.athena.errors import QueryFailedError
from local_cloud.athena.translation.higher_order_functions import HIGHER_ORDER
from local_cloud.athena.translation.joda_formats import strftime_format
from local_cloud.athena.translation.trino_functions import LACKING, PASSED, RENAMED
from local_cloud.athena.translation.trino_macros import MACRO_NAMES, macro_name
from local_cloud.athena.translation.type_witness import has_aggregates, witness_of

if TYPE_CHECKING:
    from collections.abc import Callable

_EXTRACTED = {
    "DAY_OF_MONTH": "day",
    "DAY_OF_WEEK": "isodow",
    "DAY_OF_YEAR": "dayofyear",
    "DOW": "isodow",
    "DOY": "dayofyear",
    "YEAR_OF_WEEK": "isoyear",
    "YOW": "isoyear",
}
_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between, exp.In)
_DATES = (exp.CurrentDate, exp.Interval)


def translate_functions(query: exp.Expr) -> None:
    """Translate the functions and operators in a query.

    Raises
    ------
    QueryFailedError
        For a function that does not exist in Trino, or is not supported by the local cloud.
    """
    for parameter in query.find_all(exp.Parameter, exp.SessionParameter):
        raise QueryFailedError("SYNTAX_ERROR", f"line 1:1: mismatched input '{parameter.sql()}'")
    for function in query.find_all(exp.Func):
        _refuse_unknown(function)
    for zoned in list(query.find_all(exp.AtTimeZone)):
        if isinstance(zoned.parent, _COMPARISONS):  # comparisons are of instants, independent of zones
            zoned.replace(exp.cast(zoned.this.copy(), exp.DType.TIMESTAMPTZ))
    for node in reversed(list(query.walk())):  # children first
        translated = _translated(node)
        if translated is not node:
            node.replace(translated)


def position_of(node: exp.Expr) -> str:
    """Return a node's position, in the form used in errors."""
    if isinstance(node, exp.Table):
        node = node.args.get("catalog") or node.args.get("db") or node.this
    meta = node.meta or (node.this.meta if isinstance(node.this, exp.Expr) else {})
    return f"line {meta.get('line', 1)}:{max(1, meta.get('col', 1) - len(node.name) + 1)}"


def _refuse_unknown(node: exp.Func) -> None:
    if not isinstance(node, exp.Anonymous | exp.AnonymousAggFunc):
        return
    name = node.name.lower()
    if name in PASSED | MACRO_NAMES or name in RENAMED or name in HIGHER_ORDER or name in _SPECIAL:
        return
    if LACKING.fullmatch(name):
        raise QueryFailedError("NOT_SUPPORTED", f"Function '{name}' is not supported by the local cloud")
    raise QueryFailedError("FUNCTION_NOT_FOUND", f"{position_of(node)}: Function '{name}' not registered")


def _translated(node: exp.Expr) -> exp.Expr:
    match node:
        case exp.Anonymous():
            return _function(node)
        case exp.AtTimeZone():
            return _macro("at_timezone", [node.this, node.args["zone"]])
        case exp.Extract() if node.name.upper() in _EXTRACTED:
            node.set("this", exp.var(_EXTRACTED[node.name.upper()]))
        case exp.TryCast() | exp.Cast(this=exp.Null()):  # a null has no type to choose an overload by
            return node
        case exp.Cast() if node.to.this in {exp.DType.VARCHAR, exp.DType.CHAR, exp.DType.TEXT}:
            text = _macro("cast_varchar", [node.this])
            length = node.to.expressions
            return exp.Anonymous(this="left", expressions=[text, length[0].this.copy()]) if length else text
        case exp.Div():
            node.set("typed", False)  # DuckDB divides integers as Trino does, by its setting integer_division
        case exp.Bracket():
            return _macro("subscript", [node.this, *node.expressions])
        case exp.CurrentTimestamp():
            return _macro("current_timestamp", [])
        case exp.Localtimestamp():
            return exp.cast(_macro("current_timestamp", []), exp.DType.TIMESTAMP)
        case exp.Add() | exp.Sub() if any(_is_date(side) for side in (node.this, node.expression)):
            return _macro("plus" if isinstance(node, exp.Add) else "minus", [node.this, node.expression])
    return node


def _is_date(node: exp.Expr) -> bool:
    return isinstance(node, _DATES) or (isinstance(node, exp.Cast) and node.to.this == exp.DType.DATE)


def _function(node: exp.Anonymous) -> exp.Expr:
    name = node.name.lower()
    arguments: list[exp.Expr] = list(node.expressions)
    if name in _SPECIAL:
        return _SPECIAL[name](arguments)
    if name in HIGHER_ORDER:
        return HIGHER_ORDER[name](arguments)
    if name == "concat" and arguments:
        return functools.reduce(lambda one, other: _macro(name, [one, other]), arguments)
    if name in MACRO_NAMES:
        return _macro(name, arguments)
    return exp.Anonymous(this=RENAMED.get(name, name), expressions=arguments)


def _macro(name: str, arguments: list[exp.Expr]) -> exp.Expr:
    witnessed = any(has_aggregates(argument) for argument in arguments)
    expressions = [argument.copy() for argument in arguments]
    if witnessed:
        expressions += [witness_of(argument) for argument in arguments]
    return exp.Anonymous(this=macro_name(name, witnessed=witnessed), expressions=expressions)


def _typeof(arguments: list[exp.Expr]) -> exp.Expr:
    (argument,) = arguments
    if isinstance(argument, exp.Literal) and argument.is_string:
        return exp.Literal.string(f"varchar({len(argument.name)})")
    return _macro("type_name", [exp.Anonymous(this="typeof", expressions=[argument])])


def _format_datetime(arguments: list[exp.Expr]) -> exp.Expr:
    value, pattern = arguments
    return exp.Anonymous(this="strftime", expressions=[value, exp.Literal.string(strftime_format(pattern))])


def _parse_datetime(arguments: list[exp.Expr]) -> exp.Expr:
    value, pattern = arguments
    parsed = exp.Anonymous(this="strptime", expressions=[value, exp.Literal.string(strftime_format(pattern))])
    return exp.cast(parsed, exp.DType.TIMESTAMPTZ)


def _now(arguments: list[exp.Expr]) -> exp.Expr:
    return _macro("current_timestamp", arguments)


def _row(arguments: list[exp.Expr]) -> exp.Expr:
    return exp.Anonymous(this="row", expressions=arguments)


_SPECIAL: dict[str, Callable[[list[exp.Expr]], exp.Expr]] = {
    "format_datetime": _format_datetime,
    "now": _now,
    "parse_datetime": _parse_datetime,
    "row": _row,
    "typeof": _typeof,
}
