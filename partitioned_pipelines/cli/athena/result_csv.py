"""CSV as Athena writes a query's rows: each value in quotes, null as nothing, rows end with a newline.

The csv module reads a null and an empty string alike; what tells them apart are the quotes:
https://github.com/pyathena-dev/PyAthena/blob/master/docs/null_handling.rst
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from partitioned_pipelines.cli.errors import CommandError, ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    Row = tuple[str | None, ...]

_CELL = re.compile(r'(?:"((?:[^"]|"")*)"|([^,]*))(?:,|\Z)')


class TornResultError(CommandError):
    """What was read is not a result as Athena writes it."""

    def __init__(self, message: str) -> None:
        super().__init__(message, exit_code=ExitCode.FAILED)


def row_bytes(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield each row of a file that is read in pieces, the header first, without its newline: one within quotes is part of a row."""
    rest, pieces, quotes = b"", [], 0
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            quotes += line.count(b'"')
            if quotes % 2:
                pieces.append(line)
                continue
            yield b"\n".join([*pieces, line]) if pieces else line
            pieces, quotes = [], 0
    if rest or pieces:
        yield b"\n".join([*pieces, rest])


def parse_row(row: bytes, width: int) -> Row:
    """Return the cells of a row.

    Raises
    ------
    TornResultError
        If it has another number of cells than ``width``.
    """
    text = row.decode(errors="surrogateescape")
    # Most rows have neither a null nor a quote in a value: two quotes side by side are in every other one.
    cells = text[1:-1].split('","')
    if len(cells) == width and text[:1] == text[-1:] == '"' and '""' not in text and len(text) > 1:
        return tuple(cells)
    found = [*_CELL.finditer(text)]
    # The pattern finds nothing once more behind a last cell, which no comma follows.
    if len(found) > 1 and not found[-1][0] and not found[-2][0].endswith(","):
        found.pop()
    if len(found) != width or sum(len(cell[0]) for cell in found) != len(text):
        raise TornResultError(f"a row of the query's result does not have {width} columns: {text[:200]!r}")
    return tuple(cell[1].replace('""', '"') if cell[1] is not None else cell[2] or None for cell in found)


def write_row(cells: Sequence[str | None]) -> str:
    """Write a row in the same way."""
    return ",".join("" if cell is None else '"' + cell.replace('"', '""') + '"' for cell in cells) + "\n"
