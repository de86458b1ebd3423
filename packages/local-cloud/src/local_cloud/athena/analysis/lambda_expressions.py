"""Functions with lambdas, by DuckDB's."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from local_cloud.athena.functions.collections import sorted_by
from local_cloud.athena.functions.conversions import pairs_of
from local_cloud.athena.functions.implementation import invalid
from local_cloud.athena.functions.signatures import Bound
from local_cloud.athena.sql import tree
from local_cloud.athena.types.trino_types import BOOLEAN, INTEGER, array

if TYPE_CHECKING:
    from local_cloud.athena.analysis.expressions import Expressions
    from local_cloud.athena.analysis.scope import Value

Arguments = list["Value | tree.Lambda"]
Build = Callable[["Expressions", Arguments, Bound], str]


def _sql(expressions: Expressions, arguments: Arguments, bound: Bound, place: int) -> str:
    value = arguments[place]
    if isinstance(value, tree.Lambda):
        raise TypeError(type(value))
    return expressions.coerce(value, bound.arguments[place])


def _lambda(
    expressions: Expressions, arguments: Arguments, bound: Bound, place: int, values: list[str] | None = None
) -> tuple[list[str], str]:
    """Return the parameters of a lambda and its body, converted to its type."""
    node = arguments[place]
    if not isinstance(node, tree.Lambda):
        raise TypeError(type(node))
    *types, result = bound.arguments[place].parts
    names = values or [expressions.queries.next("p") for _ in types]
    body = expressions.lambda_body(node, types, names)
    return names, expressions.coerce(body, result)


def _transform(expressions: Expressions, arguments: Arguments, bound: Bound) -> str:
    items = _sql(expressions, arguments, bound, 0)
    names, body = _lambda(expressions, arguments, bound, 1)
    return f"CAST(list_transform({items}, lambda {names[0]}: {body}) AS {bound.result.duckdb})"


def _filter(expressions: Expressions, arguments: Arguments, bound: Bound) -> str:
    items = _sql(expressions, arguments, bound, 0)
    names, body = _lambda(expressions, arguments, bound, 1)
    return f"list_filter({items}, lambda {names[0]}: {body})"


def _all_match(flags: list[bool | None]) -> bool | None:
    return False if False in flags else None if None in flags else True


def _any_match(flags: list[bool | None]) -> bool | None:
    return True if True in flags else None if None in flags else False


def _none_match(flags: list[bool | None]) -> bool | None:
    found = _any_match(flags)
    return None if found is None else not found


def _match(decide: Callable[[list[bool | None]], bool | None]) -> Build:
    def build(expressions: Expressions, arguments: Arguments, bound: Bound) -> str:
        items = _sql(expressions, arguments, bound, 0)
        names, body = _lambda(expressions, arguments, bound, 1)
        flags = f"CAST(list_transform({items}, lambda {names[0]}: {body}) AS BOOLEAN[])"
        return expressions.functions.call(decide, [flags], [array(BOOLEAN)], BOOLEAN)

    return build


def _reduce(expressions: Expressions, arguments: Arguments, bound: Bound) -> str:
    items, start = _sql(expressions, arguments, bound, 0), _sql(expressions, arguments, bound, 1)
    state, item = bound.arguments[1], bound.arguments[0].parts[0]
    # DuckDB's reduction has one type for state and items: both are packed into a struct
    packed = expressions.queries.next("p")
    entry = f"STRUCT(s {state.duckdb}, i {item.duckdb})"
    entries = f"list_transform({items}, lambda {packed}: CAST({{'s': NULL, 'i': {packed}}} AS {entry}))"
    one, other = expressions.queries.next("p"), expressions.queries.next("p")
    _, step = _lambda(expressions, arguments, bound, 2, [f"{one}.s", f"{other}.i"])
    first = f"CAST({{'s': {start}, 'i': NULL}} AS {entry})"
    reduced = f"list_reduce({entries}, lambda {one}, {other}: CAST({{'s': {step}, 'i': NULL}} AS {entry}), {first}).s"
    names, finish = _lambda(expressions, arguments, bound, 3)
    return f"list_extract(list_transform([{reduced}], lambda {names[0]}: {finish}), 1)"


def _zip_with(expressions: Expressions, arguments: Arguments, bound: Bound) -> str:
    first, second = _sql(expressions, arguments, bound, 0), _sql(expressions, arguments, bound, 1)
    entry = expressions.queries.next("p")
    _, body = _lambda(
        expressions, arguments, bound, 2, [f"struct_extract_at({entry}, 1)", f"struct_extract_at({entry}, 2)"]
    )
    return f"CAST(list_transform(list_zip({first}, {second}), lambda {entry}: {body}) AS {bound.result.duckdb})"


def _of_entries(expressions: Expressions, arguments: Arguments, bound: Bound, build: Callable[[str, str], str]) -> str:
    entries = f"map_entries({_sql(expressions, arguments, bound, 0)})"
    entry = expressions.queries.next("p")
    _, body = _lambda(expressions, arguments, bound, 1, [f"{entry}.key", f"{entry}.value"])
    return build(entries, f"lambda {entry}: {body}")


def _map_filter(expressions: Expressions, arguments: Arguments, bound: Bound) -> str:
    return _of_entries(
        expressions, arguments, bound, lambda entries, function: f"map_from_entries(list_filter({entries}, {function}))"
    )


def _rebuilt(*, keys: bool) -> Build:
    def build(expressions: Expressions, arguments: Arguments, bound: Bound) -> str:
        entries = _sql(expressions, arguments, bound, 0)
        entry = expressions.queries.next("p")
        _, body = _lambda(expressions, arguments, bound, 1, [f"{entry}.key", f"{entry}.value"])
        item = bound.arguments[1].parts[-1]
        changed = f"CAST(list_transform(map_entries({entries}), lambda {entry}: {body}) AS {array(item).duckdb})"
        source = bound.arguments[0]
        return expressions.functions.call(
            _with_keys if keys else _with_values, [entries, changed], [source, array(item)], bound.result
        )

    return build


def _with_values(entries: object, values: list[object]) -> object:
    return dict(zip((key for key, _ in pairs_of(entries)), values, strict=True))


def _with_keys(entries: object, keys: list[object]) -> object:
    if None in keys:
        raise invalid("map key cannot be null")
    if len(set(keys)) < len(keys):
        raise invalid(f"Duplicate map keys ({next(key for key in keys if keys.count(key) > 1)}) are not allowed")
    return dict(zip(keys, (value for _, value in pairs_of(entries)), strict=True))


def _map_zip_with(expressions: Expressions, arguments: Arguments, bound: Bound) -> str:
    first, second = _sql(expressions, arguments, bound, 0), _sql(expressions, arguments, bound, 1)
    key, one, other = bound.arguments[2].parts[:3]
    entry_type = f"STRUCT(k {key.duckdb}, a {one.duckdb}, b {other.duckdb})[]"
    entries = expressions.functions.call(_paired, [first, second], [bound.arguments[0], bound.arguments[1]], entry_type)
    entry = expressions.queries.next("p")
    _, body = _lambda(expressions, arguments, bound, 2, [f"{entry}.k", f"{entry}.a", f"{entry}.b"])
    result = bound.result.parts[1]
    values = f"CAST(list_transform({entries}, lambda {entry}: {body}) AS {array(result).duckdb})"
    keys = f"list_transform({entries}, lambda {entry}: {entry}.k)"
    return f"map({keys}, {values})"


def _paired(one: object, other: object) -> list[dict[str, object]]:
    first, second = dict(pairs_of(one)), dict(pairs_of(other))
    return [{"k": key, "a": first.get(key), "b": second.get(key)} for key in dict.fromkeys([*first, *second])]


def _array_sort(expressions: Expressions, arguments: Arguments, bound: Bound) -> str:
    items = _sql(expressions, arguments, bound, 0)
    names, body = _lambda(expressions, arguments, bound, 1)
    results = f"CAST(list_transform({items}, lambda {names[0]}: list_transform({items}, lambda {names[1]}: {body})) AS INTEGER[][])"
    return expressions.functions.call(
        sorted_by, [items, results], [bound.arguments[0], array(array(INTEGER))], bound.result
    )


HIGHER_ORDER: dict[str, Build] = {
    "all_match": _match(_all_match),
    "any_match": _match(_any_match),
    "array_sort": _array_sort,
    "filter": _filter,
    "map_filter": _map_filter,
    "map_zip_with": _map_zip_with,
    "none_match": _match(_none_match),
    "reduce": _reduce,
    "transform": _transform,
    "transform_keys": _rebuilt(keys=True),
    "transform_values": _rebuilt(keys=False),
    "zip_with": _zip_with,
}
