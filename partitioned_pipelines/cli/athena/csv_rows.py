"""Rows as CSV, as Athena itself writes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.cli.athena.result_csv import write_row
from partitioned_pipelines.cli.terminal.terminal_text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from partitioned_pipelines.cli.athena.result import QueryResult


def csv_document(result: QueryResult, limit: int | None = None, *, for_terminal: bool = False) -> Iterator[bytes]:
    """Yield the header and the rows, piece by piece; all rows of a query are its result's object, byte by byte.

    Parameters
    ----------
    for_terminal
        Whether to write control characters as their escapes, as everything that people read.
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
