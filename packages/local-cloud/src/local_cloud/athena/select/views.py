"""Views: queries stored in Glue in Presto's form.

https://docs.aws.amazon.com/athena/latest/ug/views.html
"""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any

from sqlglot import exp
from sqlglot.optimizer.scope import traverse_scope

from local_cloud.athena.catalog.glue_catalog import find_table
from local_cloud.athena.errors import DatabaseNotFoundError, QueryFailedError, TableNotFoundError
from local_cloud.athena.select.partition_conditions import sources_of
from local_cloud.athena.translation.query_parser import parse_query

if TYPE_CHECKING:
    from collections.abc import Sequence

_PRESTO_VIEW = re.compile(r"/\* Presto View: (?P<document>[A-Za-z0-9+/=]+) \*/")
_DEEPEST = 10


def view_text(sql: str, database: str, columns: Sequence[tuple[str, str]]) -> str:
    """Return a view's definition as Athena stores it in Glue.

    Parameters
    ----------
    columns
        The name and Trino type of each column.
    """
    document = {
        "originalSql": sql,
        "catalog": "awsdatacatalog",
        "schema": database,
        "columns": [{"name": name, "type": kind} for name, kind in columns],
    }
    return f"/* Presto View: {base64.b64encode(json.dumps(document).encode()).decode()} */"


def read_view(definition: dict[str, Any]) -> tuple[str, str] | None:
    """Return a view's query and its default database, or None if a table is not a view."""
    if definition.get("TableType") != "VIRTUAL_VIEW":
        return None
    match = _PRESTO_VIEW.search(definition.get("ViewOriginalText", ""))
    if match is None:
        raise QueryFailedError("INVALID_VIEW", f"The text of the view {definition['Name']} is not Presto's")
    document = json.loads(base64.b64decode(match["document"]))
    return document["originalSql"], document.get("schema") or definition["DatabaseName"]


def expand_views(query: exp.Query, database: str, region: str, depth: int = 0) -> exp.Query:
    """Replace each view in a query by the view's query."""
    for scope in traverse_scope(query):
        for alias, source in sources_of(scope).items():
            if not isinstance(source, exp.Table) or not isinstance(source.this, exp.Identifier):
                continue
            place = (source.db or database).lower()
            if place == "information_schema":
                continue
            try:
                view = read_view(find_table(place, source.name, region).definition)
            except (DatabaseNotFoundError, TableNotFoundError):
                continue  # reported when the query's tables are looked up
            if view is None:
                continue
            if depth == _DEEPEST:
                raise QueryFailedError("VIEW_IS_RECURSIVE", f"View '{place}.{source.name}' is recursive")
            inner = _qualified(parse_query(view[0]), view[1])
            expanded = expand_views(inner, view[1], region, depth + 1)
            source.replace(
                exp.Subquery(this=expanded, alias=exp.TableAlias(this=exp.to_identifier(alias, quoted=True)))
            )
    return query


def _qualified(query: exp.Query, database: str) -> exp.Query:
    """Qualify the tables of a view's query with the view's own database."""
    for scope in traverse_scope(query):
        for source in sources_of(scope).values():
            if isinstance(source, exp.Table) and not source.db:
                source.set("db", exp.to_identifier(database))
    return query
