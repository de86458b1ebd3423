"""How a storage descriptor says that files are read, and the SELECT that reads them so.

Every SELECT gives the columns of the table and a column ``filename``, by which each row finds its object.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local_cloud.athena.errors import QueryFailedError
from local_cloud.athena.hive_types import INTEGERS, duckdb_type, literal, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import duckdb

_LAZY_SIMPLE = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
_PARQUET = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
_JSON = {"org.openx.data.jsonserde.JsonSerDe", "org.apache.hive.hcatalog.data.JsonSerDe"}
_ESCAPED_DELIMITER, _ESCAPED_ESCAPE = "chr(57344)", "chr(57345)"  # of Unicode's private use area
# What Trino's reader of Hive text takes, where DuckDB's cast would take more.
_GUARDS = {
    **dict.fromkeys(INTEGERS, r"[+-]?\d+"),
    "BOOLEAN": r"(?i)true|false",
    "DATE": r"\d{4}-\d{1,2}-\d{1,2}",
    "TIMESTAMP": r"\d{4}-\d{1,2}-\d{1,2} \d{1,2}:\d{1,2}(:\d{1,2}(\.\d{1,9})?)?",
}


def is_text(storage: Mapping[str, Any]) -> bool:
    """Say whether files are read as lines."""
    return _library(storage) != _PARQUET


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
    # By name in Parquet and JSON; in text the partition's own columns say which field is which.
    places = {column["Name"].lower(): index for index, column in enumerate(storage.get("Columns", []))}
    listed = "[" + ", ".join(literal(str(path)) for path in dict.fromkeys(paths)) + "]"
    if library == _PARQUET:
        return _parquet(connection, table_columns, listed)
    lines = _lines(listed, int(parameters.get("skip.header.line.count", "0")))
    if library == _LAZY_SIMPLE:
        return _lazy_simple(storage, table_columns, places, lines)
    if library in _JSON:
        return _json(table_columns, lines)
    raise QueryFailedError("HIVE_UNSUPPORTED_FORMAT", f"The SerDe {library} is not known to the local cloud")


def _library(storage: Mapping[str, Any]) -> str:
    return str(storage.get("SerdeInfo", {}).get("SerializationLibrary", _LAZY_SIMPLE))


def _lines(listed: str, skipped: int) -> str:
    content = "CASE WHEN suffix(content, chr(10)) THEN content[:-2] ELSE content END"
    split = f"string_split({content}, chr(10))"
    return f"(SELECT filename, unnest({split}[{skipped + 1}:]) AS line FROM read_text({listed}))"


def _lazy_simple(
    storage: Mapping[str, Any], columns: Sequence[tuple[str, str]], places: Mapping[str, int], lines: str
) -> str:
    """Split at the delimiter, and nowhere else: there are no quotes.

    https://docs.aws.amazon.com/athena/latest/ug/lazy-simple-serde.html
    """
    serde = storage.get("SerdeInfo", {}).get("Parameters", {})
    delimiter = serde.get("field.delim", serde.get("serialization.format", "\x01"))
    escape, null = serde.get("escape.delim"), serde.get("serialization.null.format", "\\N")
    line = "line"
    if escape:
        line = f"replace(line, {literal(escape * 2)}, {_ESCAPED_ESCAPE})"
        line = f"replace({line}, {literal(escape + delimiter)}, {_ESCAPED_DELIMITER})"
    fields = f"(SELECT filename, string_split({line}, {literal(delimiter)}) AS fields FROM {lines})"
    selected = []
    for name, hive_type in columns:
        raw = f"nullif(fields[{places[name] + 1}], {literal(null)})" if name in places else "NULL::VARCHAR"
        if escape:
            raw = f"replace(replace({raw}, {_ESCAPED_DELIMITER}, {literal(delimiter)}), {_ESCAPED_ESCAPE}, {literal(escape)})"
        selected.append(f"{_from_text(raw, duckdb_type(hive_type))} AS {quoted(name)}")
    return f"SELECT {', '.join(selected)}, filename FROM {fields}"


def _from_text(raw: str, kind: str) -> str:
    """Read a text as a type; what does not parse is null."""
    if kind == "VARCHAR":
        return raw
    if kind == "BLOB":
        return f"encode({raw})"
    if kind in _GUARDS:
        return f"CASE WHEN regexp_full_match({raw}, {literal(_GUARDS[kind])}) THEN TRY_CAST({raw} AS {kind}) END"
    return f"TRY_CAST({raw} AS {kind})"


def _json(columns: Sequence[tuple[str, str]], lines: str) -> str:
    """Read one object a line, its keys in any case; a line that is none fails the query, as it does in Athena."""
    checked = (
        "(SELECT filename, CASE WHEN json_valid(line) AND json_type(line) = 'OBJECT' THEN line::JSON ELSE "
        "error('HIVE_CURSOR_ERROR: Row is not a valid JSON Object - JSONException: ' || line) END AS document "
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
            value = _from_text(f"json_extract_string(document, {path})", kind)
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
