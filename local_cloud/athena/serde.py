"""How a storage descriptor says that files are read, and the SELECT that reads them so.

Every SELECT gives the columns of the table and a column ``filename``, by which each row finds its object.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local_cloud.athena.delimited_text import DelimitedText
from local_cloud.athena.errors import QueryFailedError
from local_cloud.athena.hive_types import INTEGERS, duckdb_type, literal, quoted
from local_cloud.athena.quoted_text import quoted_text_sql
from local_cloud.athena.text_values import scalar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import duckdb

_LAZY_SIMPLE = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
_OPEN_CSV = "org.apache.hadoop.hive.serde2.OpenCSVSerde"
_PARQUET = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
_HCATALOG_JSON = "org.apache.hive.hcatalog.data.JsonSerDe"
_JSON = {"org.openx.data.jsonserde.JsonSerDe", _HCATALOG_JSON}


def is_text(storage: Mapping[str, Any]) -> bool:
    """Say whether files are read as lines."""
    return _library(storage) != _PARQUET


def is_read_by_name(storage: Mapping[str, Any]) -> bool:
    """Return whether a partition's columns are compared with the table's by their names; else it is by their positions."""
    return _library(storage) in {_PARQUET, _HCATALOG_JSON}


def select_sql(
    connection: duckdb.DuckDBPyConnection,
    storage: Mapping[str, Any],
    table_columns: Sequence[tuple[str, str]],
    parameters: Mapping[str, str],
    paths: Sequence[Path],
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
    """
    library = _library(storage)
    # By name in Parquet and JSON; in text by position, of as many columns as the partition had when it was registered.
    known = len(storage.get("Columns", []))
    places = {name: index for index, (name, _) in enumerate(table_columns) if index < known}
    listed = "[" + ", ".join(literal(str(path)) for path in dict.fromkeys(paths)) + "]"
    if library == _PARQUET:
        return _parquet(connection, table_columns, listed)
    serde_parameters = storage.get("SerdeInfo", {}).get("Parameters", {})
    lines = _lines(listed, int(parameters.get("skip.header.line.count", "0")))
    if library == _LAZY_SIMPLE:
        return DelimitedText.of(serde_parameters).select_sql(table_columns, places, lines)
    if library == _OPEN_CSV:
        return quoted_text_sql(table_columns, places, serde_parameters, lines)
    if library in _JSON:
        return _json(table_columns, lines)
    raise QueryFailedError("HIVE_UNSUPPORTED_FORMAT", f"The SerDe {library} is not known to the local cloud")


def _library(storage: Mapping[str, Any]) -> str:
    return str(storage.get("SerdeInfo", {}).get("SerializationLibrary", _LAZY_SIMPLE))


def _lines(listed: str, skipped: int) -> str:
    content = "CASE WHEN suffix(content, chr(10)) THEN content[:-2] ELSE content END"
    split = f"string_split({content}, chr(10))"
    return f"(SELECT filename, unnest({split}[{skipped + 1}:]) AS line FROM read_text({listed}))"


def _json(columns: Sequence[tuple[str, str]], lines: str) -> str:
    """Read one object a line, its keys in any case; a line that is none fails the query, as it does in Athena."""
    checked = (
        "(SELECT filename, CASE WHEN json_valid(line) AND json_type(line) = 'OBJECT' THEN line::JSON ELSE "
        "error('HIVE_CURSOR_ERROR: Row is not a valid JSON Object - JSONException: ' || line[:200]) END AS document "
        f"FROM {lines} WHERE trim(line) <> '')"
    )
    selected = []
    for name, hive_type in columns:
        key = f"list_filter(json_keys(document), lambda key: lower(key) = {literal(name)})[1]"
        path = f"'$.\"' || {key} || '\"'"
        kind = duckdb_type(hive_type)
        if "(" in kind.replace("DECIMAL(", "") or kind.endswith("[]"):
            value = f"TRY_CAST(json_extract(document, {path}) AS {kind})"
        else:
            value = scalar(f"json_extract_string(document, {path})", kind)
        selected.append(f"{value} AS {quoted(name)}")
    return f"SELECT {', '.join(selected)}, filename FROM {checked}"


def _parquet(connection: duckdb.DuckDBPyConnection, columns: Sequence[tuple[str, str]], listed: str) -> str:
    source = f"read_parquet({listed}, filename=true, union_by_name=true, hive_partitioning=false)"
    described = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
    there = {str(row[0]).lower(): (str(row[0]), str(row[1])) for row in described}
    selected = []
    for name, hive_type in columns:
        wanted = duckdb_type(hive_type)
        if name not in there:
            selected.append(f"NULL::{wanted} AS {quoted(name)}")
            continue
        own_name, kind = there[name]
        if not _is_readable(kind, wanted):
            raise QueryFailedError(
                "HIVE_BAD_DATA",
                f"Field {name}'s type {kind} in parquet file is incompatible with type {hive_type} defined in table schema",
            )
        selected.append(f"CAST({quoted(own_name)} AS {wanted}) AS {quoted(name)}")
    return f"SELECT {', '.join(selected)}, filename FROM {source}"


def _is_readable(kind: str, wanted: str) -> bool:
    """Say whether a column of a Parquet file can be read as the table's type: within a family of types only."""
    families = (
        {*INTEGERS, "UTINYINT", "USMALLINT", "UINTEGER"},
        {"FLOAT", "DOUBLE"},
        {"VARCHAR", "BLOB", "JSON"},
        {"TIMESTAMP", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP_S", "TIMESTAMP WITH TIME ZONE"},
    )
    if kind == wanted or any({kind, wanted} <= family for family in families):
        return True
    same_shape = kind.partition("(")[0] == wanted.partition("(")[0]
    return same_shape and ("(" in wanted or wanted.endswith("[]"))
