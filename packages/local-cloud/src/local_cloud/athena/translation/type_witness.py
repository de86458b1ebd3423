"""Type witnesses: expressions of the same type as another one, without its aggregates."""

from __future__ import annotations

from sqlglot import exp

_AS_ARGUMENT = (
    exp.Max,
    exp.Min,
    exp.AnyValue,
    exp.ArgMax,
    exp.ArgMin,
    exp.FirstValue,
    exp.LastValue,
    exp.NthValue,
    exp.Lag,
    exp.Lead,
)
_MACROS = {"trino_map_agg", "trino_approx_percentile", "trino_geometric_mean"}


def has_aggregates(node: exp.Expr) -> bool:
    """Return whether an expression contains aggregates of its own query."""
    return any(_is_aggregate(inner) for inner in node.walk(prune=lambda one: isinstance(one, exp.Query)))


def witness_of(node: exp.Expr) -> exp.Expr:
    """Return an expression with each aggregate replaced by its argument or another value of its type."""
    replaced: exp.Expr = node.copy().transform(_witness)
    return replaced


def _is_aggregate(node: exp.Expr) -> bool:
    return isinstance(node, exp.AggFunc) or (isinstance(node, exp.Anonymous) and node.name in _MACROS)


def _witness(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Filter | exp.Window | exp.Order | exp.WithinGroup | exp.IgnoreNulls):
        return _witness(node.this)
    if isinstance(node, exp.Distinct):
        return _witness(node.expressions[0])
    if isinstance(node, exp.Anonymous) and node.name == "trino_map_agg":
        key, value = (exp.Array(expressions=[_witness(one.copy())]) for one in node.expressions)
        return exp.Anonymous(this="map", expressions=[key, value])
    if isinstance(node, exp.Anonymous) and node.name == "trino_approx_percentile":
        return _witness(node.expressions[0])
    if isinstance(node, _AS_ARGUMENT):
        return _witness(node.this)
    if isinstance(node, exp.ArrayAgg):
        return exp.Array(expressions=[_witness(node.this)])
    if isinstance(node, exp.Count | exp.CountIf | exp.ApproxDistinct):
        return exp.cast(exp.Literal.number(0), exp.DType.BIGINT)
    if isinstance(node, exp.LogicalAnd | exp.LogicalOr):
        return exp.false()
    if isinstance(node, exp.GroupConcat):
        return exp.Literal.string("")
    if _is_aggregate(node):
        return exp.cast(exp.Literal.number(0), exp.DType.DOUBLE)
    return node
