"""How a storage descriptor says that files are read, and the SELECT that reads them so.

Every SELECT gives the columns of the table and a column ``filename``, by which each row finds its object.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local_cloud.athena.delimited_text import DelimitedText
from local_cloud.athena.errors import QueryFailedError
from local_cloud.athena.json_rows import json_objects_sql, json_rows_sql
from local_cloud.athena.parquet_rows import parquet_rows_sql
from local_cloud.athena.quoted_text import quoted_text_sql
from local_cloud.athena.storage_formats import HCATALOG_JSON, LAZY_SIMPLE, OPEN_CSV, OPENX_JSON, PARQUET
from local_cloud.athena.text_lines import lines_sql

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import duckdb

_JSON = {OPENX_JSON, HCATALOG_JSON}


def is_text(storage: Mapping[str, Any]) -> bool:
    """Return whether files are read as lines."""
    return _library(storage) != PARQUET


def is_read_by_name(storage: Mapping[str, Any]) -> bool:
    """Return whether a partition's columns are compared with the table's by their names; else it is by their positions."""
    return _library(storage) in {PARQUET, HCATALOG_JSON}


def select_sql(
    connection: duckdb.DuckDBPyConnection,
    storage: Mapping[str, Any],
    table_columns: Sequence[tuple[str, str]],
    parameters: Mapping[str, str],
    paths: Sequence[Path],
    *,
    reads_columns: bool,
) -> str:
    """Build the SELECT over some files.

    Parameters
    ----------
    storage
        The partition's own StorageDescriptor.
    table_columns
        Name and Hive type, as the table has them: what the query sees.
    parameters
        Of the table.
    reads_columns
        Whether the query reads any of the columns.
    """
    library = _library(storage)
    # By name in Parquet and JSON; in text by position, of as many columns as the partition had when it was registered.
    known = len(storage.get("Columns", []))
    places = {name: index for index, (name, _) in enumerate(table_columns) if index < known}
    files = [str(path) for path in dict.fromkeys(paths)]
    if library == PARQUET:
        return parquet_rows_sql(connection, table_columns, files)
    serde_parameters = storage.get("SerdeInfo", {}).get("Parameters", {})
    skipped = int(parameters.get("skip.header.line.count", "0"))
    if library in _JSON:
        if not reads_columns:
            return json_objects_sql(connection, table_columns, files, skipped)
        return json_rows_sql(table_columns, files, skipped)
    lines = lines_sql(files, skipped)
    if library == LAZY_SIMPLE:
        return DelimitedText.of(serde_parameters).select_sql(table_columns, places, lines)
    if library == OPEN_CSV:
        return quoted_text_sql(table_columns, places, serde_parameters, lines)
    raise QueryFailedError("HIVE_UNSUPPORTED_FORMAT", f"The SerDe {library} is not known to the local cloud")


def _library(storage: Mapping[str, Any]) -> str:
    return str(storage.get("SerdeInfo", {}).get("SerializationLibrary", LAZY_SIMPLE))
