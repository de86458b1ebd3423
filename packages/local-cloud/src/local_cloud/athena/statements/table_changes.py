"""``ALTER TABLE`` of a table's properties, columns, location and the names of its partitions.

https://docs.aws.amazon.com/athena/latest/ug/ddl-reference.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local_cloud.athena.catalog.glue_catalog import find_table
from local_cloud.athena.errors import QueryFailedError
from local_cloud.athena.results.query_result import QueryResult
from local_cloud.athena.statements.catalog_changes import partition_specs
from local_cloud.athena.statements.create_table import read_columns
from local_cloud.athena.statements.hive_text import read_properties
from local_cloud.clients import client

if TYPE_CHECKING:
    import re

    from local_cloud.athena.catalog.glue_catalog import CatalogTable
    from local_cloud.athena.statement_context import StatementContext

_INPUT = ("Name", "Description", "Owner", "Retention", "StorageDescriptor", "PartitionKeys", "TableType", "Parameters")


def set_properties(match: re.Match[str], context: StatementContext) -> QueryResult:
    """Run ``ALTER TABLE … SET TBLPROPERTIES``."""
    table = _table(match, context)
    _update(table, Parameters={**table.parameters, **read_properties(match["properties"])})
    return QueryResult(statement_type="DDL")


def add_columns(match: re.Match[str], context: StatementContext) -> QueryResult:
    """Run ``ALTER TABLE … ADD COLUMNS``; partitions keep the columns that they were registered with."""
    table = _table(match, context)
    added = read_columns(match["columns"])
    taken = {name for name, _ in [*table.columns, *table.partition_keys]}
    for column in added:
        if column["Name"] in taken:
            raise QueryFailedError("FAILED", f"SemanticException: Duplicate column name: {column['Name']}")
        taken.add(column["Name"])
    storage = table.definition["StorageDescriptor"]
    _update(table, StorageDescriptor={**storage, "Columns": [*storage.get("Columns", []), *added]})
    return QueryResult(statement_type="DDL")


def replace_columns(match: re.Match[str], context: StatementContext) -> QueryResult:
    """Run ``ALTER TABLE … REPLACE COLUMNS``."""
    table = _table(match, context)
    storage = table.definition["StorageDescriptor"]
    _update(table, StorageDescriptor={**storage, "Columns": read_columns(match["columns"])})
    return QueryResult(statement_type="DDL")


def set_table_location(match: re.Match[str], context: StatementContext) -> QueryResult:
    """Run ``ALTER TABLE … SET LOCATION``."""
    table = _table(match, context)
    _update(table, StorageDescriptor={**table.definition["StorageDescriptor"], "Location": match["location"]})
    return QueryResult(statement_type="DDL")


def rename_partition(match: re.Match[str], context: StatementContext) -> QueryResult:
    """Run ``ALTER TABLE … PARTITION … RENAME TO PARTITION …``; the files stay where they are."""
    table = _table(match, context)
    ((before, _),) = partition_specs(match["partitions"], table)
    ((after, _),) = partition_specs(match["renamed"], table)
    for partition in table.partitions():
        if partition.values == before:
            client("glue", table.region).update_partition(
                DatabaseName=table.database,
                TableName=table.name,
                PartitionValueList=list(before),
                PartitionInput={"Values": list(after), "StorageDescriptor": partition.storage},
            )
            return QueryResult(statement_type="DDL")
    raise QueryFailedError("FAILED", f"Execution Error: Partition not found {list(before)}")


def _table(match: re.Match[str], context: StatementContext) -> CatalogTable:
    return find_table(match["database"] or context.database, match["table"], context.region)


def _update(table: CatalogTable, **changed: Any) -> None:
    definition = {name: table.definition[name] for name in _INPUT if name in table.definition}
    client("glue", table.region).update_table(DatabaseName=table.database, TableInput={**definition, **changed})
