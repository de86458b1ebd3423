"""Statements on the Data Catalog, each by the pattern of its text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local_cloud.athena import show_statements, table_statements

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from local_cloud.athena.query_result import QueryResult

_NAME = r"(?:`?(?P<database>\w+)`?\.)?`?(?P<table>\w+)`?"


@dataclass(frozen=True, slots=True)
class StatementContext:
    """Where a statement runs: the database of names without one, the region, and a folder for copies of objects."""

    database: str
    region: str
    cache_folder: Path


@dataclass(slots=True)
class CatalogStatement:
    """A statement that was recognized."""

    match: re.Match[str]
    context: StatementContext
    substatement_type: str
    answer: Callable[[re.Match[str], StatementContext], QueryResult]
    statement_type: str = "DDL"
    writes_result: bool = True
    file_suffix: str = "txt"

    def run(self) -> QueryResult:
        """Run it; QueryFailedError where it fails."""
        return self.answer(self.match, self.context)

    def stop(self) -> None:
        """Let it end by itself, which takes a moment."""


# Pattern, substatement type, type, what answers.
_STATEMENTS: list[tuple[str, str, str, Callable[[re.Match[str], StatementContext], QueryResult]]] = [
    (rf"SHOW\s+PARTITIONS\s+{_NAME}", "SHOW_PARTITIONS", "UTILITY", show_statements.show_partitions),
    (rf"SHOW\s+CREATE\s+TABLE\s+{_NAME}", "SHOW_CREATE_TABLE", "UTILITY", show_statements.show_create_table),
    (rf"SHOW\s+COLUMNS\s+(?:IN|FROM)\s+{_NAME}", "SHOW_COLUMNS", "UTILITY", show_statements.show_columns),
    (
        r"SHOW\s+TABLES(?:\s+(?:IN|FROM)\s+`?(?P<database>\w+)`?)?(?:\s+(?:LIKE\s+)?'(?P<pattern>[^']*)')?",
        "SHOW_TABLES",
        "UTILITY",
        show_statements.show_tables,
    ),
    (
        r"SHOW\s+(?:DATABASES|SCHEMAS)(?:\s+(?:LIKE\s+)?'(?P<pattern>[^']*)')?",
        "SHOW_DATABASES",
        "UTILITY",
        show_statements.show_databases,
    ),
    (
        rf"DESC(?:RIBE)?\s+(?:EXTENDED\s+|FORMATTED\s+)?{_NAME}",
        "DESCRIBE_TABLE",
        "UTILITY",
        show_statements.describe_table,
    ),
    (rf"MSCK\s+REPAIR\s+TABLE\s+{_NAME}", "MSCK_REPAIR_TABLE", "DDL", table_statements.repair_table),
    (
        rf"ALTER\s+TABLE\s+{_NAME}\s+ADD\s+(?P<lenient>IF\s+NOT\s+EXISTS\s+)?(?P<partitions>PARTITION\b.*)",
        "ALTER_TABLE_ADD_PARTITION",
        "DDL",
        table_statements.add_partitions,
    ),
    (
        rf"ALTER\s+TABLE\s+{_NAME}\s+DROP\s+(?P<lenient>IF\s+EXISTS\s+)?(?P<partitions>PARTITION\b.*)",
        "ALTER_TABLE_DROP_PARTITION",
        "DDL",
        table_statements.drop_partitions,
    ),
    (
        rf"ALTER\s+TABLE\s+{_NAME}\s+(?P<partitions>PARTITION\s*\([^)]*\))\s+SET\s+LOCATION\s+'(?P<location>[^']*)'",
        "ALTER_TABLE_SET_LOCATION",
        "DDL",
        table_statements.set_location,
    ),
    (
        r"CREATE\s+(?:DATABASE|SCHEMA)\s+(?P<lenient>IF\s+NOT\s+EXISTS\s+)?`?(?P<database>\w+)`?(?:\s+.*)?",
        "CREATE_DATABASE",
        "DDL",
        table_statements.create_database,
    ),
    (
        r"DROP\s+(?:DATABASE|SCHEMA)\s+(?P<lenient>IF\s+EXISTS\s+)?`?(?P<database>\w+)`?(?:\s+(?:CASCADE|RESTRICT))?",
        "DROP_DATABASE",
        "DDL",
        table_statements.drop_database,
    ),
    (rf"DROP\s+TABLE\s+(?P<lenient>IF\s+EXISTS\s+)?{_NAME}", "DROP_TABLE", "DDL", table_statements.drop_table),
]
_COMPILED = [
    (re.compile(rf"\s*{pattern}\s*", re.IGNORECASE | re.DOTALL), kind, statement_type, answer)
    for pattern, kind, statement_type, answer in _STATEMENTS
]


def find_catalog_statement(sql: str, database: str, region: str, cache_folder: Path) -> CatalogStatement | None:
    """Recognize a statement on the catalog; None where a text is none."""
    for pattern, kind, statement_type, answer in _COMPILED:
        if match := pattern.fullmatch(sql):
            context = StatementContext(database, region, cache_folder)
            return CatalogStatement(match, context, kind, answer, statement_type)
    return None
