"""A result as a Parquet file, converted by DuckDB, which holds one row group at a time."""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.cli.errors import CommandError, ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from partitioned_pipelines.cli.athena.result import ResultColumn

# DuckDB's default, 2 MB, is less than a value can have; its buffer is as large as the file needs.
_LONGEST_ROW = 256 << 20
_SAME_NAME = {"tinyint", "smallint", "integer", "bigint", "boolean", "double", "date", "time", "timestamp"}
_OTHER_NAME = {"int": "integer", "float": "real", "real": "real"}


def write_parquet(source: Path, target: Path, columns: Sequence[ResultColumn], limit: int | None) -> None:
    """Convert a file of Athena's CSV.

    Numbers, booleans, dates, times and binary values are of their own types. Arrays, maps, rows, JSON and intervals are strings, as Athena
    writes them: its text of a nested value cannot be read back.

    Raises
    ------
    CommandError
        If a value is not of its column's type.
    """
    import duckdb  # a quarter of a second, which other ways of output need not wait for

    # Names of our own: those of the result go into the SELECT alone, quoted.
    names = [f"c{index}" for index in range(len(columns))]
    described = ", ".join(f"{name}: 'VARCHAR'" for name in names)
    values = ", ".join(
        f"{_value(name, column)} AS {_quoted(column.name)}" for name, column in zip(names, columns, strict=True)
    )
    first = "" if limit is None else f" LIMIT {limit}"
    read = (
        f"read_csv($source, auto_detect = false, header = true, delim = ',', quote = '\"', escape = '\"', new_line = '\\n', "
        f"nullstr = '', allow_quoted_nulls = false, parallel = false, max_line_size = {_LONGEST_ROW}, columns = {{{described}}})"
    )
    with tempfile.TemporaryDirectory(prefix="pipelines-query-") as folder:
        # With several threads, each holds a row group, and row groups wait for those before them.
        options: dict[str, Any] = {"threads": 1, "temp_directory": folder, "autoinstall_known_extensions": "false"}
        connection = duckdb.connect(":memory:", config=options)
        try:
            statement = f"COPY (SELECT {values} FROM {read}{first}) TO $target (FORMAT PARQUET)"  # noqa: S608  # names are quoted
            connection.execute(statement, {"source": os.fspath(source), "target": os.fspath(target)})
        except duckdb.Error as error:
            said = str(error).partition("\n")[0]
            raise CommandError(
                f"the result cannot be written as Parquet: {said}",
                "write it as .csv or .json",
                exit_code=ExitCode.FAILED,
            ) from error
        finally:
            connection.close()


def _value(name: str, column: ResultColumn) -> str:
    """Build the expression that reads a column's text as its type."""
    match column.kind:
        case kind if kind in _SAME_NAME:
            return f"CAST({name} AS {kind.upper()})"
        case kind if kind in _OTHER_NAME:
            return f"CAST({name} AS {_OTHER_NAME[kind].upper()})"
        case "decimal" if column.precision:
            return f"CAST({name} AS DECIMAL({column.precision}, {column.scale}))"
        case "varbinary":
            return f"unhex(replace({name}, ' ', ''))"
        case "timestamp with time zone":
            clock, zone = f"CAST({name}[:23] AS TIMESTAMP)", f"{name}[25:]"
            return f"CASE WHEN {zone}[1] IN ('+', '-') THEN CAST({name}[:23] || {zone} AS TIMESTAMPTZ) ELSE timezone({zone}, {clock}) END"
    return name


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
