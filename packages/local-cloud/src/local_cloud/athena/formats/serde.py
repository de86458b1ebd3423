"""The SELECT over files, for the SerDe that their storage descriptor names.

Each SELECT returns the table's columns and a column ``filename``, which identifies the row's object.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from local_cloud.athena.catalog.storage_formats import HCATALOG_JSON, LAZY_SIMPLE, OPEN_CSV, OPENX_JSON, ORC, PARQUET
from local_cloud.athena.errors import QueryFailedError
from local_cloud.athena.formats.delimited_text import DelimitedText
from local_cloud.athena.formats.json_counts import count_objects
from local_cloud.athena.formats.json_rows import HIVE_RULES, json_objects_sql, json_rows_sql, openx_rules
from local_cloud.athena.formats.orc_rows import orc_rows_sql
from local_cloud.athena.formats.parquet_rows import parquet_rows_sql
from local_cloud.athena.formats.quoted_text import quoted_text_sql
from local_cloud.athena.formats.text_lines import lines_sql

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path

    import duckdb

    from local_cloud.athena.formats.json_rows import JsonRules


class _RowsSql(Protocol):
    def __call__(
        self,
        connection: duckdb.DuckDBPyConnection,
        columns: Sequence[tuple[str, str]],
        paths: Sequence[str],
        *,
        by_name: bool,
        read: Collection[str] | None = None,
    ) -> str: ...


@dataclass(frozen=True, slots=True)
class _Columnar:
    """A format whose files contain the names and types of their columns.

    Attributes
    ----------
    rows_sql
        Returns the SELECT over some files.
    index_access
        The SerDe's parameter for finding columns by position, and its default.
        https://docs.aws.amazon.com/athena/latest/ug/handling-schema-updates-chapter.html#index-access
    """

    rows_sql: _RowsSql
    index_access: tuple[str, bool]

    def is_read_by_name(self, storage: Mapping[str, Any]) -> bool:
        parameter, default = self.index_access
        return _serde_parameters(storage).get(parameter, str(default)).lower() != "true"


_COLUMNAR = {
    ORC: _Columnar(orc_rows_sql, ("orc.column.index.access", True)),
    PARQUET: _Columnar(parquet_rows_sql, ("parquet.column.index.access", False)),
}
_JSON = {OPENX_JSON, HCATALOG_JSON}
_SKIPPED = "skip.header.line.count"


def is_text(storage: Mapping[str, Any]) -> bool:
    """Return whether files are read line by line."""
    return _library(storage) not in _COLUMNAR


def is_read_by_name(storage: Mapping[str, Any]) -> bool:
    """Return whether a partition's columns are matched with the table's by name, and not by position."""
    columnar = _COLUMNAR.get(_library(storage))
    return columnar.is_read_by_name(storage) if columnar else _library(storage) == HCATALOG_JSON


def row_counter(
    connection: duckdb.DuckDBPyConnection, storage: Mapping[str, Any], parameters: Mapping[str, str]
) -> Callable[[Path], int | None] | None:
    """Return the function that counts the rows of a stored file for a query that reads no column, or None if it has to be read.

    The function returns None for a file that has to be read.
    """
    if _library(storage) not in _JSON or int(parameters.get(_SKIPPED, "0")):
        return None
    rules = _json_rules(storage)
    return lambda file: count_objects(connection, file, rules)


def select_sql(
    connection: duckdb.DuckDBPyConnection,
    storage: Mapping[str, Any],
    table_columns: Sequence[tuple[str, str]],
    parameters: Mapping[str, str],
    paths: Sequence[Path],
    *,
    reads_columns: bool,
    read: Collection[str] | None = None,
) -> str:
    """Return the SELECT over some files.

    Parameters
    ----------
    storage
        The partition's own StorageDescriptor.
    table_columns
        The name and Hive type of each of the table's columns, which the query sees.
    parameters
        The table's parameters.
    reads_columns
        Whether the query reads any of the columns.
    read
        The names of the columns that the query reads; None for all.
    """
    library = _library(storage)
    # In text by position, up to the number of columns that the partition was registered with.
    known = len(storage.get("Columns", []))
    places = {name: index for index, (name, _) in enumerate(table_columns) if index < known}
    files = [str(path) for path in dict.fromkeys(paths)]
    if columnar := _COLUMNAR.get(library):
        by_name = columnar.is_read_by_name(storage)
        return columnar.rows_sql(connection, table_columns, files, by_name=by_name, read=read)
    serde_parameters = _serde_parameters(storage)
    skipped = int(parameters.get(_SKIPPED, "0"))
    if library in _JSON:
        rules = _json_rules(storage)
        if not reads_columns:
            return json_objects_sql(connection, table_columns, files, skipped, rules)
        return json_rows_sql(table_columns, files, skipped, rules)
    lines = lines_sql(files, skipped)
    if library == LAZY_SIMPLE:
        return DelimitedText.of(serde_parameters).select_sql(table_columns, places, lines)
    if library == OPEN_CSV:
        return quoted_text_sql(connection, table_columns, places, serde_parameters, lines)
    raise QueryFailedError("HIVE_UNSUPPORTED_FORMAT", f"The local cloud does not support the SerDe {library}")


def _library(storage: Mapping[str, Any]) -> str:
    return str(storage.get("SerdeInfo", {}).get("SerializationLibrary", LAZY_SIMPLE))


def _json_rules(storage: Mapping[str, Any]) -> JsonRules:
    return HIVE_RULES if _library(storage) == HCATALOG_JSON else openx_rules(_serde_parameters(storage))


def _serde_parameters(storage: Mapping[str, Any]) -> dict[str, str]:
    return dict(storage.get("SerdeInfo", {}).get("Parameters", {}))
