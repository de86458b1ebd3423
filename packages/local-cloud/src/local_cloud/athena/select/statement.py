"""The translation of a SELECT to DuckDB's SQL, over views of its tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp
from sqlglot.optimizer.scope import traverse_scope

from local_cloud.athena.catalog.glue_catalog import find_table
from local_cloud.athena.errors import InvalidStatementError, QueryFailedError
from local_cloud.athena.scan.table_scan import PATH_COLUMN
from local_cloud.athena.select.information_schema import information_schema_view
from local_cloud.athena.select.partition_conditions import (
    conditions_on_keys,
    named_values,
    push_down_conditions,
    sources_of,
)
from local_cloud.athena.select.views import expand_views
from local_cloud.athena.translation.char_literals import pad_char_literals
from local_cloud.athena.translation.functions import position_of, translate_functions
from local_cloud.athena.translation.query_parser import parse_query
from local_cloud.athena.translation.trino_macros import macro_definitions
from local_cloud.athena.translation.unnesting import unnest_as_trino

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlglot.optimizer.scope import Scope

    from local_cloud.athena.scan.table_scan import Scanner
    from local_cloud.athena.statement_context import StatementContext

_PARTITIONS = "$partitions"  # https://docs.aws.amazon.com/athena/latest/ug/show-partitions.html


@dataclass(slots=True)
class TranslatedQuery:
    """A query translated to DuckDB's SQL.

    Attributes
    ----------
    zones
        The zones of the columns that are times in a named zone, by position.
    """

    sql: str
    zones: dict[int, str]
    scanned_bytes: int


def to_duckdb(statement: exp.Query, scanner: Scanner, context: StatementContext) -> TranslatedQuery:
    """Translate a query, and create the views that it reads."""
    query = expand_views(_with_parameters(statement.copy(), context.parameters), context.database, context.region)
    _refuse_table_functions(query)
    _name_columns(query)
    zones = _zoned_columns(query)
    translate_functions(query)
    unnest_as_trino(query)
    for definition in macro_definitions(query.sql(dialect="duckdb")):
        scanner.connection.execute(definition)
    push_down_conditions(query)
    _replace_tables(query, scanner, context.database, context.region)
    for identifier in query.find_all(exp.Identifier):
        identifier.set("quoted", True)  # `$1` is a regular name in Athena
    for column in query.find_all(exp.Column):
        column.set("catalog", None)
        if not isinstance(column.parent, exp.Dot):
            column.set("db", None)
    return TranslatedQuery(query.sql(dialect="duckdb"), zones, sum(scanner.scanned.values()))


def _replace_tables(query: exp.Expr, scanner: Scanner, database: str, region: str) -> None:
    """Replace each table by a view that reads the partitions which meet the query's conditions."""
    asks_for_path = any(column.name == PATH_COLUMN for column in query.find_all(exp.Column))
    resolved: set[int] = set()
    columns: list[tuple[str, str]] = []
    for scope in traverse_scope(query):
        for alias, source in sources_of(scope).items():
            if not isinstance(source, exp.Table):
                continue
            place = (source.db or database).lower()
            if source.catalog and source.catalog.lower() != "awsdatacatalog":
                raise QueryFailedError(
                    "CATALOG_NOT_FOUND", f"{position_of(source)}: Catalog '{source.catalog}' does not exist"
                )
            if source.args.get("pivots") or source.args.get("version") or source.args.get("when"):
                raise QueryFailedError(
                    "NOT_SUPPORTED", f"{position_of(source)}: the local cloud does not support time travel"
                )
            if place == "information_schema":
                view = information_schema_view(scanner.connection, source.name, region)
            elif source.name.endswith(_PARTITIONS):
                table = find_table(place, source.name.removesuffix(_PARTITIONS), region, position_of(source))
                view = scanner.make_partitions_view(table)
            else:
                table = find_table(place, source.name, region, position_of(source))
                columns += table.columns
                keys = [name for name, _ in table.partition_keys]
                partitions = table.partitions(named_values(scope, alias, keys))
                conditions = conditions_on_keys(scope, alias, keys)
                view = scanner.make_view(
                    table,
                    partitions,
                    conditions,
                    with_path=asks_for_path,
                    reads_columns=bool(source.alias_column_names)
                    or _reads_columns(query, alias, [name for name, _ in table.columns]),
                )
                if asks_for_path:
                    _hide_path_from_stars(scope)
            replacement = exp.Table(
                this=exp.to_identifier(view), alias=exp.TableAlias(this=exp.to_identifier(alias, quoted=True))
            )
            replacement.set("sample", source.args.get("sample"))
            resolved.add(id(replacement))
            source.replace(replacement)
    pad_char_literals(query, columns)
    named = {cte.alias.lower() for cte in query.find_all(exp.CTE)}
    for table_node in query.find_all(exp.Table):
        # DuckDB would look for a table that is in no scope itself.
        if id(table_node) not in resolved and table_node.name.lower() not in named:
            raise QueryFailedError(
                "NOT_SUPPORTED", f"{position_of(table_node)}: the local cloud does not support tables here"
            )


def _reads_columns(query: exp.Expr, alias: str, columns: Sequence[str]) -> bool:
    """Return whether a query may read any of a table's columns: it names one, or selects all."""
    if any(not isinstance(star.parent, exp.Count) for star in query.find_all(exp.Star)):
        return True
    if any(join.method for join in query.find_all(exp.Join)):  # NATURAL
        return True
    named = {identifier.name.lower() for identifier in query.find_all(exp.Identifier)}
    rows = {column.name.lower() for column in query.find_all(exp.Column)}
    return alias.lower() in rows or not named.isdisjoint(columns)


def _with_parameters(query: exp.Query, parameters: Sequence[str]) -> exp.Query:
    places = list(query.find_all(exp.Placeholder, bfs=False))
    if len(places) != len(parameters):
        raise QueryFailedError(
            "INVALID_PARAMETER_USAGE",
            f"line 1:1: Incorrect number of parameters: expected {len(places)} but found {len(parameters)}",
        )
    for place, text in zip(places, parameters, strict=True):
        place.replace(_value(text))
    return query


def _value(text: str) -> exp.Expr:
    """Return a parameter's expression, which may only consist of literals."""
    try:
        select = parse_query(f"SELECT {text}")
    except InvalidStatementError as error:
        raise QueryFailedError("INVALID_PARAMETER_USAGE", f"{text!r} is not a literal") from error
    if len(select.expressions) != 1 or select.find(exp.Table, exp.Column, exp.Subquery, exp.Star):
        raise QueryFailedError("INVALID_PARAMETER_USAGE", f"{text!r} is not a literal")
    found: exp.Expr = select.expressions[0]
    return found


def _refuse_table_functions(query: exp.Expr) -> None:
    """Refuse table functions: DuckDB's could read outside of the catalog."""
    for table in query.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier):
            name = (
                table.this.name.lower() if isinstance(table.this, exp.Anonymous) else type(table.this).__name__.lower()
            )
            raise QueryFailedError(
                "FUNCTION_NOT_FOUND", f"{position_of(table)}: Table function '{name}' not registered"
            )


def _name_columns(query: exp.Expr) -> None:
    """Name the unnamed columns of the outermost SELECT ``_col0``, ``_col1`` and so on."""
    select = _outermost(query)
    for index, item in enumerate(select.expressions if select is not None else []):
        if not isinstance(item, exp.Alias | exp.Column | exp.Star | exp.Aliases | exp.Dot):
            item.replace(exp.alias_(item.copy(), f"_col{index}", quoted=True))


def _outermost(query: exp.Expr) -> exp.Select | None:
    select: object = query
    while not isinstance(select, exp.Select):
        if not isinstance(select, exp.SetOperation | exp.Subquery):
            return None
        select = select.this
    return select


def _zoned_columns(query: exp.Expr) -> dict[int, str]:
    """Return the zones of result columns that are times in a zone named by the query, by position: DuckDB does not keep them."""
    if not isinstance(query, exp.Select):
        return {}
    zones = {}
    for index, item in enumerate(query.expressions):
        zone = _zone_of(item.unalias())
        if zone is not None and not any(isinstance(other, exp.Star) or other.is_star for other in query.expressions):
            zones[index] = zone
    return zones


def _zone_of(item: exp.Expr) -> str | None:
    zone = None
    if isinstance(item, exp.AtTimeZone):
        zone = item.args["zone"]
    elif isinstance(item, exp.Anonymous) and item.name.lower() in {"at_timezone", "from_unixtime", "with_timezone"}:
        zone = item.expressions[1] if len(item.expressions) == 2 else None
    return zone.name if isinstance(zone, exp.Literal) and zone.is_string else None


def _hide_path_from_stars(scope: Scope) -> None:
    """Exclude the pseudo column from ``*``: it is only returned if it is named."""
    if not isinstance(scope.expression, exp.Select):
        return
    for item in scope.expression.expressions:
        star = item.this if isinstance(item, exp.Column) else item
        if isinstance(star, exp.Star) and not star.args.get("except_"):
            star.set("except_", [exp.to_identifier(PATH_COLUMN, quoted=True)])
