"""Which types Trino converts to another implicitly, and the common type of several.

https://github.com/trinodb/trino/blob/master/core/trino-main/src/main/java/io/trino/type/TypeCoercion.java
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_cloud.athena.types.trino_types import (
    INTEGERS,
    LONGEST_CHAR,
    MAX_PRECISION,
    Type,
    char,
    decimal,
    row,
    varchar,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

_DIGITS = {"tinyint": 3, "smallint": 5, "integer": 10, "bigint": 19}
# The types without parameters that each type is converted to.
_WIDER = {
    "tinyint": ("smallint", "integer", "bigint", "real", "double"),
    "smallint": ("integer", "bigint", "real", "double"),
    "integer": ("bigint", "real", "double"),
    "bigint": ("real", "double"),
    "decimal": ("real", "double"),
    "real": ("double",),
}
_TIMES = ("date", "timestamp", "timestamp with time zone")


def can_coerce(source: Type, target: Type) -> bool:
    """Return whether values of a type are converted to another type implicitly."""
    return common_type(source, target) == target


def common_type(one: Type, other: Type) -> Type | None:
    """Return the type that values of both types are converted to, or None."""
    if one == other or other.base == "unknown":
        return one
    if one.base == "unknown":
        return other
    if one.base == other.base:
        return _common_of_base(one, other)
    for source, target in ((one, other), (other, one)):
        found = _converted(source, target)
        if found is not None:
            return found if found == target else common_type(found, target)
    return None


def common_type_of(types: Iterable[Type]) -> Type | None:
    """Return the type that values of all types are converted to, or None."""
    common: Type | None = Type("unknown")
    for kind in types:
        common = common_type(common, kind) if common is not None else None
    return common


def _common_of_base(one: Type, other: Type) -> Type | None:
    match one.base:
        case "decimal":
            scale = max(one.scale, other.scale)
            whole = max(one.size - one.scale, other.size - other.scale)
            return decimal(min(MAX_PRECISION, whole + scale), scale)
        case "array" | "map":
            parts = [common_type(*pair) for pair in zip(one.parts, other.parts, strict=True)]
            return None if None in parts else Type(one.base, parts=tuple(part for part in parts if part))
        case "row":
            if len(one.parts) != len(other.parts):
                return None
            parts = [common_type(*pair) for pair in zip(one.parts, other.parts, strict=True)]
            if None in parts:
                return None
            names = [a if a == b else None for a, b in zip(one.names, other.names, strict=True)]
            return row([part for part in parts if part], names)
        case "function":
            return None
    return Type(one.base, (max(one.size, other.size),)) if one.sizes and other.sizes else None


def _converted(source: Type, target: Type) -> Type | None:
    """Return the type of a target's kind that a source's values are converted to, or None."""
    if source.base in INTEGERS and target.base == "decimal":
        return decimal(_DIGITS[source.base], 0)
    if target.base in _WIDER.get(source.base, ()):
        return target
    if source.base in _TIMES and target.base in _TIMES and _TIMES.index(source.base) < _TIMES.index(target.base):
        return Type(target.base, source.sizes) if source.sizes else target
    if source.base == "time" and target.base == "time with time zone":
        return Type(target.base, source.sizes)
    if source.base == "varchar" and target.base == "char":
        return char(min(source.size, LONGEST_CHAR))
    return None


def is_only_wider(source: Type, target: Type) -> bool:
    """Return whether a conversion does not change values, but only the limits of their type."""
    return source.duckdb == target.duckdb and target.base != "char"


__all__ = ["can_coerce", "common_type", "common_type_of", "is_only_wider", "varchar"]
