"""UNNEST of arrays, maps and rows, with ordinality, as a lateral subquery in DuckDB."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from local_cloud.athena.errors import QueryFailedError

if TYPE_CHECKING:
    from collections.abc import Sequence


def unnest_as_trino(query: exp.Expr) -> None:
    """Replace each UNNEST in a FROM or JOIN."""
    for number, node in enumerate(list(query.find_all(exp.Unnest)), start=1):
        if isinstance(node.parent, exp.From | exp.Join):
            node.replace(_lateral(node, number))


def _lateral(node: exp.Unnest, number: int) -> exp.Expr:
    alias = node.args.get("alias")
    columns = [column.name for column in alias.columns] if alias is not None else []
    ordinality = node.args.get("offset")
    if isinstance(ordinality, exp.Identifier):
        columns = [*columns, ordinality.name] if ordinality.name not in columns else columns
    given = len(columns) - bool(ordinality)
    arguments = node.expressions
    if given > len(arguments) > 1:
        raise QueryFailedError(
            "NOT_SUPPORTED", "UNNEST of several maps or arrays of rows is not supported by the local cloud"
        )
    selected = (
        [_entries(arguments[0])]
        if given > len(arguments)
        else [
            exp.alias_(exp.Anonymous(this="unnest", expressions=[one.copy()]), f"col{n}")
            for n, one in enumerate(arguments)
        ]
    )
    if ordinality:
        selected.append(exp.alias_(_ordinality(arguments), "ordinality"))
    name = alias.name if alias is not None and alias.name else f"unnest_{number}"
    subquery = exp.Subquery(this=exp.Select(expressions=selected))
    identifiers = [exp.to_identifier(column) for column in columns]
    return exp.Lateral(this=subquery, alias=exp.TableAlias(this=exp.to_identifier(name), columns=identifiers))


def _entries(argument: exp.Expr) -> exp.Expr:
    """Return the columns of a map or of an array of rows."""
    rows = exp.Anonymous(this="trino_unnestable", expressions=[argument.copy()])
    depth = exp.PropertyEQ(this=exp.to_identifier("max_depth"), expression=exp.Literal.number(2))
    return exp.Anonymous(this="unnest", expressions=[rows, depth])


def _ordinality(arguments: Sequence[exp.Expr]) -> exp.Expr:
    lengths = [
        exp.func("coalesce", exp.Anonymous(this="len", expressions=[one.copy()]), exp.Literal.number(0))
        for one in arguments
    ]
    longest = exp.Anonymous(this="greatest", expressions=lengths)
    series = exp.Anonymous(this="generate_series", expressions=[exp.Literal.number(1), longest])
    return exp.Anonymous(this="unnest", expressions=[series])
