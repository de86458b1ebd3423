"""The part of a WHERE that speaks of partition keys alone, by which partitions are left out before anything is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlglot.optimizer.scope import Scope


def conditions_on_keys(scope: Scope, alias: str, keys: Sequence[str]) -> list[str]:
    """Give the conjuncts of a scope's WHERE that only use the partition keys of one of its sources, as SQL of DuckDB.

    A column without a qualifier counts where the scope has that source only: with several, it might be another's.
    """
    where = scope.expression.args.get("where") if isinstance(scope.expression, exp.Select) else None
    if where is None or not keys:
        return []
    if any(join.args.get("side") for join in scope.expression.args.get("joins") or []):
        return []  # an outer join may keep rows that have no partner: their conditions are for later
    found = []
    for conjunct in where.this.flatten() if isinstance(where.this, exp.And) else [where.this]:
        if _is_on_keys(conjunct, scope, alias, keys):
            condition = conjunct.copy()
            for column in condition.find_all(exp.Column):
                column.set("table", None)
                column.set("db", None)
                column.set("catalog", None)
            found.append(condition.sql(dialect="duckdb"))
    return found


def _is_on_keys(conjunct: exp.Expr, scope: Scope, alias: str, keys: Sequence[str]) -> bool:
    columns = list(conjunct.find_all(exp.Column))
    if not columns or conjunct.find(exp.Query, exp.AggFunc, exp.Rand):
        return False
    for column in columns:
        qualified = column.table.lower() == alias.lower() if column.table else len(scope.sources) == 1
        if not qualified or column.name.lower() not in keys:
            return False
    return True
