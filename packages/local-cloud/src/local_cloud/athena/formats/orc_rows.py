"""ORC files, read by PyArrow. Each is checked against the table separately, and one with incompatible types fails the query."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING

from local_cloud.athena.catalog.hive_types import duckdb_type, quoted
from local_cloud.athena.errors import QueryFailedError
from local_cloud.athena.formats.columnar_values import selected_columns

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import duckdb
    import pyarrow as pa

    from local_cloud.athena.formats.columnar_values import FileColumn

_INTEGERS = {"SMALLINT", "INTEGER", "BIGINT"}
# https://github.com/trinodb/trino/tree/master/lib/trino-orc/src/main/java/io/trino/orc/reader (verifyStreamType)
_READ_AS = {
    "BOOLEAN": {"BOOLEAN"},
    "TINYINT": {"TINYINT"},
    "SMALLINT": _INTEGERS,
    "INTEGER": _INTEGERS,
    "BIGINT": _INTEGERS,
    "FLOAT": {"FLOAT"},
    "DOUBLE": {"FLOAT", "DOUBLE"},
    "VARCHAR": {"VARCHAR", "BLOB"},
    "BLOB": {"VARCHAR", "BLOB"},
    "DATE": {"DATE"},
    "TIMESTAMP": {"TIMESTAMP_NS"},
}
_ORC_TYPES = {
    "TINYINT": "BYTE",
    "SMALLINT": "SHORT",
    "INTEGER": "INT",
    "BIGINT": "LONG",
    "VARCHAR": "STRING",
    "BLOB": "BINARY",
    "TIMESTAMP_NS": "TIMESTAMP",
    "TIMESTAMPTZ_NS": "TIMESTAMP_INSTANT",
}
_NAMELESS = re.compile(r"_col\d+")


def orc_rows_sql(
    connection: duckdb.DuckDBPyConnection,
    columns: Sequence[tuple[str, str]],
    paths: Sequence[str],
    *,
    by_name: bool,
    read: Collection[str] | None = None,
) -> str:
    """Return the SELECT over some files; files with the same schema are read together, without columns that the query does not need.

    Parameters
    ----------
    by_name
        Whether columns are found by name, and not by position.
    read
        The names of the columns that the query reads; the others are null. None for all.

    Raises
    ------
    QueryFailedError
        If Athena does not read the type of a file's column as the table's type, or PyArrow is not installed.
    """
    selects = []
    for schema, same in _by_schema(paths).items():
        if by_name:
            _check_names(schema.names)
        source, filename = _register(connection, schema, same)
        described = connection.sql(f"SELECT * EXCLUDE ({quoted(filename)}) FROM {source} LIMIT 0")
        there = list(zip(described.columns, described.types, strict=True))
        selected = selected_columns(
            columns, read, there, _READ_AS, by_name=by_name, mismatch=_mismatch, own_sql=_checked
        )
        selects.append(f"SELECT {', '.join([*selected, f'{quoted(filename)} AS filename'])} FROM {source}")
    return " UNION ALL ".join(selects)


def _by_schema(paths: Sequence[str]) -> dict[pa.Schema, list[str]]:
    try:
        from pyarrow import lib, orc  # a large package, which the tables of other formats do not need
    except ImportError as error:
        raise QueryFailedError(
            "NOT_SUPPORTED", "the local cloud reads ORC by PyArrow, which is not installed: pip install pyarrow"
        ) from error
    found: dict[pa.Schema, list[str]] = {}
    for path in paths:
        try:
            schema = orc.ORCFile(path).schema.remove_metadata()
        except (OSError, lib.ArrowException) as error:
            raise _unopened(str(error)) from error
        found.setdefault(schema, []).append(path)
    return found


def _register(connection: duckdb.DuckDBPyConnection, schema: pa.Schema, paths: list[str]) -> tuple[str, str]:
    """Register files as a source of the connection, and return the names of the source and of its file name column."""
    import pyarrow as pa
    from pyarrow import dataset, fs

    filename = "filename"
    while filename in schema.names:
        filename += "_"
    files = dataset.FileSystemDataset.from_paths(
        paths,
        schema=schema.append(pa.field(filename, pa.string())),
        format=dataset.OrcFileFormat(),
        filesystem=fs.LocalFileSystem(),
        partitions=[dataset.field(filename) == path for path in paths],
    )
    source = f"orc_{uuid.uuid4().hex}"
    connection.register(source, files)
    return source, filename


def _check_names(names: Sequence[str]) -> None:
    if names and all(map(_NAMELESS.fullmatch, names)):
        raise QueryFailedError("HIVE_FILE_MISSING_COLUMN_NAMES", "ORC file does not contain column names in the footer")
    if len({name.lower() for name in names}) < len(names):
        raise _unopened(f"Multiple entries with same key: {sorted(names)}")


def _mismatch(own: FileColumn, column: tuple[str, str]) -> QueryFailedError:
    name, kind = own
    stored = _ORC_TYPES.get(str(kind), kind.id.upper())
    wanted = duckdb_type(column[1]).lower()
    return _unopened(f"Cannot read SQL type '{wanted}' from ORC stream '.{name}' of type {stored}")


def _checked(own: FileColumn) -> str:
    """Return the SQL of a column, with an error for timestamps that PyArrow writes and reads, and Trino rejects.

    PyArrow writes fractions of a second before 1970 as negative nanoseconds:
    https://github.com/apache/arrow/blob/main/cpp/src/arrow/adapters/orc/util.cc
    """
    name, kind = own
    column = quoted(name)
    if str(kind) != "TIMESTAMP_NS":
        return column
    nanoseconds = f"epoch_ns({column})"
    said = "'HIVE_BAD_DATA: Malformed ORC file. Nanos field of timestamp is out of range'"
    return (
        f"CASE WHEN {nanoseconds} < 0 AND {nanoseconds} % 1000000000 <> 0 THEN CAST(error({said}) AS TIMESTAMP_NS) "
        f"ELSE {column} END"
    )


def _unopened(problem: str) -> QueryFailedError:
    """Return the error of Trino's OrcPageSourceFactory."""
    return QueryFailedError("HIVE_CANNOT_OPEN_SPLIT", f"Error opening Hive split: Malformed ORC file. {problem}")
