"""The choice of a function's signature by the types of its arguments, as Trino chooses it.

https://github.com/trinodb/trino/blob/master/core/trino-main/src/main/java/io/trino/metadata/SignatureBinder.java
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING

from local_cloud.athena.functions.return_types import RETURN_TYPES
from local_cloud.athena.types.coercions import can_coerce, common_type
from local_cloud.athena.types.trino_types import (
    BOOLEAN,
    LONGEST_CHAR,
    UNBOUNDED,
    UNKNOWN,
    VARCHAR,
    Type,
    char,
    decimal,
    is_comparable,
    is_orderable,
    varchar,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_TYPE_NAMES = """
bigint boolean char date decimal double function integer ipaddress json joniregexp jsonpath likepattern real row smallint time timestamp
tinyint unknown uuid varbinary varchar array map interval color hyperloglog qdigest tdigest p4hyperloglog setdigest geometry
sphericalgeography kdbtree bingtile regressor classifier json2016 codepoints jsonpath2016 objectid
"""
_NAMED = frozenset(_TYPE_NAMES.split())
_TEXT_PATTERNS = {"joniregexp", "jsonpath", "likepattern", "codepoints"}
_ORDERED = frozenset({"greatest", "least", "max", "min", "array_sort", "array_max", "array_min", "max_by", "min_by"})
_DIGITS = {"tinyint": 3, "smallint": 5, "integer": 10, "bigint": 19}


@dataclass(frozen=True, slots=True)
class Pattern:
    """A type of a signature; ``variable`` if it stands for any type."""

    text: str
    base: str
    parts: tuple[Pattern, ...] = ()
    variable: bool = False


@dataclass(frozen=True, slots=True)
class Signature:
    """A function's signature."""

    name: str
    arguments: tuple[Pattern, ...]
    result: Pattern
    kind: str
    repeated: bool

    def __str__(self) -> str:
        return f"{self.name}({', '.join(pattern.text for pattern in self.arguments)})"


@dataclass(slots=True)
class Bound:
    """A signature with the types of its arguments and its result."""

    signature: Signature
    arguments: list[Type]
    result: Type


@dataclass(slots=True)
class LambdaArgument:
    """An argument that is a lambda: its type is known when its parameters' types are.

    Attributes
    ----------
    result
        Returns the type of the lambda's body for the types of its parameters.
    """

    size: int
    result: Callable[[Sequence[Type]], Type]


Argument = Type | LambdaArgument


class AmbiguousCallError(Exception):
    """Several signatures fit, and none is more specific than the others."""


@functools.cache
def _lines() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in files(__package__).joinpath("signatures.txt").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            found.setdefault(line.partition("(")[0], []).append(line)
    return found


@functools.cache
def signatures_of(name: str) -> tuple[Signature, ...]:
    """Return the signatures of a function; none if it does not exist."""
    return tuple(_signature(line) for line in _lines().get(name, []))


def _signature(line: str) -> Signature:
    head, result = line.split(" -> ", 1)
    name, _, arguments = head.partition("(")
    result, _, kind = result.rpartition(", ")
    repeated = arguments.endswith("*")
    listed = _split(arguments.removesuffix("*").removesuffix(")"))
    return Signature(name, tuple(map(_pattern, listed)), _pattern(result), kind, repeated)


def _split(text: str) -> list[str]:
    parts, depth, current = [], 0, ""
    for character in text:
        depth += (character == "(") - (character == ")")
        if character == "," and not depth:
            parts.append(current.strip())
            current = ""
        else:
            current += character
    return [*parts, current.strip()] if current.strip() else parts


def _pattern(text: str) -> Pattern:
    match = re.fullmatch(r"(\w+)(?:\((.*)\))?( with time zone| day to second| year to month)?", text)
    if match is None:
        raise ValueError(text)
    base, inside, rest = match[1], match[2], match[3] or ""
    if base not in _NAMED:
        return Pattern(text, base.lower(), variable=True)
    if base in {"array", "map", "row", "function"}:
        return Pattern(text, base, tuple(map(_pattern, _split(inside or ""))))
    sizes = tuple(Pattern(size, size, variable=not size.isdecimal()) for size in _split(inside or ""))
    return Pattern(text, base + rest, sizes)


def resolve(name: str, arguments: Sequence[Argument]) -> Bound | None:
    """Return a function's signature for the types of its arguments, or None if none fits.

    Raises
    ------
    AmbiguousCallError
        If several do, and none is the most specific.
    """
    for coerced in (False, True):
        found = [bound for signature in signatures_of(name) if (bound := _bound(signature, arguments, coerced=coerced))]
        concrete = [bound for bound in found if not any(_has_variable(one) for one in bound.signature.arguments)]
        if not coerced and concrete:
            return concrete[0]
        if len(found) == 1 or (found and not coerced):
            return found[0]
        if found:
            return _most_specific(found, arguments)
    return None


def _has_variable(pattern: Pattern) -> bool:
    return pattern.variable or any(_has_variable(part) for part in pattern.parts)


def _most_specific(found: list[Bound], arguments: Sequence[Argument]) -> Bound:
    """Return the signature whose arguments each of the others would accept, too."""
    lambdas = any(isinstance(argument, LambdaArgument) for argument in arguments)
    best = (
        []
        if lambdas
        else [one for one in found if all(_bound(other.signature, one.arguments, coerced=True) for other in found)]
    )
    if best:
        return best[0]
    known = [one for one in found if _keeps(one, arguments)]
    if len(known) == 1:
        return known[0]
    if len({str(one.result) for one in found}) == 1:
        return found[0]
    if found[0].signature.name == "concat" and len(arguments) == 2:
        arrays = [one for one in found if _is_array_of_null(one, arguments)]
        if len(arrays) == 1:
            return arrays[0]
    raise AmbiguousCallError


def _is_array_of_null(bound: Bound, arguments: Sequence[Argument]) -> bool:
    """Return whether a null is the array to which ``concat`` adds the other argument, as Trino takes it."""
    return (
        any(isinstance(given, Type) and given.base == "array" for given in arguments) is False
        and all(
            (pattern.base == "array") == (isinstance(given, Type) and given.base == "unknown")
            for pattern, given in zip(bound.signature.arguments, arguments, strict=False)
        )
        and len(bound.signature.arguments) == 2
    )


def _keeps(bound: Bound, arguments: Sequence[Argument]) -> bool:
    return all(
        not isinstance(given, Type) or given.base in {wanted.base, "unknown"}
        for given, wanted in zip(arguments, bound.arguments, strict=False)
    )


@dataclass(slots=True)
class _Bindings:
    types: dict[str, Type] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)


def _bound(signature: Signature, arguments: Sequence[Argument], *, coerced: bool) -> Bound | None:
    patterns = list(signature.arguments)
    if signature.repeated:
        if len(arguments) < max(1, len(patterns) - 1) or (signature.name == "concat" and len(arguments) < 2):
            return None
        patterns = [*patterns, *(patterns[-1] for _ in range(len(arguments) - len(patterns)))][: len(arguments)]
    if len(patterns) != len(arguments):
        return None
    bindings = _Bindings()
    lambdas = []
    for pattern, argument in zip(patterns, arguments, strict=True):
        if isinstance(argument, LambdaArgument):
            if pattern.base != "function" or len(pattern.parts) != argument.size + 1:
                return None
            lambdas.append((pattern, argument))
        elif pattern.base == "function" or not _bind(pattern, argument, bindings, coerced=coerced):
            return None
    for pattern, lambda_argument in lambdas:
        given = [_type(part, bindings) for part in pattern.parts[:-1]]
        returned = lambda_argument.result(given)
        if not _bind(pattern.parts[-1], returned, bindings, coerced=True):
            return None
    if not coerced and any(
        isinstance(argument, Type) and _type(pattern, bindings) != argument and pattern.base not in _TEXT_PATTERNS
        for pattern, argument in zip(patterns, arguments, strict=True)
        if pattern.base != "function"
    ):
        return None
    found = [
        _type(pattern, bindings)
        if pattern.base != "function"
        else Type("function", parts=tuple(_type(part, bindings) for part in pattern.parts))
        for pattern in patterns
    ]
    comparable = is_orderable if signature.name in _ORDERED else is_comparable
    if signature.name in _ORDERED and not comparable(
        found[-1] if signature.name.endswith("_by") and len(found) < 3 else found[0]
    ):
        return None
    rule = RETURN_TYPES.get(signature.name)
    result = rule(found) if rule else None
    return Bound(signature, found, result or _type(signature.result, bindings))


def _bind(pattern: Pattern, actual: Type, bindings: _Bindings, *, coerced: bool) -> bool:
    if pattern.variable:
        return _bind_variable(pattern.base, actual, bindings, coerced=coerced)
    if pattern.base in {"array", "map", "row"}:
        if actual.base == "unknown" and coerced:
            return all(_bind(part, UNKNOWN, bindings, coerced=True) for part in pattern.parts)
        return (
            actual.base == pattern.base
            and len(actual.parts) == len(pattern.parts)
            and all(_bind(*pair, bindings, coerced=coerced) for pair in zip(pattern.parts, actual.parts, strict=True))
        )
    if pattern.base in _TEXT_PATTERNS:
        return actual.is_string or (actual.base == "unknown" and coerced)
    if pattern.parts:
        return _bind_sizes(pattern, actual, bindings, coerced=coerced)
    wanted = VARCHAR if pattern.base == "varchar" else Type(pattern.base)
    return actual == wanted or (coerced and can_coerce(actual, wanted))


def _bind_variable(name: str, actual: Type, bindings: _Bindings, *, coerced: bool) -> bool:
    known = bindings.types.get(name)
    if known is None or known == actual:
        bindings.types[name] = actual
        return True
    common = common_type(known, actual) if coerced else None
    if common is None:
        return False
    bindings.types[name] = common
    return True


def _bind_sizes(pattern: Pattern, actual: Type, bindings: _Bindings, *, coerced: bool) -> bool:
    if actual.base != pattern.base:
        converted = _converted(pattern.base, actual) if coerced else None
        if converted is None:
            return False
        actual = converted
    for part, size in zip(pattern.parts, actual.sizes, strict=False):
        if part.variable:
            bindings.sizes[part.base] = max(size, bindings.sizes.get(part.base, 0))
        elif int(part.base) < size or (int(part.base) != size and not coerced):
            return False
    return True


def _converted(base: str, actual: Type) -> Type | None:
    if actual.base == "unknown":
        sizes = {"decimal": (1, 0), "varchar": (0,), "char": (1,)}.get(base, (0,))
        return Type(base, sizes)
    if base == "decimal" and actual.base in _DIGITS:
        return decimal(_DIGITS[actual.base], 0)
    if base == "char" and actual.base == "varchar":
        return char(min(actual.size, LONGEST_CHAR))
    if base.startswith("timestamp") and actual.base == "date":
        return Type(base, (0,))
    if base == f"{actual.base} with time zone":
        return Type(base, actual.sizes)
    return None


def _type(pattern: Pattern, bindings: _Bindings) -> Type:
    if pattern.variable:
        return bindings.types.get(pattern.base, UNKNOWN)
    if pattern.base in {"array", "map"}:
        return Type(pattern.base, parts=tuple(_type(part, bindings) for part in pattern.parts))
    if pattern.base == "row":
        return Type(
            "row", parts=tuple(_type(part, bindings) for part in pattern.parts), names=(None,) * len(pattern.parts)
        )
    if pattern.base in _TEXT_PATTERNS or pattern.base == "varchar":
        size = pattern.parts[0].base if pattern.parts else ""
        return varchar(int(size) if size.isdecimal() else bindings.sizes.get(size, UNBOUNDED))
    if pattern.parts:
        return Type(
            pattern.base,
            tuple(
                int(part.base) if part.base.isdecimal() else bindings.sizes.get(part.base, 0) for part in pattern.parts
            ),
        )
    return Type(pattern.base) if pattern.base != "boolean" else BOOLEAN
