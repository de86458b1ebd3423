"""Functions of arrays, maps and rows, with Trino's nulls.

https://trino.io/docs/current/functions/array.html
"""

from __future__ import annotations

import functools
import itertools
import math
import random
from typing import TYPE_CHECKING, Any

from local_cloud.athena.errors import QueryFailedError
from local_cloud.athena.functions.conversions import pairs_of, text_of
from local_cloud.athena.functions.implementation import Invocation, invalid, python, sql, typed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from local_cloud.athena.functions.implementation import Build
    from local_cloud.athena.types.trino_types import Type


def is_equal(one: Any, other: Any) -> bool | None:
    """Return whether two values are equal; None if a null inside makes that unknown."""
    if one is None or other is None:
        return None
    if isinstance(one, list | tuple):
        if len(one) != len(other):
            return False
        return _all(map(is_equal, one, other))
    if isinstance(one, dict):
        if set(one) == {"t", "z"}:
            return bool(one["t"] == other["t"])
        if set(one) != set(other):
            return False
        return _all(is_equal(value, other[key]) for key, value in one.items())
    return bool(one == other)


def _all(found: Any) -> bool | None:
    unknown = False
    for result in found:
        if result is False:
            return False
        unknown = unknown or result is None
    return None if unknown else True


def key_of(value: Any) -> Any:
    """Return a key that is the same for values that are not distinct."""
    if isinstance(value, list | tuple):
        return ("list", *map(key_of, value))
    if isinstance(value, dict):
        if set(value) == {"t", "z"}:
            return value["t"]
        return ("dict", *((key_of(key), key_of(item)) for key, item in value.items()))
    if isinstance(value, float) and math.isnan(value):
        return "NaN"
    return value


def order_of(value: Any) -> Any:
    """Return a key by which values are ordered; NaN is the largest number."""
    if isinstance(value, list | tuple):
        return tuple(map(order_of, value))
    if isinstance(value, dict):
        return value["t"] if set(value) == {"t", "z"} else tuple(map(order_of, value.values()))
    if isinstance(value, float):
        return (1, 0.0) if math.isnan(value) else (0, value)
    return value


def _contains(items: list[Any], wanted: Any) -> bool | None:
    unknown = False
    for item in items:
        found = is_equal(item, wanted)
        if found:
            return True
        unknown = unknown or found is None
    return None if unknown else False


def _position(items: list[Any], wanted: Any, instance: int = 1) -> int:
    if not instance:
        raise invalid("array_position cannot take a 0-valued instance argument.")
    found = [place for place, item in enumerate(items, 1) if is_equal(item, wanted)]
    if instance < 0:
        found.reverse()
    return found[abs(instance) - 1] if abs(instance) <= len(found) else 0


def _distinct(items: list[Any]) -> list[Any]:
    seen: dict[Any, Any] = {}
    for item in items:
        seen.setdefault(key_of(item), item)
    return list(seen.values())


def _union(one: list[Any], other: list[Any]) -> list[Any]:
    return _distinct([*one, *other])


def _intersect(one: list[Any], other: list[Any]) -> list[Any]:
    keys = set(map(key_of, other))
    return [item for item in _distinct(one) if key_of(item) in keys]


def _except(one: list[Any], other: list[Any]) -> list[Any]:
    keys = set(map(key_of, other))
    return [item for item in _distinct(one) if key_of(item) not in keys]


def _overlap(one: list[Any], other: list[Any]) -> bool | None:
    keys = {key_of(item) for item in other if item is not None}
    if any(item is not None and key_of(item) in keys for item in one):
        return True
    return None if one and other and (None in one or None in other) else False


def _extreme(name: str) -> Callable[[list[Any]], Any]:
    def call(items: list[Any]) -> Any:
        if not items or any(item is None for item in items):
            return None
        numbers = [item for item in items if not (isinstance(item, float) and math.isnan(item))]
        if not numbers:
            return math.nan
        return max(numbers, key=order_of) if name == "max" else min(numbers, key=order_of)

    call.__qualname__ = f"array_extreme_{name}"
    return call


def _sorted(items: list[Any]) -> list[Any]:
    known = sorted((item for item in items if item is not None), key=order_of)
    return known + [None] * (len(items) - len(known))


def sorted_by(items: list[Any], comparisons: list[list[int | None]]) -> list[Any]:
    """Return an array in the order of a comparator, whose results for each pair are given."""

    def compare(one: int, other: int) -> int:
        found = comparisons[one][other]
        if found not in {-1, 0, 1}:
            raise invalid("Lambda comparator must return either -1, 0, or 1")
        return int(found or 0)

    return [items[place] for place in sorted(range(len(items)), key=functools.cmp_to_key(compare))]


def _remove(items: list[Any], wanted: Any) -> list[Any]:
    return [item for item in items if not is_equal(item, wanted)]


def _join(types: Sequence[Type], result: Type) -> Callable[..., str]:
    text = text_of(types[0].parts[0])

    def call(items: list[Any], delimiter: str, instead: str | None = None) -> str:
        texts = (instead if item is None else text(item) for item in items)
        return delimiter.join(one for one in texts if one is not None)

    return call


def _slice(items: list[Any], start: int, length: int) -> list[Any]:
    if not start:
        raise invalid("SQL array indices start at 1")
    if length < 0:
        raise invalid("length must be greater than or equal to 0")
    first = start - 1 if start > 0 else len(items) + start
    return items[first : first + length] if 0 <= first <= len(items) else []


def _trim(items: list[Any], number: int) -> list[Any]:
    if number < 0:
        raise invalid(f"size must not be negative: {number}")
    if number > len(items):
        raise invalid(f"size must not exceed array cardinality {len(items)}: {number}")
    return items[: len(items) - number]


def _repeat(value: Any, number: int | None) -> list[Any] | None:
    if number is None:
        return None
    if number > 10_000:
        raise invalid("count argument of repeat function must be less than or equal to 10000")
    return [value] * max(0, number)


def _element(items: Any, index: Any) -> Any:
    if not index:
        raise invalid("SQL array indices start at 1")
    if abs(index) > len(items):
        return None
    return items[index - 1 if index > 0 else index]


def element_of_map(entries: Any, key: Any) -> Any:
    """Return the value of a key of a map, or None."""
    for one, value in pairs_of(entries):
        if is_equal(one, key):
            return value
    return None


def subscript_of_array(items: list[Any], index: int) -> Any:
    """Return an item of an array by its position. Raises QueryFailedError if there is none."""
    if index > len(items):
        raise invalid(f"Array subscript must be less than or equal to array length: {index} > {len(items)}")
    if index == 0:
        raise invalid("SQL array indices start at 1")
    if index < 0:
        raise invalid(f"Array subscript is negative: {index}")
    return items[index - 1]


def subscript_of_map(key_type: Type) -> Callable[[Any, Any], Any]:
    """Return the lookup of a key in a map. It raises QueryFailedError if there is none."""
    text = text_of(key_type) if not key_type.parts else str

    def call(entries: Any, key: Any) -> Any:
        for one, value in pairs_of(entries):
            if is_equal(one, key):
                return value
        raise invalid(f"Key not present in map: {text(key)}")

    return call


def _map(keys: list[Any], values: list[Any]) -> Any:
    if len(keys) != len(values):
        raise invalid("Key and value arrays must be the same length")
    return _from_pairs(list(zip(keys, values, strict=True)))


def _from_pairs(pairs: list[tuple[Any, Any]]) -> Any:
    found: dict[Any, tuple[Any, Any]] = {}
    for key, value in pairs:
        if key is None:
            raise invalid("map key cannot be null")
        if key_of(key) in found:
            raise invalid(f"Duplicate map keys ({key}) are not allowed")
        found[key_of(key)] = key, value
    return _as_map(list(found.values()))


def _as_map(pairs: list[tuple[Any, Any]]) -> Any:
    return (
        {"key": [key for key, _ in pairs], "value": [value for _, value in pairs]}
        if any(isinstance(key, list | dict) for key, _ in pairs)
        else dict(pairs)
    )


def _values(entry: Any) -> tuple[Any, ...]:
    return tuple(entry.values() if isinstance(entry, dict) else entry)


def _from_entries(entries: list[Any]) -> Any:
    if None in entries:
        raise invalid("map entry cannot be null")
    return _from_pairs([(pair[0], pair[1]) for pair in map(_values, entries)])


def _multimap_from_entries(entries: list[Any]) -> Any:
    found: dict[Any, list[Any]] = {}
    for entry in entries:
        if entry is None:
            raise invalid("map entry cannot be null")
        key, value = _values(entry)
        if key is None:
            raise invalid("map key cannot be null")
        found.setdefault(key, []).append(value)
    return found


def map_concat(*maps: Any) -> Any:
    """Return the entries of all maps; the last of a key wins."""
    found: dict[Any, tuple[Any, Any]] = {}
    for one in maps:
        for key, value in pairs_of(one):
            found[key_of(key)] = key, value
    return _as_map(list(found.values()))


def _zip(types: Sequence[Type], result: Type) -> Callable[..., list[Any]]:
    fields = result.parts[0].fields

    def call(*arrays: list[Any]) -> list[Any]:
        return [dict(zip(fields, items, strict=True)) for items in itertools.zip_longest(*arrays)]

    return call


def _entries(types: Sequence[Type], result: Type) -> Callable[[Any], list[Any]]:
    fields = result.parts[0].fields
    return lambda value: [dict(zip(fields, pair, strict=True)) for pair in pairs_of(value)]


def _combinations(items: list[Any], size: int) -> list[list[Any]]:
    if not 0 <= size <= 5:
        raise invalid("combination size must be in 0..5")
    found = [list(one) for one in itertools.combinations(items, size)]
    return sorted(found, key=lambda one: [items.index(item) for item in reversed(one)]) if size > 1 else found


def _ngrams(items: list[Any], size: int) -> list[list[Any]]:
    if size <= 0:
        raise invalid("N must be positive")
    return [items[place : place + size] for place in range(len(items) - size + 1)] or [items]


def _histogram(items: list[Any]) -> dict[Any, int]:
    found: dict[Any, int] = {}
    for item in items:
        if item is not None:
            found[item] = found.get(item, 0) + 1
    return found


def _flatten(items: list[Any]) -> list[Any]:
    return [one for item in items if item is not None for one in item]


def _concat(*parts: Any) -> Any:
    return [item for part in parts for item in part]


def _concat_invocation(invocation: Invocation) -> str:
    first, last = invocation.types[0], invocation.types[-1]
    if invocation.result.base != "array":
        return f"({' || '.join(invocation.arguments)})"
    if last != invocation.result:
        return f"CASE WHEN {invocation.arguments[0]} IS NOT NULL THEN list_append({invocation.arguments[0]}, {invocation.arguments[1]}) END"
    if first != invocation.result:
        return f"CASE WHEN {invocation.arguments[1]} IS NOT NULL THEN list_prepend({invocation.arguments[0]}, {invocation.arguments[1]}) END"
    return invocation.python(_concat)


def _shuffled(items: list[Any]) -> list[Any]:
    return random.sample(items, len(items))


def _contains_sequence(items: list[Any], part: list[Any]) -> bool:
    return any(items[place : place + len(part)] == part for place in range(len(items) - len(part) + 1))


FUNCTIONS: dict[str, Build] = {
    "array_distinct": python(_distinct),
    "array_except": python(_except),
    "array_histogram": python(_histogram),
    "array_intersect": python(_intersect),
    "array_join": typed(_join),
    "array_max": python(_extreme("max")),
    "array_min": python(_extreme("min")),
    "array_position": python(_position),
    "array_remove": python(_remove),
    "array_sort": python(_sorted),
    "array_union": python(_union),
    "arrays_overlap": python(_overlap),
    "cardinality": sql("CAST(len({0}) AS BIGINT)"),
    "cardinality(map)": sql("CAST(cardinality({0}) AS BIGINT)"),
    "combinations": python(_combinations),
    "concat": _concat_invocation,
    "contains": python(_contains),
    "contains_sequence": python(_contains_sequence),
    "element_at": python(_element),
    "element_at(map)": python(element_of_map),
    "flatten": python(_flatten),
    "map": python(_map),
    "map()": sql("MAP {{}}"),
    "map_concat": python(map_concat),
    "map_entries": typed(_entries),
    "map_from_entries": python(_from_entries),
    "map_keys": sql("map_keys({0})"),
    "map_values": sql("map_values({0})"),
    "multimap_from_entries": python(_multimap_from_entries),
    "ngrams": python(_ngrams),
    "repeat": python(_repeat, nulls=True),
    "shuffle": python(_shuffled),
    "slice": python(_slice),
    "trim_array": python(_trim),
    "zip": typed(_zip),
}


def failed(message: str) -> None:
    """Raise the error of ``fail``."""
    raise QueryFailedError("GENERIC_USER_ERROR", message)
