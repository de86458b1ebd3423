"""Rows as JSON objects with typed values."""

from __future__ import annotations

import json
from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.cli.terminal.terminal_text import json_escaped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from partitioned_pipelines.cli.athena.result import ResultColumn
    from partitioned_pipelines.cli.athena.result_csv import Row


def typed_value(cell: str | None, column: ResultColumn) -> Any:
    """Read a cell by its column's type.

    Numbers are numbers and booleans are booleans. What JSON cannot hold as it is stays a string: dates, nested values, a NaN,
    and a decimal with more digits than a double.
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
    """Yield a JSON array of an object for each row, piece by piece: an object a line.

    What a terminal would obey is written with JSON's own escapes, as in ``partitioned_pipelines.cli.terminal.output.print_json``.
    """
    encode = json.JSONEncoder(ensure_ascii=ascii_only, allow_nan=False).encode
    before = "[\n  "
    for row in rows:
        values = {column.name: typed_value(cell, column) for column, cell in zip(columns, row, strict=True)}
        yield before + json_escaped(encode(values))
        before = ",\n  "
    yield "[]\n" if before[0] == "[" else "\n]\n"
