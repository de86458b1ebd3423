"""Statements that write the rows of a query to S3: CREATE TABLE AS, INSERT INTO, UNLOAD.

https://docs.aws.amazon.com/athena/latest/ug/ctas.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local_cloud.athena.catalog.glue_catalog import find_table
from local_cloud.athena.catalog.storage_formats import (
    HCATALOG_JSON,
    LAZY_SIMPLE,
    OPENX_JSON,
    ORC,
    PARQUET,
    storage_of,
)
from local_cloud.athena.errors import QueryFailedError, TableNotFoundError
from local_cloud.athena.results.query_result import QueryResult
from local_cloud.athena.results.values import named_column
from local_cloud.athena.select.query import SelectQuery
from local_cloud.athena.sql.query_parser import parse_query
from local_cloud.athena.statements.create_table import write_table
from local_cloud.athena.statements.file_content import FORMATS
from local_cloud.athena.statements.hive_text import read_names, read_properties
from local_cloud.athena.statements.written_data import DataWriter, Target
from local_cloud.clients import client
from local_cloud.object_store import NoSuchBucketError, list_objects, split_uri

if TYPE_CHECKING:
    import re

    from local_cloud.athena.catalog.glue_catalog import CatalogTable
    from local_cloud.athena.statement_context import StatementContext

_REFUSED_PROPERTIES = {"bucketed_by": "bucketing", "bucket_count": "bucketing"}
_TABLE_PROPERTIES = {
    "is_external",
    "table_type",
    "external_location",
    "format",
    "field_delimiter",
    "orc_compression",
    "parquet_compression",
    "partitioned_by",
    "write_compression",
}
_WRITTEN_BY_SERDE = {
    HCATALOG_JSON: "JSON",
    LAZY_SIMPLE: "TEXTFILE",
    OPENX_JSON: "JSON",
    ORC: "ORC",
    PARQUET: "PARQUET",
}
_INSERTED_COMPRESSION = {"ORC": "ZLIB", "PARQUET": "SNAPPY"}
_UNLOAD_PROPERTIES = {"format", "compression", "field_delimiter", "partitioned_by"}


def create_table_as(match: re.Match[str], context: StatementContext) -> QueryResult:
    """Run ``CREATE TABLE … AS``: write the files, then create the table and its partitions."""
    properties = _properties(match["properties"], _TABLE_PROPERTIES)
    database, name = (match["database"] or context.database).lower(), match["table"].lower()
    try:
        find_table(database, name, context.region)
    except TableNotFoundError:
        pass
    else:
        if match["lenient"]:
            return _written(QueryResult(), [], 0)
        raise QueryFailedError(
            "TABLE_ALREADY_EXISTS", f"line 1:1: Table 'awsdatacatalog.{database}.{name}' already exists"
        )
    location = properties.get("external_location")
    if location and context.output_enforced:
        raise QueryFailedError(
            "INVALID_TABLE_PROPERTY",
            "external_location cannot be used in a workgroup that enforces its output location: remove it",
        )
    location = f"{(location or f'{context.output_folder}tables/{context.identifier}').rstrip('/')}/"
    _require_empty(
        location, f"HIVE_PATH_ALREADY_EXISTS: Target directory for table '{database}.{name}' already exists: {location}"
    )
    file_format = _file_format(properties)
    keys = read_names(properties.get("partitioned_by", ""))
    compression = properties.get("write_compression") or properties.get(f"{file_format.lower()}_compression")
    target = Target(
        location, file_format, compression or _default(file_format), keys, properties.get("field_delimiter", "\x01")
    )
    result, columns = _evaluate(match["query"], context, target, is_empty=bool(match["empty"]))
    storage: dict[str, Any] = {**(storage_of(file_format) or {}), "Location": location}
    storage["Columns"] = [column for column in columns if column["Name"] not in keys]
    if file_format == "TEXTFILE":
        delimiter = {"field.delim": target.delimiter, "serialization.format": target.delimiter}
        storage["SerdeInfo"] = {**storage["SerdeInfo"], "Parameters": delimiter}
    table = {
        "Name": name,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"EXTERNAL": "TRUE", "has_encrypted_data": "false"},
        "PartitionKeys": [column for column in columns if column["Name"] in keys],
        "StorageDescriptor": storage,
    }
    write_table(table, database, context.region)
    _register(context.region, database, name, storage, result)
    return result


def insert_into(match: re.Match[str], context: StatementContext) -> QueryResult:
    """Run ``INSERT INTO``: write files beside the existing ones, and create new partitions."""
    table = find_table(match["database"] or context.database, match["table"], context.region)
    table.check_format()
    storage: dict[str, Any] = table.definition["StorageDescriptor"]
    serde = storage.get("SerdeInfo", {})
    file_format = _WRITTEN_BY_SERDE.get(serde.get("SerializationLibrary"))
    if file_format is None:
        raise QueryFailedError(
            "NOT_SUPPORTED",
            f"INSERT INTO a table of {serde.get('SerializationLibrary')} is not supported by the local cloud",
        )
    target = Target(
        f"{storage['Location'].rstrip('/')}/",
        file_format,
        _INSERTED_COMPRESSION.get(file_format, "NONE"),
        [name for name, _ in table.partition_keys],
        serde.get("Parameters", {}).get("field.delim", "\x01"),
        [*table.columns, *table.partition_keys],
        _inserted_columns(match["columns"], table),
    )
    result, _ = _evaluate(match["query"], context, target)
    _register(context.region, table.database, table.name, storage, result)
    return result


def _inserted_columns(text: str | None, table: CatalogTable) -> list[str] | None:
    """Return the names in the list of columns of INSERT."""
    if text is None:
        return None
    names = [name.strip().strip('"').lower() for name in text.split(",")]
    there = {name for name, _ in [*table.columns, *table.partition_keys]}
    for name in names:
        if name not in there:
            raise QueryFailedError(
                "COLUMN_NOT_FOUND", f"line 1:1: Insert column name does not exist in target table: {name}"
            )
        if names.count(name) > 1:
            raise QueryFailedError(
                "DUPLICATE_COLUMN_NAME", f"line 1:1: Insert column name is specified more than once: {name}"
            )
    return names


def unload(match: re.Match[str], context: StatementContext) -> QueryResult:
    """Run ``UNLOAD``: write files without a table."""
    properties = _properties(match["properties"], _UNLOAD_PROPERTIES)
    location = f"{match['location'].rstrip('/')}/"
    _require_empty(location, f"HIVE_PATH_ALREADY_EXISTS: Target directory already exists: {location}")
    file_format = _file_format(properties)
    target = Target(
        location,
        file_format,
        properties.get("compression", _default(file_format)),
        read_names(properties.get("partitioned_by", "")),
        properties.get("field_delimiter", ","),
    )
    result, _ = _evaluate(match["query"], context, target)
    return result


def _evaluate(
    sql: str, context: StatementContext, target: Target, *, is_empty: bool = False
) -> tuple[QueryResult, list[dict[str, str]]]:
    sql = sql.strip()
    query = SelectQuery(parse_query(sql), context)
    writer = DataWriter(target, context, is_empty=is_empty)
    scanned = query.evaluate(writer.write)
    result = _written(QueryResult(scanned_bytes=scanned), writer.uris, writer.rows)
    result.data_location = target.location.rstrip("/")
    result.partitions = writer.partitions
    return result, writer.columns


def _written(result: QueryResult, uris: list[str], rows: int) -> QueryResult:
    result.columns = [named_column("rows", "bigint", 19)]
    result.statement_type = "DDL"  # its result has no header row
    result.written, result.update_count = uris, rows
    return result


def _register(region: str, database: str, name: str, storage: dict[str, Any], result: QueryResult) -> None:
    inputs = [
        {"Values": list(values), "StorageDescriptor": {**storage, "Location": location}}
        for values, location in result.partitions.items()
    ]
    if inputs:  # at most 100, which is also the limit of the call
        answer = client("glue", region).batch_create_partition(
            DatabaseName=database, TableName=name, PartitionInputList=inputs
        )
        for failure in answer.get("Errors", []):
            if failure["ErrorDetail"]["ErrorCode"] != "AlreadyExistsException":
                raise QueryFailedError("HIVE_METASTORE_ERROR", str(failure["ErrorDetail"]))


def _properties(text: str | None, known: set[str]) -> dict[str, str]:
    properties = {name.lower(): value for name, value in read_properties(text or "").items()}
    for name in sorted(set(properties) & set(_REFUSED_PROPERTIES)):
        raise QueryFailedError(
            "NOT_SUPPORTED", f"{name}: {_REFUSED_PROPERTIES[name]} is not supported by the local cloud"
        )
    if properties.get("table_type", "HIVE").upper() != "HIVE":
        raise QueryFailedError(
            "NOT_SUPPORTED",
            f"table_type {properties['table_type']} is not supported by the local cloud, which has HIVE",
        )
    unknown = sorted(set(properties) - known)
    if unknown:
        raise QueryFailedError(
            "NOT_SUPPORTED",
            f"The property '{unknown[0]}' is not supported by the local cloud, which supports {sorted(known)}",
        )
    return properties


def _default(file_format: str) -> str:
    """Return the compression of a format: https://docs.aws.amazon.com/athena/latest/ug/compression-formats.html."""
    return "ZLIB" if file_format == "ORC" else "GZIP"


def _file_format(properties: dict[str, str]) -> str:
    name = properties.get("format", "PARQUET").upper()
    if name not in FORMATS:
        raise QueryFailedError(
            "NOT_SUPPORTED", f"The format {name} is not supported by the local cloud, which writes {', '.join(FORMATS)}"
        )
    return name


def _require_empty(location: str, otherwise: str) -> None:
    bucket, prefix = split_uri(location)
    try:
        taken = list_objects(bucket, prefix)
    except NoSuchBucketError as error:
        raise QueryFailedError("PERMISSION_DENIED", f"Access denied on S3 path: {location}") from error
    if taken:
        name, _, message = otherwise.partition(": ")
        raise QueryFailedError(name, message)
