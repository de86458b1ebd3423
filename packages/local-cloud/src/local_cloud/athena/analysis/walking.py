"""The parts of a tree."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from local_cloud.athena.functions.signatures import signatures_of
from local_cloud.athena.sql import tree

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHANGING = {
    "current_date",
    "current_time",
    "current_timestamp",
    "localtime",
    "localtimestamp",
    "now",
    "rand",
    "random",
    "shuffle",
    "uuid",
}


def parts_of(node: object) -> Iterator[tree.Node]:
    """Yield the nodes directly below a node."""
    if isinstance(node, tree.Node):
        for attribute in dataclasses.fields(node):
            yield from _nodes(getattr(node, attribute.name))


def _nodes(value: object) -> Iterator[tree.Node]:
    if isinstance(value, tree.Node):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _nodes(item)


def walk(node: tree.Node) -> Iterator[tree.Node]:
    """Yield a node and all nodes below it, without those of queries inside it."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if not isinstance(one, tree.Query):
            yield one
            waiting.extend(parts_of(one))


def walk_all(node: tree.Node) -> Iterator[tree.Node]:
    """Yield a node and all nodes below it."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        yield one
        waiting.extend(parts_of(one))


def is_aggregate(node: tree.Node) -> bool:
    """Return whether a node is a call of an aggregate over a group."""
    return isinstance(node, tree.Call) and node.window is None and is_aggregate_name(node.name)


def is_aggregate_name(name: str) -> bool:
    """Return whether a function is an aggregate."""
    return any(signature.kind == "aggregate" for signature in signatures_of(name))


def has_aggregates(node: tree.Node) -> bool:
    """Return whether an expression contains aggregates of its own query."""
    return any(is_aggregate(inner) or isinstance(inner, tree.Grouping) for inner in walk(node))


def has_query(node: tree.Node) -> bool:
    """Return whether an expression contains a query."""
    return any(isinstance(part, tree.Query) for inner in walk(node) for part in parts_of(inner))


def is_deterministic(query: tree.Query) -> bool:
    """Return whether a query's rows depend on its tables alone, and neither on chance nor on the time."""
    return not any(
        isinstance(node, tree.Sampled) or (isinstance(node, tree.Call) and node.name in _CHANGING)
        for node in walk_all(query)
    )


def conjuncts(node: tree.Expression) -> list[tree.Expression]:
    """Return the conditions that AND joins."""
    if isinstance(node, tree.Logical) and node.operator == "and":
        return [one for term in node.terms for one in conjuncts(term)]
    return [node]


def shown(node: tree.Expression) -> str:
    """Return an expression as errors show it."""
    match node:
        case tree.Name():
            return node.name
        case tree.Dereference():
            return f"{shown(node.base)}.{node.name}"
        case tree.Call():
            return f"{node.name}({'*' if node.star else ', '.join(map(shown, node.arguments))})"
        case tree.Literal():
            return node.text
    return "expression"
