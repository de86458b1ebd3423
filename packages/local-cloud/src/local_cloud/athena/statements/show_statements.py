"""SHOW and DESCRIBE, printed as Athena prints them."""

from __future__ import annotations

import fnmatch
from typing import TYPE_CHECKING, Any

from local_cloud.athena.catalog.glue_catalog import find_table
from local_cloud.athena.catalog.partition_path import partition_path
from local_cloud.athena.errors import DatabaseNotFoundError
from local_cloud.athena.results.query_result import QueryResult
from local_cloud.athena.results.values import named_column
from local_cloud.athena.statements.hive_text import quoted_text
from local_cloud.clients import client

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterable

    from local_cloud.athena.catalog.glue_catalog import CatalogTable
    from local_cloud.athena.statement_context import StatementContext


def show_partitions(match: re.Match[str], context: StatementContext) -> QueryResult:
    """Run ``SHOW PARTITIONS``, which prints an escaped path for each partition."""
    table = _table(match, context)
    names = [name for name, _ in table.partition_keys]
    return _lines("partition", (partition_path(names, partition.values) for partition in table.partitions()))


def show_columns(match: re.Match[str], context: StatementContext) -> QueryResult:
    """Run ``SHOW COLUMNS``, which pads the names to 20 characters, as Hive does."""
    table = _table(match, context)
    return _lines("field", (f"{name:<20}" for name, _ in [*table.columns, *table.partition_keys]))


def show_tables(match: re.Match[str], context: StatementContext) -> QueryResult:
    """Run ``SHOW TABLES``. In a pattern, ``*`` is any string and ``|`` separates alternatives."""
    return tables_of(match, context, "tab_name", lambda table: True)


def tables_of(
    match: re.Match[str], context: StatementContext, title: str, is_wanted: Callable[[dict[str, Any]], bool]
) -> QueryResult:
    """Return the names of a database's tables that meet a condition and a pattern."""
    database = (match["database"] or context.database).lower()
    glue = client("glue", context.region)
    try:
        pages = list(glue.get_paginator("get_tables").paginate(DatabaseName=database))
    except glue.exceptions.EntityNotFoundException:
        raise DatabaseNotFoundError(database) from None
    names = [table["Name"] for page in pages for table in page["TableList"] if is_wanted(table)]
    return _lines(title, _matching(names, match["pattern"]))


def show_databases(match: re.Match[str], context: StatementContext) -> QueryResult:
    """Run ``SHOW DATABASES``."""
    pages = client("glue", context.region).get_paginator("get_databases").paginate()
    names = [database["Name"] for page in pages for database in page["DatabaseList"]]
    return _lines("database_name", _matching(names, match["pattern"]))


def describe_table(match: re.Match[str], context: StatementContext) -> QueryResult:
    """Run ``DESCRIBE``, which prints padded names, types and comments, and repeats the partition keys."""
    table = _table(match, context)
    comments = {
        column["Name"].lower(): column.get("Comment", "")
        for column in [
            *table.definition.get("StorageDescriptor", {}).get("Columns", []),
            *table.definition.get("PartitionKeys", []),
        ]
    }
    rows = [_described(name, kind, comments[name]) for name, kind in [*table.columns, *table.partition_keys]]
    if table.partition_keys:
        rows += [("", "", ""), ("# Partition Information", "", ""), _described("# col_name", "data_type", "comment")]
        rows += [("", "", ""), *(_described(name, kind, comments[name]) for name, kind in table.partition_keys)]
    columns = [named_column(name, "string") for name in ("col_name", "data_type", "comment")]
    return QueryResult(columns, [("\t".join(row),) for row in rows], "UTILITY")


def show_create_table(match: re.Match[str], context: StatementContext) -> QueryResult:
    """Run ``SHOW CREATE TABLE``, which prints a statement that would create the table, one row a line."""
    table = _table(match, context)
    storage: dict[str, Any] = table.definition["StorageDescriptor"]
    lines = [f"CREATE EXTERNAL TABLE `{table.database}.{table.name}`(", *_column_lines(storage.get("Columns", []))]
    if table.partition_keys:
        lines += ["PARTITIONED BY ( ", *_column_lines(table.definition["PartitionKeys"])]
    serde = storage.get("SerdeInfo", {})
    lines += ["ROW FORMAT SERDE ", f"  '{serde.get('SerializationLibrary', '')}' "]
    if serde.get("Parameters"):
        lines += ["WITH SERDEPROPERTIES ( ", *_property_lines(serde["Parameters"])]
    lines += ["STORED AS INPUTFORMAT ", f"  '{storage.get('InputFormat', '')}' "]
    lines += ["OUTPUTFORMAT ", f"  '{storage.get('OutputFormat', '')}'"]
    lines += ["LOCATION", f"  '{storage.get('Location', '').rstrip('/')}'"]
    lines += ["TBLPROPERTIES (", *_property_lines(table.parameters)]
    return _lines("createtab_stmt", lines)


def show_properties(match: re.Match[str], context: StatementContext) -> QueryResult:
    """Run ``SHOW TBLPROPERTIES``, which prints all properties, or the value of one.

    https://docs.aws.amazon.com/athena/latest/ug/show-tblproperties.html
    """
    parameters = _table(match, context).parameters
    if match["property"] is not None:
        return _lines("prpt_name", [parameters.get(match["property"], "")])
    columns = [named_column(name, "string") for name in ("prpt_name", "prpt_value")]
    return QueryResult(columns, [(f"{name}\t{value}",) for name, value in sorted(parameters.items())], "UTILITY")


def _table(match: re.Match[str], context: StatementContext) -> CatalogTable:
    return find_table(match["database"] or context.database, match["table"], context.region)


def _lines(name: str, lines: Iterable[str]) -> QueryResult:
    return QueryResult([named_column(name, "string")], [(line,) for line in lines], "UTILITY")


def _matching(names: Iterable[str], pattern: str | None) -> list[str]:
    patterns = (pattern or "*").replace("%", "*").split("|")
    return sorted(name for name in names if any(fnmatch.fnmatch(name, one) for one in patterns))


def _described(name: str, kind: str, comment: str) -> tuple[str, str, str]:
    return f"{name:<20}", f"{kind:<20}", f"{comment:<20}"


def _column_lines(columns: list[dict[str, Any]]) -> list[str]:
    texts = [
        f"  `{column['Name']}` {column['Type']}"
        + (f" COMMENT {quoted_text(column['Comment'])}" if column.get("Comment") else "")
        for column in columns
    ]
    return [*(f"{text}, " for text in texts[:-1]), f"{texts[-1]})"] if texts else [")"]


def _property_lines(properties: dict[str, str]) -> list[str]:
    texts = [f"  {quoted_text(name)}={quoted_text(value)}" for name, value in sorted(properties.items())]
    return [*(f"{text}, " for text in texts[:-1]), f"{texts[-1]})"] if texts else [")"]
