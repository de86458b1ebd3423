"""A SELECT of Athena's in DuckDB's words, over views of the tables that it names."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import traverse_scope

from local_cloud.athena.errors import InvalidStatementError, QueryFailedError
from local_cloud.athena.glue_catalog import find_table
from local_cloud.athena.hive_types import duckdb_type
from local_cloud.athena.information_schema import information_schema_view
from local_cloud.athena.integer_division import divide_as_trino
from local_cloud.athena.partition_conditions import conditions_on_keys
from local_cloud.athena.table_scan import PATH_COLUMN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlglot.optimizer.scope import Scope

    from local_cloud.athena.table_scan import Scanner

# It warns about what it takes as it comes; such statements are handled elsewhere, or fail by themselves.
logging.getLogger("sqlglot").setLevel(logging.ERROR)


def parse_statement(sql: str) -> exp.Expr:
    """Read one statement.

    Raises
    ------
    InvalidStatementError
        Where it is none, or several.
    """
    try:
        statements = [statement for statement in sqlglot.parse(sql, read="athena") if statement is not None]
    except SqlglotError as error:
        details = getattr(error, "errors", None) or [{}]
        line, column = details[0].get("line", 1), details[0].get("col", 1)
        near = str(details[0].get("highlight") or "").strip()
        raise InvalidStatementError(
            message=f"line {line}:{column}: mismatched input '{near}'. Expecting: a statement"
        ) from error
    if len(statements) != 1:
        raise InvalidStatementError(message="Only one sql statement is allowed. Got: " + sql)
    return statements[0]


def to_duckdb(statement: exp.Expr, scanner: Scanner, database: str, region: str, parameters: Sequence[str] = ()) -> str:
    """Translate a query, and make the views that it reads.

    Parameters
    ----------
    database
        Where tables without a database are looked for.
    parameters
        Literals for the question marks.
    """
    query = _with_parameters(statement.copy(), parameters)
    _refuse_files(query)
    _name_columns(query)
    types: dict[str, dict[str, str]] = {}
    asks_for_path = any(column.name == PATH_COLUMN for column in query.find_all(exp.Column))
    for scope in traverse_scope(query):
        for alias, source in list(scope.sources.items()):
            if not isinstance(source, exp.Table):
                continue
            place = (source.db or database).lower()
            if place == "information_schema":
                view, columns = information_schema_view(scanner.connection, source.name, region)
            else:
                table = find_table(place, source.name, region, _position(source))
                keys = [name for name, _ in table.partition_keys]
                view = scanner.make_view(table, conditions_on_keys(scope, alias, keys), with_path=asks_for_path)
                if asks_for_path:
                    _hide_path_from_stars(scope)
                columns = {name: duckdb_type(kind) for name, kind in [*table.columns, *table.partition_keys]}
            types[view] = columns
            source.replace(exp.Table(this=exp.to_identifier(view), alias=exp.TableAlias(this=exp.to_identifier(alias))))
    for column in query.find_all(exp.Column):
        column.set("catalog", None)
        if not isinstance(column.parent, exp.Dot):
            column.set("db", None)
    divide_as_trino(query, types)
    return query.sql(dialect="duckdb")


def _with_parameters(query: exp.Expr, parameters: Sequence[str]) -> exp.Expr:
    places = list(query.find_all(exp.Placeholder, bfs=False))
    if len(places) != len(parameters):
        raise QueryFailedError(
            "INVALID_PARAMETER_USAGE",
            f"line 1:1: Incorrect number of parameters: expected {len(places)} but found {len(parameters)}",
        )
    for place, text in zip(places, parameters, strict=True):
        place.replace(sqlglot.parse_one(text, read="athena"))
    return query


def _refuse_files(query: exp.Expr) -> None:
    """Let nothing through that would read beside the catalog: DuckDB has functions that are tables."""
    for table in query.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier):
            name = table.this.sql_name().lower() if isinstance(table.this, exp.Func) else str(table.this)
            raise QueryFailedError("FUNCTION_NOT_FOUND", f"{_position(table)}: Table function '{name}' not registered")


def _name_columns(query: exp.Expr) -> None:
    """Name what the outermost SELECT leaves unnamed: ``_col0``, ``_col1``."""
    select = query
    while not isinstance(select, exp.Select):
        inner = select.this if isinstance(select, exp.SetOperation | exp.Subquery) else None
        if not isinstance(inner, exp.Expr):
            return
        select = inner
    for index, item in enumerate(select.expressions):
        if not isinstance(item, exp.Alias | exp.Column | exp.Star | exp.Aliases):
            item.replace(exp.alias_(item.copy(), f"_col{index}", quoted=True))


def _hide_path_from_stars(scope: Scope) -> None:
    """Keep the pseudo column out of ``*``: only who names it gets it."""
    if not isinstance(scope.expression, exp.Select):
        return
    for item in scope.expression.expressions:
        star = item.this if isinstance(item, exp.Column) else item
        if isinstance(star, exp.Star) and not star.args.get("except_"):
            star.set("except_", [exp.to_identifier(PATH_COLUMN, quoted=True)])


def _position(node: exp.Expr) -> str:
    meta = node.this.meta if isinstance(node.this, exp.Expr) else {}
    return f"line {meta.get('line', 1)}:{max(1, meta.get('col', 1) - len(node.name) + 1)}"
