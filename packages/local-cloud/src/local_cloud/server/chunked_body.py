"""The body of a request with ``Transfer-Encoding: chunked``: https://www.rfc-editor.org/rfc/rfc9112#name-chunked-transfer-coding.

Werkzeug's own reader knows no extensions and trailers, and goes on reading zeros, without an end, if a connection is closed in a chunk.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

from local_cloud.backend_lock import UnreadableBodyError

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST_LINE = 8192
_HEAD = re.compile(rb"(?P<size>[0-9A-Fa-f]{1,16})[ \t]*(?:;[^\r\n]*)?\r?\n")
_PIECE_BYTES = 1024 * 1024


class ChunkedBody(io.RawIOBase):
    """The decoded body of a request, which can be read once, as a whole."""

    def __init__(self, stream: io.BufferedIOBase) -> None:
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        """Return the body.

        Raises
        ------
        UnreadableBodyError
            If it is not well-formed, or the connection was closed.
        """
        if size >= 0:
            raise io.UnsupportedOperation("a chunked body is read as a whole")
        return b"".join(self._pieces())

    def _pieces(self) -> Iterator[bytes]:
        while left := self._chunk_size():
            while left:
                piece = self._stream.read(min(left, _PIECE_BYTES))
                if not piece:
                    raise UnreadableBodyError("the connection was closed in a chunk of the body")
                left -= len(piece)
                yield piece
            if self._line().strip():
                raise UnreadableBodyError("a chunk of the body is longer than its size")
        while self._line().strip():  # trailers
            pass

    def _chunk_size(self) -> int:
        line = self._line()
        head = _HEAD.fullmatch(line)
        if head is None:
            raise UnreadableBodyError(f"{line[:80]!r} is not the head of a chunk")
        return int(head["size"], 16)

    def _line(self) -> bytes:
        line = self._stream.readline(_LONGEST_LINE)
        if not line.endswith(b"\n"):
            raise UnreadableBodyError("a line of the chunked body is too long, or the connection was closed")
        return line
