"""Lines of text files, split as Hadoop's line reader does: at ``\\n``, ``\\r\\n`` and ``\\r``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_END = re.compile(rb"\r\n|\n|\r")
_LONGEST_LINE = 64 * 1024 * 1024


class LineTooLongError(ValueError):
    """A line is so long that the file is probably not text."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line without its line ending, and its place.

    Attributes
    ----------
    cut
        True if only the beginning of the line was read.
    """

    place: str
    text: bytes
    first: bool = False
    cut: bool = False


def lines_of(chunks: Iterable[bytes], *, whole: bool) -> Iterator[Line]:
    """Split a file, or its beginning, into lines.

    Parameters
    ----------
    whole
        True if the chunks reach the file's end; otherwise, the last line is incomplete and left out.
    """
    rest = b""
    number = 0
    for chunk in chunks:
        data = rest + chunk
        start = 0
        for end in _END.finditer(data):
            if end.end() == len(data) and end[0] == b"\r":
                break  # its \n may be in the next chunk
            number += 1
            yield Line(f"line {number}", data[start : end.start()], first=number == 1)
            start = end.end()
        rest = data[start:]
        if len(rest) > _LONGEST_LINE:
            raise LineTooLongError(
                f"line {number + 1} is longer than {_LONGEST_LINE} bytes: end each row with a newline"
            )
    if rest and whole:
        yield Line(f"line {number + 1}", rest.removesuffix(b"\r"), first=number == 0)


def lines_of_tail(tail: bytes, offset: int) -> Iterator[Line]:
    """Split the end of a file into lines; the first one is incomplete and left out.

    Parameters
    ----------
    offset
        Position of the tail in the file.
    """
    start: int | None = None
    for end in _END.finditer(tail):
        if start is not None:
            yield Line(f"the line at byte {offset + start}", tail[start : end.start()])
        start = end.end()
    if start is not None and start < len(tail):
        yield Line(f"the line at byte {offset + start}", tail[start:])
