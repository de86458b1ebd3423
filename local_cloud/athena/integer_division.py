"""Whole numbers divide to a whole number in Athena, and to a double in DuckDB."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from local_cloud.athena.hive_types import INTEGERS

if TYPE_CHECKING:
    from collections.abc import Mapping

_WHOLE_FUNCTIONS = (
    exp.Count,
    exp.Length,
    exp.Year,
    exp.Month,
    exp.Day,
    exp.DateDiff,
    exp.ApproxDistinct,
    exp.RowNumber,
)
_SAME_AS_ARGUMENT = (
    exp.Sum,
    exp.Max,
    exp.Min,
    exp.Abs,
    exp.Neg,
    exp.Paren,
    exp.Round,
    exp.AnyValue,
    exp.Window,
    exp.Alias,
)
_OF_BOTH = (exp.Add, exp.Sub, exp.Mul, exp.Mod, exp.Div, exp.Coalesce, exp.IntDiv)
_WHOLE_TYPES = {exp.DataType.Type.BIGINT, exp.DataType.Type.INT, exp.DataType.Type.SMALLINT, exp.DataType.Type.TINYINT}


def divide_as_trino(query: exp.Expr, types: Mapping[str, Mapping[str, str]]) -> None:
    """Turn the divisions of whole numbers into whole divisions.

    Parameters
    ----------
    types
        For each view, the types of its columns.
    """
    for division in list(query.find_all(exp.Div)):
        if _is_whole(division.this, types) and _is_whole(division.expression, types):
            division.replace(exp.IntDiv(this=division.this.copy(), expression=division.expression.copy()))
        else:
            division.set("typed", False)  # no cast of what is no whole number anyway


def _is_whole(node: exp.Expr | None, types: Mapping[str, Mapping[str, str]]) -> bool:
    match node:
        case exp.Literal():
            return not node.is_string and node.name.isdigit()
        case exp.Column():
            return _is_whole_column(node, types)
        case exp.Cast() | exp.TryCast():
            return node.to.this in _WHOLE_TYPES
        case exp.Window() | exp.Alias():
            return _is_whole(node.this, types)
    if isinstance(node, _WHOLE_FUNCTIONS):
        return True
    if isinstance(node, _SAME_AS_ARGUMENT):
        return _is_whole(node.this, types)
    if isinstance(node, _OF_BOTH):
        others = [node.expression] if isinstance(node.args.get("expression"), exp.Expr) else node.expressions
        return _is_whole(node.this, types) and all(_is_whole(other, types) for other in others)
    return False


def _is_whole_column(column: exp.Column, types: Mapping[str, Mapping[str, str]]) -> bool:
    """Follow a column to the view, the CTE or the subquery that it comes from."""
    select = column.find_ancestor(exp.Select)
    if select is None:
        return False
    name = column.name.lower()
    sources = [select.args.get("from_") or select.args.get("from"), *(select.args.get("joins") or [])]
    for source in (item.this for item in sources if item is not None):
        if column.table and source.alias_or_name.lower() != column.table.lower():
            continue
        if isinstance(source, exp.Table):
            if source.name in types:
                if name in types[source.name]:
                    return types[source.name][name] in INTEGERS
                continue
            inner = _cte(column, source.name)
        else:
            inner = source.this if isinstance(source, exp.Subquery) else None
        if isinstance(inner, exp.Select):
            for item in inner.expressions:
                if item.alias_or_name.lower() == name:
                    return _is_whole(item.this if isinstance(item, exp.Alias) else item, types)
    return False


def _cte(node: exp.Expr, name: str) -> exp.Expr | None:
    for cte in node.root().find_all(exp.CTE):
        if cte.alias.lower() == name.lower():
            found: exp.Expr = cte.this
            return found
    return None
