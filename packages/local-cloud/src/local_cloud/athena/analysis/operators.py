"""Arithmetic by Trino's rules.

https://trino.io/docs/current/functions/decimal.html
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

from local_cloud.athena.analysis.scalar_calls import scalar_call
from local_cloud.athena.analysis.scope import Value, located
from local_cloud.athena.errors import QueryFailedError
from local_cloud.athena.functions.numbers.arithmetic import quotient, remainder
from local_cloud.athena.functions.return_types import product_type, quotient_type, remainder_type, sum_type
from local_cloud.athena.functions.time import times
from local_cloud.athena.functions.time.date_arithmetic import add_months, months_later
from local_cloud.athena.types.coercions import common_type
from local_cloud.athena.types.trino_types import (
    BIGINT,
    DATE,
    DAY_TO_SECOND,
    DOUBLE,
    INTEGER,
    INTEGERS,
    NUMERIC,
    UNKNOWN,
    YEAR_TO_MONTH,
    Type,
    decimal,
)

if TYPE_CHECKING:
    from local_cloud.athena.analysis.expressions import Expressions
    from local_cloud.athena.sql import tree

_DAY = 86_400_000
_LITERAL = re.compile(r"CAST\((-?\d+) AS BIGINT\)")
_DIGITS = {"tinyint": 3, "smallint": 5, "integer": 10, "bigint": 19}
_DECIMAL_TYPES = {"+": sum_type, "-": sum_type, "*": product_type, "/": quotient_type, "%": remainder_type}
_TIMES = {"date", "time", "time with time zone", "timestamp", "timestamp with time zone"}
_INTERVALS = {"interval day to second", "interval year to month"}


def negated(expressions: Expressions, node: tree.Negative, value: Value) -> Value:
    """Return ``-x`` or ``+x``."""
    kind = value.type
    if kind.base not in NUMERIC | _INTERVALS | {"unknown"}:
        raise located(
            node.position,
            "TYPE_MISMATCH",
            f"Cannot negate {kind}" if node.sign == "-" else f"Unary '+' operator cannot be applied to {kind} type",
        )
    if node.sign == "+" or kind.base == "unknown":
        return value
    if kind.base in INTEGERS:
        # DuckDB would widen a literal
        return Value(f"CAST(-({value.sql}) AS {kind.duckdb})", kind)
    return Value(f"(-({value.sql}))", kind)


def arithmetic(expressions: Expressions, node: tree.Arithmetic, left: Value, right: Value) -> Value:
    """Return the result of an operator."""
    operator = node.operator
    if operator == "||":
        return scalar_call(expressions, "concat", [left, right], node.position)
    numeric = _numeric(expressions, operator, left, right)
    found = numeric or _of_times(expressions, operator, left, right)
    if found is None:
        raise located(
            node.operator_position, "TYPE_MISMATCH", f"Cannot apply operator: {left.type} {operator} {right.type}"
        )
    return found


def _numeric(expressions: Expressions, operator: str, left: Value, right: Value) -> Value | None:
    kinds = {left.type.base, right.type.base}
    if not kinds <= NUMERIC | {"unknown"}:
        return None
    kind = common_type(left.type, right.type)
    if kind is None or kind == UNKNOWN:
        return Value("CAST(NULL AS INTEGER)", INTEGER) if kind else None
    if kind.base == "decimal":
        return _decimal(expressions, operator, left, right)
    one, other = expressions.coerce(left, kind), expressions.coerce(right, kind)
    if kind.base in INTEGERS:
        sign = "//" if operator == "/" else operator
        return Value(f"({one} {sign} {other})", kind)
    if operator == "/":
        return Value(f"({one} / {other})", kind)
    return Value(f"({one} {operator} {other})", kind)


def _decimal(expressions: Expressions, operator: str, left: Value, right: Value) -> Value:
    one_kind, other_kind = _as_decimal(left.type, right.type), _as_decimal(right.type, left.type)
    kind = _DECIMAL_TYPES[operator](one_kind, other_kind)
    if operator in {"+", "-"}:
        one, other = (
            f"CAST({expressions.coerce(value, own)} AS {kind.duckdb})"
            for value, own in ((left, one_kind), (right, other_kind))
        )
        return Value(f"CAST(({one} {operator} {other}) AS {kind.duckdb})", kind)
    one, other = expressions.coerce(left, one_kind), expressions.coerce(right, other_kind)
    if operator == "*":
        if kind.scale > 38:
            raise QueryFailedError(
                "INVALID_FUNCTION_ARGUMENT", f"DECIMAL scale must be in range [0, precision (38)]: {kind.scale}"
            )
        if one_kind.size + other_kind.size <= 38:
            return Value(f"({one} * {other})", kind)
        return Value(expressions.functions.call(_product, [one, other], [one_kind, other_kind], kind), kind)
    make = quotient if operator == "/" else remainder
    key = (operator, str(one_kind), str(other_kind))
    return Value(
        expressions.functions.call(
            make([one_kind, other_kind], kind), [one, other], [one_kind, other_kind], kind, key=key
        ),
        kind,
    )


def _product(one: Any, other: Any) -> Any:
    from local_cloud.athena.functions.numbers.arithmetic import WIDE, checked

    return checked(WIDE.multiply(one, other))


def _as_decimal(kind: Type, other: Type) -> Type:
    if kind.base == "unknown":
        return other
    return decimal(_DIGITS[kind.base], 0) if kind.base in INTEGERS else kind


def _of_times(expressions: Expressions, operator: str, left: Value, right: Value) -> Value | None:
    one, other = left.type.base, right.type.base
    if operator == "+" and one in _INTERVALS and other in _TIMES:
        left, right, one, other = right, left, other, one
    if operator in {"+", "-"} and one in _TIMES and other in _INTERVALS:
        return _moved(expressions, operator, left, right)
    if operator in {"+", "-"} and one == other and one in _INTERVALS:
        return Value(f"({left.sql} {operator} {right.sql})", left.type)
    if operator == "-" and one in _TIMES and other in _TIMES:
        return _difference(expressions, left, right)
    if operator == "*" and other in _INTERVALS:
        left, right, one, other = right, left, other, one
    if operator in {"*", "/"} and one in _INTERVALS and (other in INTEGERS or other == "double"):
        if operator == "*" and other != "double":
            return Value(
                f"({left.sql} * {expressions.coerce(right, BIGINT)})"
                if one != "interval year to month"
                else f"CAST({left.sql} * {right.sql} AS INTEGER)",
                left.type,
            )
        return Value(
            f"CAST(trunc(CAST({left.sql} AS DOUBLE) {operator} {expressions.coerce(right, DOUBLE)}) AS {left.type.duckdb})",
            left.type,
        )
    return None


def _moved(expressions: Expressions, operator: str, moment: Value, interval: Value) -> Value | None:
    kind, sign = moment.type, operator
    by_months = interval.type == YEAR_TO_MONTH
    if kind.base in {"time", "time with time zone"} and by_months:
        return None
    if kind.base in {"date", "timestamp"} and by_months:
        return Value(months_later(moment.sql, f"({sign}{interval.sql})", kind), kind)
    if kind.base == "timestamp":
        precise = Type("timestamp", (max(kind.size, 3),))
        return Value(f"({moment.sql} {sign} to_milliseconds({interval.sql}))", precise)
    literal = _LITERAL.fullmatch(interval.sql)
    if kind == DATE and literal and not int(literal[1]) % _DAY:
        return Value(f"({moment.sql} {sign} CAST({int(literal[1]) // _DAY} AS INTEGER))", kind)
    result = Type(kind.base, (max(kind.size, 3),)) if kind.sizes and not by_months else kind
    factor = 1 if sign == "+" else -1

    def move(value: Any, number: int) -> Any:
        number *= factor
        if kind == DATE:
            if number % _DAY:
                raise QueryFailedError("INVALID_FUNCTION_ARGUMENT", "Cannot add hour, minutes or seconds to a date")
            return value + dt.timedelta(milliseconds=number)
        if kind.base == "timestamp with time zone":
            if by_months:
                return times.in_zone(add_months(times.local(value), number), value["z"])
            return {"t": value["t"] + dt.timedelta(milliseconds=number), "z": value["z"]}
        clock = value["t"] if kind.is_zoned else value
        moved = (dt.datetime.combine(times.EPOCH, clock) + dt.timedelta(milliseconds=number)).time()
        return {"t": moved, "z": value["z"]} if kind.is_zoned else moved

    sql = expressions.functions.call(
        move,
        [moment.sql, interval.sql],
        [kind, interval.type],
        result,
        key=("move", str(kind), sign, by_months),
        name=sign,
    )
    return Value(sql, result)


def _difference(expressions: Expressions, left: Value, right: Value) -> Value | None:
    kind = common_type(left.type, right.type)
    if kind is None:
        return None
    one, other = expressions.coerce(left, kind), expressions.coerce(right, kind)
    if kind == DATE:
        return Value(f"(CAST({one} - {other} AS BIGINT) * {_DAY})", DAY_TO_SECOND)
    if kind.is_zoned:
        one, other = f"struct_extract({one}, 't')", f"struct_extract({other}, 't')"
    if kind.base.startswith("timestamp"):
        return Value(f"((epoch_us({one}) - epoch_us({other})) // 1000)", DAY_TO_SECOND)
    return Value(f"(CAST(epoch_ns({one}) - epoch_ns({other}) AS BIGINT) // 1000000)", DAY_TO_SECOND)
