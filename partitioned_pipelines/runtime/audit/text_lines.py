"""Lines of text files, as Hadoop's line reader cuts them: at ``\\n``, ``\\r\\n`` and ``\\r``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_END = re.compile(rb"\r\n|\n|\r")
_LONGEST_LINE = 64 * 1024 * 1024


class LineTooLongError(ValueError):
    """A line has no end for so long that the file is hardly text."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line, without what ends it, and where it is.

    Attributes
    ----------
    cut
        Whether it goes on, further than is read.
    """

    place: str
    text: bytes
    first: bool = False
    cut: bool = False


def lines_of(chunks: Iterable[bytes], *, whole: bool) -> Iterator[Line]:
    """Cut a file, or its beginning, into lines.

    Parameters
    ----------
    whole
        Whether the chunks reach the file's end; where they do not, the last line is cut, and left out.
    """
    rest = b""
    number = 0
    for chunk in chunks:
        data = rest + chunk
        start = 0
        for end in _END.finditer(data):
            if end.end() == len(data) and end[0] == b"\r":
                break  # its \n may come with the next chunk
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
    """Cut the end of a file into lines; the first of them is cut, and left out.

    Parameters
    ----------
    offset
        Where in the file the tail begins.
    """
    start: int | None = None
    for end in _END.finditer(tail):
        if start is not None:
            yield Line(f"the line at byte {offset + start}", tail[start : end.start()])
        start = end.end()
    if start is not None and start < len(tail):
        yield Line(f"the line at byte {offset + start}", tail[start:])
