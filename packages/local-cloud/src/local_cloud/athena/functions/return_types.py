"""The types of results that Trino computes from the types of the arguments, where a signature does not say them.

https://trino.io/docs/current/language/types.html#decimal
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_cloud.athena.types.trino_types import (
    LONGEST_CHAR,
    MAX_PRECISION,
    UNBOUNDED,
    Type,
    char,
    decimal,
    varchar,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def sum_type(one: Type, other: Type) -> Type:
    """Return the type of a sum or a difference of decimals."""
    scale = max(one.scale, other.scale)
    return decimal(min(MAX_PRECISION, scale + max(one.size - one.scale, other.size - other.scale) + 1), scale)


def product_type(one: Type, other: Type) -> Type:
    """Return the type of a product of decimals."""
    return decimal(min(MAX_PRECISION, one.size + other.size), one.scale + other.scale)


def quotient_type(one: Type, other: Type) -> Type:
    """Return the type of a quotient of decimals."""
    scale = max(one.scale, other.scale)
    return decimal(min(MAX_PRECISION, one.size + other.scale + max(other.scale - one.scale, 0)), scale)


def remainder_type(one: Type, other: Type) -> Type:
    """Return the type of a remainder of decimals."""
    scale = max(one.scale, other.scale)
    return decimal(min(other.size - other.scale, one.size - one.scale) + scale, scale)


def _rounded(types: Sequence[Type]) -> Type | None:
    first = types[0]
    if first.base != "decimal":
        return None
    if len(types) == 2:
        return decimal(min(MAX_PRECISION, first.size + 1), first.scale)
    return decimal(min(MAX_PRECISION, first.size - first.scale + min(1, first.scale)) or 1, 0)


def _truncated(types: Sequence[Type]) -> Type | None:
    first = types[0]
    if first.base != "decimal":
        return None
    return first if len(types) == 2 else decimal(max(first.size - first.scale, 1), 0)


def _longest(length: int) -> Type:
    return varchar(min(UNBOUNDED, length))


def _replaced(types: Sequence[Type]) -> Type:
    if UNBOUNDED in {kind.size for kind in types}:
        return varchar()
    added = types[2].size if len(types) == 3 else 0
    return _longest(types[0].size + added * (types[0].size + 1) if added else types[0].size)


def _concatenated(types: Sequence[Type]) -> Type | None:
    return char(min(LONGEST_CHAR, sum(kind.size for kind in types))) if types[0].base == "char" else None


def _remainder(types: Sequence[Type]) -> Type | None:
    return remainder_type(types[0], types[1]) if types[0].base == "decimal" else None


def _encoded(types: Sequence[Type]) -> Type:
    return varchar() if types[0].size == UNBOUNDED else _longest(types[0].size * 12)


def _pattern_replaced(types: Sequence[Type]) -> Type | None:
    if len(types) < 3 or types[2].base == "function":
        return None
    if UNBOUNDED in {types[0].size, types[2].size}:
        return varchar()
    return _longest(types[0].size + max(types[2].size * (types[0].size + types[2].size), 0))


RETURN_TYPES: dict[str, Callable[[Sequence[Type]], Type | None]] = {
    "ceil": _rounded,
    "ceiling": _rounded,
    "concat": _concatenated,
    "floor": _rounded,
    "mod": _remainder,
    "regexp_replace": _pattern_replaced,
    "replace": _replaced,
    "round": _rounded,
    "truncate": _truncated,
    "url_encode": _encoded,
}
