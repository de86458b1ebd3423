"""Athena's CSV format for a query's rows: quoted values, NULL as an empty field, rows ending with a newline.

The csv module does not distinguish NULL from an empty string; only the quotes do:
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
    """The data is not a result as Athena writes it."""

    def __init__(self, message: str) -> None:
        super().__init__(message, exit_code=ExitCode.FAILED)


def row_bytes(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield each row of a file read in chunks, including the header, without the final newline; quoted newlines belong to a row."""
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
        If the row does not have ``width`` cells.
    """
    text = row.decode(errors="surrogateescape")
    # Fast path: most rows have neither a NULL nor a quote in a value. Two adjacent quotes occur in all other rows.
    cells = text[1:-1].split('","')
    if len(cells) == width and text[:1] == text[-1:] == '"' and '""' not in text and len(text) > 1:
        return tuple(cells)
    found = [*_CELL.finditer(text)]
    # After the last cell, which no comma follows, the pattern matches once more, the empty string.
    if len(found) > 1 and not found[-1][0] and not found[-2][0].endswith(","):
        found.pop()
    if len(found) != width or sum(len(cell[0]) for cell in found) != len(text):
        raise TornResultError(f"a row of the query's result does not have {width} columns: {text[:200]!r}")
    return tuple(cell[1].replace('""', '"') if cell[1] is not None else cell[2] or None for cell in found)


def write_row(cells: Sequence[str | None]) -> str:
    """Return a row in Athena's CSV format."""
    return ",".join("" if cell is None else '"' + cell.replace('"', '""') + '"' for cell in cells) + "\n"
