"""The result of a query as CSV, JSON and Parquet."""

from __future__ import annotations

import json
import os
import tempfile
from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.cli.athena.result_csv import write_row
from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.terminal.terminal_text import json_escaped
from partitioned_pipelines.lake.unsafe_text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from partitioned_pipelines.cli.athena.result import QueryResult, ResultColumn
    from partitioned_pipelines.cli.athena.result_csv import Row

# DuckDB's default, 2 MB, is smaller than the longest possible value; its buffer grows only as far as the file needs.
_LONGEST_ROW = 256 << 20
_SAME_NAME = {"tinyint", "smallint", "integer", "bigint", "boolean", "double", "date", "time", "timestamp"}
_OTHER_NAME = {"int": "integer", "float": "real", "real": "real"}


def csv_document(result: QueryResult, limit: int | None = None, *, for_terminal: bool = False) -> Iterator[bytes]:
    """Yield the header and the rows in chunks; without a limit, a query's result object is copied byte for byte.

    Parameters
    ----------
    for_terminal
        Whether to escape control characters, as in everything printed to a terminal.
    """
    if result.object and limit is None and not for_terminal:
        yield from result.object.chunks()
        return
    show = visible if for_terminal else str
    if result.columns:
        yield _encoded(write_row([show(column.label) for column in result.columns]))
    for row in result.rows(limit):
        yield _encoded(write_row([None if cell is None else show(cell) for cell in row]))


def _encoded(text: str) -> bytes:
    return text.encode(errors="surrogateescape")


def typed_value(cell: str | None, column: ResultColumn) -> Any:
    """Return a cell's value by its column's type.

    Numbers and booleans are converted. Values that JSON cannot represent stay strings: dates, nested values, NaN, and
    decimals with more digits than a double.
    """
    if cell is None:
        return None
    if column.is_integer:
        return int(cell)
    if column.kind == "boolean":
        return cell.lower() == "true"
    if column.is_float:
        return value if isfinite(value := float(cell)) else cell
    if column.is_decimal:
        exact = Decimal(cell)
        if exact == exact.to_integral_value() and "." not in cell:
            return int(exact)
        return value if Decimal(repr(value := float(cell))) == exact else cell
    return cell


def json_document(columns: Sequence[ResultColumn], rows: Iterable[Row], *, ascii_only: bool = False) -> Iterator[str]:
    """Yield a JSON array in chunks, with an object for each row, one per line.

    Control characters are written as JSON escapes, as in ``partitioned_pipelines.cli.terminal.output.print_json``.
    """
    encode = json.JSONEncoder(ensure_ascii=ascii_only, allow_nan=False).encode
    before = "[\n  "
    for row in rows:
        values = {column.name: typed_value(cell, column) for column, cell in zip(columns, row, strict=True)}
        yield before + json_escaped(encode(values))
        before = ",\n  "
    yield "[]\n" if before[0] == "[" else "\n]\n"


def write_parquet(source: Path, target: Path, columns: Sequence[ResultColumn], limit: int | None) -> None:
    """Convert a file of Athena's CSV to Parquet.

    Numbers, booleans, dates, times and binary values get the corresponding types. Arrays, maps, rows, JSON and intervals are strings, as
    Athena writes them: its notation for nested values cannot be parsed.

    Raises
    ------
    CommandError
        If a value does not match its column's type.
    """
    import duckdb  # takes a quarter of a second, which other output formats avoid

    # Generated names: the result's names occur only in the SELECT, quoted.
    names = [f"c{index}" for index in range(len(columns))]
    described = ", ".join(f"{name}: 'VARCHAR'" for name in names)
    values = ", ".join(
        f"{_value(name, column)} AS {_quoted_name(column.name)}" for name, column in zip(names, columns, strict=True)
    )
    first = "" if limit is None else f" LIMIT {limit}"
    read = (
        f"read_csv($source, auto_detect = false, header = true, delim = ',', quote = '\"', escape = '\"', new_line = '\\n', "
        f"nullstr = '', allow_quoted_nulls = false, parallel = false, max_line_size = {_LONGEST_ROW}, columns = {{{described}}})"
    )
    with tempfile.TemporaryDirectory(prefix="pipelines-query-") as folder:
        # With several threads, each holds a row group, and row groups wait for the preceding ones.
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
    """Return the expression that converts a column's text to its type."""
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


def _quoted_name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
