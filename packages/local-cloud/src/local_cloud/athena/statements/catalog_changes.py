"""Statements that change the Data Catalog through Glue's API."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from local_cloud.athena.catalog.glue_catalog import find_table
from local_cloud.athena.catalog.partition_path import partition_path, read_partition_path
from local_cloud.athena.errors import DatabaseNotFoundError, QueryFailedError, TableNotFoundError
from local_cloud.athena.results.query_result import QueryResult
from local_cloud.athena.results.values import named_column
from local_cloud.clients import client
from local_cloud.object_store import list_objects, split_uri

if TYPE_CHECKING:
    from local_cloud.athena.catalog.glue_catalog import CatalogTable
    from local_cloud.athena.statement_context import StatementContext

_PARTITION = re.compile(
    r"PARTITION\s*\((?P<spec>[^)]*)\)\s*(?:LOCATION\s+'(?P<location>[^']*)')?\s*,?\s*", re.IGNORECASE
)
_VALUE = re.compile(
    r"\s*`?(?P<key>\w+)`?\s*=\s*(?:'(?P<text>(?:[^']|'')*)'|\"(?P<quoted>[^\"]*)\"|(?P<bare>[^,\s]+))\s*(?:,|$)"
)
_CREATE_BATCH = 100

_DDL_TASK = "org.apache.hadoop.hive.ql.exec.DDLTask"


def repair_table(match: re.Match[str], context: StatementContext) -> QueryResult:
    """Run ``MSCK REPAIR TABLE``, which adds the partitions in Hive's layout under the table's location, and removes none.

    https://docs.aws.amazon.com/athena/latest/ug/msck-repair-table.html
    """
    table = _table(match, context)
    names = [name for name, _ in table.partition_keys]
    location = table.definition["StorageDescriptor"]["Location"].rstrip("/") + "/"
    bucket, prefix = split_uri(location)
    found: dict[tuple[str, ...], str] = {}
    for item in list_objects(bucket, prefix):
        folders = item.key.removeprefix(prefix).split("/")[:-1]
        if any(folder.startswith(("_", ".")) for folder in folders):
            continue
        values = read_partition_path(names, folders)
        if values is not None:
            found.setdefault(values, f"{location}{'/'.join(folders[: len(names)])}")
    known = {partition.values for partition in table.partitions()}
    missing = {values: place for values, place in sorted(found.items()) if values not in known}
    _create(table, list(missing.items()))
    paths = [partition_path(names, values) for values in missing]
    if not paths:
        return _said([])
    qualified = f"{table.database}:{table.name}"
    listed = "\t".join(f"{table.name}:{path}" for path in paths)
    added = [
        f"Repair: Added partition to metastore {qualified}/{path}".replace(f"{table.database}:", "") for path in paths
    ]
    return _said([f"Partitions not in metastore:\t{listed}", *added])


def add_partitions(match: re.Match[str], context: StatementContext) -> QueryResult:
    """Run ``ALTER TABLE … ADD PARTITION``."""
    table = _table(match, context)
    wanted = partition_specs(match["partitions"], table)
    known = {partition.values for partition in table.partitions()}
    if not match["lenient"] and (taken := [values for values, _ in wanted if values in known]):
        raise QueryFailedError(
            "FAILED", f"Execution Error: AlreadyExistsException(message:Partition already exists: {list(taken[0])})"
        )
    names = [name for name, _ in table.partition_keys]
    root = table.definition["StorageDescriptor"]["Location"].rstrip("/")
    _create(
        table,
        [
            (values, place or f"{root}/{partition_path(names, values)}")
            for values, place in wanted
            if values not in known
        ],
    )
    return _said([])


def drop_partitions(match: re.Match[str], context: StatementContext) -> QueryResult:
    """Run ``ALTER TABLE … DROP PARTITION``."""
    table = _table(match, context)
    known = {partition.values for partition in table.partitions()}
    wanted = [values for values, _ in partition_specs(match["partitions"], table)]
    if not match["lenient"] and (absent := [values for values in wanted if values not in known]):
        raise QueryFailedError("FAILED", f"Execution Error: Partition not found {list(absent[0])}")
    glue = client("glue", table.region)
    for values in wanted:
        if values in known:
            glue.delete_partition(DatabaseName=table.database, TableName=table.name, PartitionValues=list(values))
    return _said([])


def set_location(match: re.Match[str], context: StatementContext) -> QueryResult:
    """Run ``ALTER TABLE … PARTITION … SET LOCATION``."""
    table = _table(match, context)
    ((values, _),) = partition_specs(match["partitions"], table)
    for partition in table.partitions():
        if partition.values == values:
            storage = {**partition.storage, "Location": match["location"]}
            client("glue", table.region).update_partition(
                DatabaseName=table.database,
                TableName=table.name,
                PartitionValueList=list(values),
                PartitionInput={"Values": list(values), "StorageDescriptor": storage},
            )
            return _said([])
    raise QueryFailedError("FAILED", f"Execution Error: Partition not found {list(values)}")


def create_database(match: re.Match[str], context: StatementContext) -> QueryResult:
    """Run ``CREATE DATABASE``."""
    glue = client("glue", context.region)
    try:
        glue.create_database(DatabaseInput={"Name": match["database"].lower()})
    except glue.exceptions.AlreadyExistsException as error:
        if not match["lenient"]:
            raise QueryFailedError("FAILED", f"Execution Error: Database {match['database']} already exists") from error
    return _said([])


def drop_database(match: re.Match[str], context: StatementContext) -> QueryResult:
    """Run ``DROP DATABASE``, which needs ``CASCADE`` if there are tables: https://docs.aws.amazon.com/athena/latest/ug/drop-database.html."""
    glue = client("glue", context.region)
    name = match["database"].lower()
    try:
        if not match["cascade"] and glue.get_tables(DatabaseName=name, MaxResults=1)["TableList"]:
            # Hive's wording, since Hive runs the statement.
            reason = f"InvalidOperationException(message:Database {name} is not empty. One or more tables exist.)"
            raise QueryFailedError("FAILED", f"Execution Error, return code 1 from {_DDL_TASK}. {reason}")
        glue.delete_database(Name=name)
    except glue.exceptions.EntityNotFoundException:
        if not match["lenient"]:
            raise DatabaseNotFoundError(match["database"]) from None
    return _said([])


def drop_table(match: re.Match[str], context: StatementContext) -> QueryResult:
    """Run ``DROP TABLE``, which deletes the definition and keeps the files, as of any external table."""
    try:
        table = _table(match, context)
    except TableNotFoundError:
        if match["lenient"]:
            return _said([])
        raise
    client("glue", table.region).delete_table(DatabaseName=table.database, Name=table.name)
    return _said([])


def _table(match: re.Match[str], context: StatementContext) -> CatalogTable:
    return find_table(match["database"] or context.database, match["table"], context.region)


def partition_specs(text: str, table: CatalogTable) -> list[tuple[tuple[str, ...], str | None]]:
    """Return the values and locations in ``PARTITION (k='v', …) [LOCATION '…'] …``."""
    names = [name for name, _ in table.partition_keys]
    found: list[tuple[tuple[str, ...], str | None]] = []
    position = 0
    while position < len(text):
        match = _PARTITION.match(text, position)
        if match is None:
            raise QueryFailedError(
                "FAILED", f"ParseException: cannot recognize input near '{text[position : position + 20]}'"
            )
        given: dict[str, str] = {}
        for value in _VALUE.finditer(match["spec"]):
            texts = (value["text"], value["quoted"], value["bare"])
            given[value["key"].lower()] = next(text for text in texts if text is not None).replace("''", "'")
        if list(given) != names and sorted(given) != sorted(names):
            raise QueryFailedError(
                "FAILED", f"SemanticException: partition spec {given} does not match the keys {names}"
            )
        found.append((tuple(given[name] for name in names), match["location"]))
        position = match.end()
    return found


def _create(table: CatalogTable, partitions: list[tuple[tuple[str, ...], str]]) -> None:
    storage: dict[str, Any] = table.definition["StorageDescriptor"]
    glue = client("glue", table.region)
    for start in range(0, len(partitions), _CREATE_BATCH):
        inputs = [
            {"Values": list(values), "StorageDescriptor": {**storage, "Location": location}}
            for values, location in partitions[start : start + _CREATE_BATCH]
        ]
        answer = glue.batch_create_partition(
            DatabaseName=table.database, TableName=table.name, PartitionInputList=inputs
        )
        for failure in answer.get("Errors", []):
            if failure["ErrorDetail"]["ErrorCode"] != "AlreadyExistsException":
                raise QueryFailedError("FAILED", f"Execution Error: {failure['ErrorDetail']}")


def _said(lines: list[str]) -> QueryResult:
    return QueryResult([named_column("result", "string")] if lines else [], [(line,) for line in lines], "DDL")
