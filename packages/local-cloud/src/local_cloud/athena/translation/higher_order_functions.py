"""Functions with lambda arguments, which DuckDB cannot pass to macros."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from local_cloud.athena.errors import QueryFailedError

if TYPE_CHECKING:
    from collections.abc import Callable

_ENTRY = "entry_of_map"


def _call(name: str, *arguments: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this=name, expressions=list(arguments))


def _match(name: str) -> Callable[[list[exp.Expr]], exp.Expr]:
    def build(arguments: list[exp.Expr]) -> exp.Expr:
        return _call(f"trino_{name}", _call("list_transform", *arguments))

    return build


def _reduce(arguments: list[exp.Expr]) -> exp.Expr:
    items, start, step, finish = arguments
    reduced = _call("list_reduce", items, step, start)
    return _call(
        "list_extract", _call("list_transform", exp.Array(expressions=[reduced]), finish), exp.Literal.number(1)
    )


def _zip_with(arguments: list[exp.Expr]) -> exp.Expr:
    left, right, function = arguments
    return _call("list_transform", _call("list_zip", left, right), _on_entry(function, _part(1), _part(2)))


def _map_filter(arguments: list[exp.Expr]) -> exp.Expr:
    entries, function = arguments
    return _call(
        "map_from_entries", _call("list_filter", _call("map_entries", entries), _on_entry(function, _part(1), _part(2)))
    )


def _transform_keys(arguments: list[exp.Expr]) -> exp.Expr:
    entries, function = arguments
    changed = _on_entry(function, _part(1), _part(2))
    changed.set("this", _call("row", changed.this, _part(2)))
    return _call("map_from_entries", _call("list_transform", _call("map_entries", entries), changed))


def _transform_values(arguments: list[exp.Expr]) -> exp.Expr:
    entries, function = arguments
    changed = _on_entry(function, _part(1), _part(2))
    changed.set("this", _call("row", _part(1), changed.this))
    return _call("map_from_entries", _call("list_transform", _call("map_entries", entries), changed))


def _part(number: int) -> exp.Expr:
    return _call("struct_extract_at", exp.to_identifier(_ENTRY), exp.Literal.number(number))


def _on_entry(function: exp.Expr, *parts: exp.Expr) -> exp.Lambda:
    """Return a lambda of one entry for a lambda of a key and a value."""
    if not isinstance(function, exp.Lambda) or len(function.expressions) != len(parts):
        raise QueryFailedError("INVALID_FUNCTION_ARGUMENT", f"expected a lambda with {len(parts)} parameters")
    names = {parameter.name.lower(): part for parameter, part in zip(function.expressions, parts, strict=True)}

    def replaced(node: exp.Expr) -> exp.Expr:
        if (
            isinstance(node, exp.Identifier)
            and not isinstance(node.parent, exp.Column | exp.Dot)
            and node.name.lower() in names
        ):
            return names[node.name.lower()].copy()
        return node

    return exp.Lambda(this=function.this.copy().transform(replaced), expressions=[exp.to_identifier(_ENTRY)])


HIGHER_ORDER: dict[str, Callable[[list[exp.Expr]], exp.Expr]] = {
    "all_match": _match("all_match"),
    "any_match": _match("any_match"),
    "map_filter": _map_filter,
    "none_match": _match("none_match"),
    "reduce": _reduce,
    "transform_keys": _transform_keys,
    "transform_values": _transform_values,
    "zip_with": _zip_with,
}
