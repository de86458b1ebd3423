"""Statements on the Data Catalog, recognized by patterns."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local_cloud.athena.errors import QueryFailedError
from local_cloud.athena.sql.query_parser import parse_query
from local_cloud.athena.statements import (
    catalog_changes,
    create_table,
    explain,
    prepared_statements,
    show_statements,
    table_changes,
    view_statements,
    writing_statements,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from local_cloud.athena.results.query_result import QueryResult
    from local_cloud.athena.statement_context import StatementContext

_NAME = r"(?:[`\"]?awsdatacatalog[`\"]?\.)?(?:[`\"]?(?P<database>\w+)[`\"]?\.)?[`\"]?(?P<table>\w+)[`\"]?"


@dataclass(slots=True)
class CatalogStatement:
    """A recognized statement."""

    match: re.Match[str]
    context: StatementContext
    substatement_type: str
    answer: Callable[[re.Match[str], StatementContext], QueryResult]
    statement_type: str = "DDL"
    file_suffix: str = "txt"

    @property
    def writes_data(self) -> bool:
        """Whether the statement writes data files, so that its result file is a manifest."""
        return self.substatement_type in _WRITING

    def run(self) -> QueryResult:
        """Run the statement. Raises QueryFailedError if it fails."""
        return self.answer(self.match, self.context)

    def stop(self) -> None:
        """Do nothing: these statements end soon."""


_QUERY_START = r"(?:(?:SELECT|WITH|VALUES|TABLE)\b|\()"
_QUERY = re.compile(_QUERY_START, re.IGNORECASE)
_BALANCED = r"(?:[^()']|'(?:[^']|'')*')*"
_WRITING = {"CREATE_TABLE_AS_SELECT", "INSERT", "UNLOAD"}
# Pattern, substatement type, statement type, function.
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
    (rf"MSCK\s+REPAIR\s+TABLE\s+{_NAME}", "MSCK_REPAIR_TABLE", "DDL", catalog_changes.repair_table),
    (
        rf"ALTER\s+TABLE\s+{_NAME}\s+ADD\s+(?P<lenient>IF\s+NOT\s+EXISTS\s+)?(?P<partitions>PARTITION\b.*)",
        "ALTER_TABLE_ADD_PARTITION",
        "DDL",
        catalog_changes.add_partitions,
    ),
    (
        rf"ALTER\s+TABLE\s+{_NAME}\s+DROP\s+(?P<lenient>IF\s+EXISTS\s+)?(?P<partitions>PARTITION\b.*)",
        "ALTER_TABLE_DROP_PARTITION",
        "DDL",
        catalog_changes.drop_partitions,
    ),
    (
        rf"ALTER\s+TABLE\s+{_NAME}\s+(?P<partitions>PARTITION\s*\([^)]*\))\s+SET\s+LOCATION\s+'(?P<location>[^']*)'",
        "ALTER_TABLE_SET_LOCATION",
        "DDL",
        catalog_changes.set_location,
    ),
    (
        rf"ALTER\s+TABLE\s+{_NAME}\s+(?P<partitions>PARTITION\s*\([^)]*\))\s+RENAME\s+TO\s+(?P<renamed>PARTITION\s*\([^)]*\))",
        "ALTER_TABLE_RENAME_PARTITION",
        "DDL",
        table_changes.rename_partition,
    ),
    (
        rf"ALTER\s+TABLE\s+{_NAME}\s+SET\s+LOCATION\s+'(?P<location>[^']*)'",
        "ALTER_TABLE_SET_LOCATION",
        "DDL",
        table_changes.set_table_location,
    ),
    (
        rf"ALTER\s+TABLE\s+{_NAME}\s+SET\s+TBLPROPERTIES\s*\((?P<properties>{_BALANCED})\)",
        "ALTER_TABLE_SET_PROPERTIES",
        "DDL",
        table_changes.set_properties,
    ),
    (
        rf"ALTER\s+TABLE\s+{_NAME}\s+ADD\s+COLUMNS\s*\((?P<columns>.*)\)",
        "ALTER_TABLE_ADD_COLUMNS",
        "DDL",
        table_changes.add_columns,
    ),
    (
        rf"ALTER\s+TABLE\s+{_NAME}\s+REPLACE\s+COLUMNS\s*\((?P<columns>.*)\)",
        "ALTER_TABLE_REPLACE_COLUMNS",
        "DDL",
        table_changes.replace_columns,
    ),
    (
        rf"SHOW\s+TBLPROPERTIES\s+{_NAME}(?:\s*\(\s*'(?P<property>[^']*)'\s*\))?",
        "SHOW_TBLPROPERTIES",
        "UTILITY",
        show_statements.show_properties,
    ),
    (
        rf"EXPLAIN\s+(?:\((?P<options>[^)]*)\)\s*)?(?P<query>{_QUERY_START}.*)",
        "EXPLAIN",
        "UTILITY",
        explain.explain,
    ),
    (r'PREPARE\s+"?(?P<name>\w+)"?\s+FROM\s+(?P<query>.*)', "PREPARE", "DDL", prepared_statements.prepare),
    (r'DEALLOCATE\s+PREPARE\s+"?(?P<name>\w+)"?', "DEALLOCATE", "DDL", prepared_statements.deallocate),
    (
        r"CREATE\s+(?:DATABASE|SCHEMA)\s+(?P<lenient>IF\s+NOT\s+EXISTS\s+)?`?(?P<database>\w+)`?(?:\s+.*)?",
        "CREATE_DATABASE",
        "DDL",
        catalog_changes.create_database,
    ),
    (
        r"DROP\s+(?:DATABASE|SCHEMA)\s+(?P<lenient>IF\s+EXISTS\s+)?`?(?P<database>\w+)`?(?:\s+(?:(?P<cascade>CASCADE)|RESTRICT))?",
        "DROP_DATABASE",
        "DDL",
        catalog_changes.drop_database,
    ),
    (rf"DROP\s+TABLE\s+(?P<lenient>IF\s+EXISTS\s+)?{_NAME}", "DROP_TABLE", "DDL", catalog_changes.drop_table),
    (rf"DROP\s+VIEW\s+(?P<lenient>IF\s+EXISTS\s+)?{_NAME}", "DROP_VIEW", "DDL", view_statements.drop_view),
    (rf"SHOW\s+CREATE\s+VIEW\s+{_NAME}", "SHOW_CREATE_VIEW", "UTILITY", view_statements.show_create_view),
    (
        r"SHOW\s+VIEWS(?:\s+(?:IN|FROM)\s+`?(?P<database>\w+)`?)?(?:\s+(?:LIKE\s+)?'(?P<pattern>[^']*)')?",
        "SHOW_VIEWS",
        "UTILITY",
        view_statements.show_views,
    ),
    (
        rf"CREATE\s+(?P<replace>OR\s+REPLACE\s+)?VIEW\s+{_NAME}\s+AS\s+(?P<query>.*)",
        "CREATE_VIEW",
        "DDL",
        view_statements.create_view,
    ),
    (
        rf"CREATE\s+EXTERNAL\s+TABLE\s+(?P<lenient>IF\s+NOT\s+EXISTS\s+)?{_NAME}\s*\(.*",
        "CREATE_TABLE",
        "DDL",
        create_table.create_external_table,
    ),
    (
        rf"CREATE\s+TABLE\s+(?P<lenient>IF\s+NOT\s+EXISTS\s+)?{_NAME}\s*"
        rf"(?:WITH\s*\((?P<properties>{_BALANCED})\)\s*)?AS\s+(?P<query>.*?)(?P<empty>\s+WITH\s+NO\s+DATA)?",
        "CREATE_TABLE_AS_SELECT",
        "DDL",
        writing_statements.create_table_as,
    ),
    (
        rf"INSERT\s+INTO\s+{_NAME}\s*(?:\((?P<columns>(?:[\w\s,]|\"[^\",]+\")+)\))?\s*(?P<query>{_QUERY_START}.*)",
        "INSERT",
        "DML",
        writing_statements.insert_into,
    ),
    (
        rf"UNLOAD\s*\((?P<query>.*)\)\s*TO\s*'(?P<location>[^']*)'\s*WITH\s*\((?P<properties>{_BALANCED})\)",
        "UNLOAD",
        "DML",
        writing_statements.unload,
    ),
]
_COMPILED = [
    (re.compile(rf"\s*{pattern}\s*", re.IGNORECASE | re.DOTALL), kind, statement_type, answer)
    for pattern, kind, statement_type, answer in _STATEMENTS
]


def find_catalog_statement(sql: str, context: StatementContext) -> CatalogStatement | None:
    """Return the statement on the catalog that a string is, or None."""
    for pattern, kind, statement_type, answer in _COMPILED:
        if match := pattern.fullmatch(sql):
            if "query" in pattern.groupindex and _QUERY.match(match["query"].strip()):
                with contextlib.suppress(QueryFailedError):  # reported when it runs
                    parse_query(match["query"].strip())  # reject an invalid query before the statement runs
            return CatalogStatement(match, context, kind, answer, statement_type)
    return None
