"""Columns: the names of expressions, and the fields of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_cloud.athena.analysis.scope import Field, Scope, Value, located, matching
from local_cloud.athena.analysis.walking import shown
from local_cloud.athena.catalog.hive_types import quoted
from local_cloud.athena.sql import tree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from local_cloud.athena.analysis.expressions import Expressions
    from local_cloud.athena.sql.tokens import Position


class NotAPartitionConditionError(Exception):
    """An expression that does not only use partition keys of one scan."""


def column(expressions: Expressions, node: tree.Name | tree.Dereference) -> Value:
    """Analyze a name, which refers to a column, or to a field of a row."""
    parts = _parts(node)
    if parts is not None:
        found = resolve_name(expressions, parts, node.position)
        if found is not None:
            return found
    if isinstance(node, tree.Name) or (parts is not None and not _is_known(expressions, parts, node)):
        name = ".".join(parts or [])
        raise located(
            node.position,
            "COLUMN_NOT_FOUND",
            f"Column '{name.lower()}' cannot be resolved or requester is not authorized to access requested resources",
        )
    if not isinstance(node, tree.Dereference):
        raise TypeError(type(node))
    base = expressions.value(node.base)
    if base.type.base != "row":
        raise located(node.position, "TYPE_MISMATCH", f"Expression {shown(node.base)} is not of type ROW")
    wanted = node.name.lower()
    places = [place for place, name in enumerate(base.type.names) if name is not None and name.lower() == wanted]
    if not places:
        raise located(node.position, "INVALID_COLUMN_REFERENCE", f"Column reference '{wanted}' is invalid")
    if len(places) > 1:
        raise located(node.position, "AMBIGUOUS_NAME", f"Ambiguous row field reference: {wanted}")
    return expressions.field_of_row(base, places[0])


def _is_known(expressions: Expressions, parts: Sequence[str], node: tree.Expression) -> bool:
    """Return whether the beginning of a qualified name refers to a column, whose fields the rest names."""
    return any(resolve_name(expressions, parts[:end], node.position) is not None for end in range(1, len(parts)))


def resolve_name(expressions: Expressions, parts: Sequence[str], position: Position) -> Value | None:
    """Return the column that a name, qualified or not, refers to."""
    scope: Scope | None = expressions.scope
    while scope is not None:
        if len(parts) == 1 and parts[0].lower() in scope.variables:
            return scope.variables[parts[0].lower()]
        if scope is expressions.scope and len(parts) == 1 and (aliased := expressions.aliases.get(parts[0].lower())):
            if len({one.sql for one in aliased}) > 1:
                raise located(position, "AMBIGUOUS_NAME", f"Column '{parts[0].lower()}' is ambiguous")
            return aliased[0]
        found = matching(scope.fields, parts)
        if len(found) > 1:
            raise located(position, "AMBIGUOUS_NAME", f"Column '{'.'.join(parts).lower()}' is ambiguous")
        if found:
            return _field(expressions, found[0], scope, position, parts)
        scope = scope.parent
    return None


def _field(expressions: Expressions, found: Field, scope: Scope, position: Position, parts: Sequence[str]) -> Value:
    expressions.queries.reading |= found.sources
    if expressions.scan is not None:
        if expressions.scan not in found.origins or scope is not expressions.scope:
            raise NotAPartitionConditionError
        return Value(quoted(found.origins[expressions.scan]), found.type, plain=True)
    if scope.aggregation is not None:
        key = scope.aggregation.keys.get(found.sql)
        if key is None:
            raise located(
                position,
                "EXPRESSION_NOT_AGGREGATE",
                f"'{'.'.join(parts).lower()}' must be an aggregate expression or appear in GROUP BY clause",
            )
        return key
    return Value(found.sql, found.type, plain=True)


def _parts(node: tree.Expression) -> list[str] | None:
    """Return the parts of a qualified name, or None if an expression is not one."""
    if isinstance(node, tree.Name):
        return [node.name]
    if isinstance(node, tree.Dereference):
        base = _parts(node.base)
        return [*base, node.name] if base else None
    return None


def fields_of(item: tree.AllColumns, scope: Scope) -> list[Field]:
    """Return the fields that ``*`` or ``relation.*`` selects."""
    if item.base is None:
        if not scope.fields:
            raise located(item.position, "COLUMN_NOT_FOUND", "SELECT * not allowed in queries without FROM clause")
        return [field for field in scope.fields if not field.hidden]
    parts = tuple(names_of(item.base))
    return [field for field in scope.fields if parts and field.qualifier[-len(parts) :] == parts and not field.hidden]


def names_of(node: tree.Expression) -> list[str]:
    """Return the parts of a qualified name, in lower case; none of any other expression."""
    if isinstance(node, tree.Name):
        return [node.name.lower()]
    if isinstance(node, tree.Dereference):
        base = names_of(node.base)
        return [*base, node.name.lower()] if base else []
    return []
