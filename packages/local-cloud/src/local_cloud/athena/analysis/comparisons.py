"""Comparisons by Trino's rules: NaN is not equal to anything, and nulls inside arrays and rows are unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_cloud.athena.analysis.scope import Value, located
from local_cloud.athena.functions.collections import is_equal
from local_cloud.athena.types.coercions import common_type
from local_cloud.athena.types.trino_types import BOOLEAN, Type, is_comparable, is_orderable

if TYPE_CHECKING:
    from local_cloud.athena.analysis.expressions import Expressions
    from local_cloud.athena.sql.tokens import Position


def compared(expressions: Expressions, operator: str, left: Value, right: Value, position: Position) -> Value:
    """Return the comparison of two values. Raises QueryFailedError if their types are not comparable."""
    kind = _kind(operator, left, right, position)
    one, other = expressions.coerce(left, kind), expressions.coerce(right, kind)
    if kind.base == "unknown":
        return Value("CAST(NULL AS BOOLEAN)", BOOLEAN)
    if kind.parts and operator in {"=", "<>"}:
        same = expressions.functions.call(is_equal, [one, other], [kind, kind], BOOLEAN)
        return Value(same if operator == "=" else f"(NOT {same})", BOOLEAN)
    if kind.is_zoned:
        one, other = f"struct_extract({one}, 't')", f"struct_extract({other}, 't')"
    plain = f"({one} {operator} {other})"
    if kind.is_floating and operator != "<>":
        unknown = [sql for sql, value in ((one, left), (other, right)) if _may_be_nan(value)]
        if unknown:
            is_nan = " OR ".join(f"isnan({sql})" for sql in unknown)
            return Value(
                f"CASE WHEN {is_nan} THEN {one} IS NULL AND NULL OR {other} IS NULL AND NULL ELSE {plain} END", BOOLEAN
            )
    if kind.is_floating and operator == "<>" and _may_be_nan(left) and _may_be_nan(right):
        return Value(f"({one} <> {other} OR isnan({one}) OR isnan({other}))", BOOLEAN)
    return Value(plain, BOOLEAN)


def distinct(expressions: Expressions, left: Value, right: Value, position: Position) -> Value:
    """Return ``IS DISTINCT FROM``."""
    kind = _kind("IS DISTINCT FROM", left, right, position)
    one, other = expressions.coerce(left, kind), expressions.coerce(right, kind)
    if kind.is_zoned:
        one, other = f"struct_extract({one}, 't')", f"struct_extract({other}, 't')"
    return Value(f"({one} IS DISTINCT FROM {other})", BOOLEAN)


def _kind(operator: str, left: Value, right: Value, position: Position) -> Type:
    kind = common_type(left.type, right.type)
    is_known = is_comparable if operator in {"=", "<>", "IS DISTINCT FROM"} else is_orderable
    if kind is None or not is_known(kind):
        raise located(position, "TYPE_MISMATCH", f"Cannot apply operator: {left.type} {operator} {right.type}")
    return kind


def _may_be_nan(value: Value) -> bool:
    return value.type.is_floating and not value.sql.replace(".", "").isdigit() and value.text is None
