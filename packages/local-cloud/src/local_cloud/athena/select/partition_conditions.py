"""Partition pruning: the conditions of a WHERE that only use partition keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp
from sqlglot.optimizer.scope import Scope, traverse_scope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_RESHAPING = ("group", "having", "limit", "offset", "qualify", "distinct")


def sources_of(scope: Scope) -> dict[str, exp.Expr | Scope]:
    """Return the sources in a scope's own FROM and JOINs; sqlglot's ``sources`` also has those of outer scopes."""
    return {alias: source for alias, (_, source) in scope.selected_sources.items()}


def push_down_conditions(query: exp.Expr) -> None:
    """Repeat conditions on the columns of a simple subquery or CTE inside it, where they may prune partitions.

    The original conditions stay in place, so the result is the same.
    """
    for scope in reversed(list(traverse_scope(query))):
        for alias, source in sources_of(scope).items():
            if isinstance(source, Scope) and _is_read_once(source, scope, query):
                for conjunct in _conjuncts_on(scope, alias, lambda column: True):
                    _repeat_inside(conjunct, source.expression)


def conditions_on_keys(scope: Scope, alias: str, keys: Sequence[str]) -> list[str]:
    """Return the conditions of a scope's WHERE that only use the partition keys of one source, as DuckDB SQL."""
    found = []
    for conjunct in _conjuncts_on(scope, alias, lambda column: column.name.lower() in keys) if keys else []:
        condition = conjunct.copy()
        for column in condition.find_all(exp.Column):
            for part in ("table", "db", "catalog"):
                column.set(part, None)
        found.append(condition.sql(dialect="duckdb"))
    return found


def named_values(scope: Scope, alias: str, keys: Sequence[str]) -> dict[str, list[str]]:
    """Return the values in ``key = 'x'`` and ``key IN ('x', …)``, by key."""
    found: dict[str, list[str]] = {}
    for conjunct in _conjuncts_on(scope, alias, lambda column: column.name.lower() in keys):
        if isinstance(conjunct, exp.EQ):
            values = [conjunct.expression if isinstance(conjunct.this, exp.Column) else conjunct.this]
        else:
            values = conjunct.expressions if isinstance(conjunct, exp.In) else []
        column = conjunct.find(exp.Column)
        if column is not None and values and all(isinstance(value, exp.Literal) for value in values):
            found[column.name.lower()] = [value.name for value in values]
    return found


def _conjuncts_on(scope: Scope, alias: str, is_wanted: Callable[[exp.Column], bool]) -> Iterable[exp.Expr]:
    """Yield the conditions, joined by AND, that only use columns of one source."""
    select = scope.expression
    where = select.args.get("where") if isinstance(select, exp.Select) else None
    if where is None or any(join.args.get("side") for join in select.args.get("joins") or []):
        return  # an outer join may keep rows without a match, to which the conditions do not apply
    for conjunct in list(where.this.flatten()) if isinstance(where.this, exp.And) else [where.this]:
        columns = list(conjunct.find_all(exp.Column))
        if not columns or conjunct.find(exp.Query, exp.AggFunc, exp.Rand):
            continue
        if all(is_wanted(column) and _is_of(column, scope, alias) for column in columns):
            yield conjunct


def _is_of(column: exp.Column, scope: Scope, alias: str) -> bool:
    """Return whether a column can only belong to a source; an unqualified one might belong to another."""
    if column.table:
        return column.table.lower() == alias.lower()
    others = [source for name, source in sources_of(scope).items() if name != alias]
    return all(isinstance(source, Scope) and column.name.lower() not in _outputs(source) for source in others)


def _outputs(source: Scope) -> set[str]:
    """Return the columns of a subquery in lower case, or a set of all names if they are unknown."""
    expression: exp.Expr = source.expression
    above: exp.Expr | None = expression
    while above is not None and not isinstance(above, exp.From | exp.Join):
        alias = above.args.get("alias")
        if isinstance(alias, exp.TableAlias) and alias.columns:
            return {column.name.lower() for column in alias.columns}
        above = above.parent
    expression = expression.unnest()
    if not isinstance(expression, exp.Query) or expression.is_star:
        return _Everything()
    return {name.lower() for name in expression.named_selects}


class _Everything(set[str]):
    def __contains__(self, item: object) -> bool:
        return True


def _is_read_once(source: Scope, scope: Scope, query: exp.Expr) -> bool:
    parent = source.expression.parent
    if not isinstance(parent, exp.CTE):
        return isinstance(parent, exp.Subquery | exp.From | exp.Join)
    readers = [table for table in query.find_all(exp.Table) if table.name.lower() == parent.alias.lower()]
    return len(readers) == 1 and not parent.args["alias"].args.get("columns")


def _repeat_inside(conjunct: exp.Expr, inner: exp.Expr) -> None:
    if not isinstance(inner, exp.Select) or any(inner.args.get(part) for part in _RESHAPING):
        return
    if inner.find(exp.Window, exp.Explode) or any(item.find(exp.AggFunc) for item in inner.expressions):
        return
    sources = [inner.args.get("from_"), *(inner.args.get("joins") or []), *(inner.args.get("laterals") or [])]
    outputs = {item.alias_or_name.lower(): item.unalias() for item in inner.expressions}
    repeated = conjunct.copy()
    for column in list(repeated.find_all(exp.Column)):
        origin = outputs.get(column.name.lower())
        if origin is None and inner.is_star and len([one for one in sources if one is not None]) == 1:
            origin = exp.column(column.this.copy())
        if not isinstance(origin, exp.Column) or origin.is_star:
            return
        if column is repeated:
            return
        column.replace(origin.copy())
    inner.where(repeated, copy=False)
