"""Bodies in chunks: ``Transfer-Encoding: chunked``, and S3's ``aws-chunked``, which has the same form.

https://www.rfc-editor.org/rfc/rfc9112#name-chunked-transfer-coding,
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html

Werkzeug's own reader knows no extensions and trailers, and goes on reading zeros, without an end, if a connection is closed in a chunk.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

from local_cloud.request_bodies.reading import UnreadableBodyError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

    from local_cloud.request_bodies.reading import ByteStream

_LONGEST_LINE = 8192
_MOST_TRAILERS = 100
_HEAD = re.compile(rb"(?P<size>[0-9A-Fa-f]{1,16})[ \t]*(?:;[^\r\n]*)?\r\n")


class SmallChunkError(UnreadableBodyError):
    """A chunk, which is not the last one, has fewer bytes than allowed."""


class ChunkedBody(io.RawIOBase):
    """The decoded body, which can be read once.

    Parameters
    ----------
    stream
        The encoded body.
    smallest
        The smallest size in bytes of a chunk before the last one.
    needs_last_line
        Whether an empty line must follow the last chunk and the trailers, as in HTTP; S3 takes the end of the stream, too.

    Attributes
    ----------
    trailers
        The trailers, by their names in lower case, once the end has been read.
    """

    def __init__(self, stream: ByteStream, smallest: int = 0, *, needs_last_line: bool = True) -> None:
        self._stream = stream
        self._smallest, self._needs_last_line = smallest, needs_last_line
        self._size = self._left = 0  # of the current chunk
        self._is_first, self._ended = True, False
        self.trailers: dict[str, str] = {}

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Read some of the body. Returns the number of bytes, 0 at the end.

        Raises
        ------
        UnreadableBodyError
            If the body is not well-formed, or the connection was closed.
        SmallChunkError
            If a chunk is too small.
        """
        if not self._left and not self._ended:
            self._begin_chunk()
        view = memoryview(buffer).cast("B")
        piece = self._stream.read(min(self._left, len(view)))
        if not piece and self._left and len(view):
            raise UnreadableBodyError("the connection was closed in a chunk of the body")
        view[: len(piece)] = piece
        self._left -= len(piece)
        return len(piece)

    def _begin_chunk(self) -> None:
        if not self._is_first and self._line().strip():
            raise UnreadableBodyError("a chunk of the body is longer than its size")
        line = self._line()
        head = _HEAD.fullmatch(line)
        if head is None:
            raise UnreadableBodyError(f"{line[:80]!r} is not the head of a chunk")
        size = int(head["size"], 16)
        if size and not self._is_first and self._size < self._smallest:
            raise SmallChunkError(f"only the last chunk may have fewer than {self._smallest} bytes")
        self._size = self._left = size
        self._is_first = False
        if not size:
            self._end()

    def _end(self) -> None:
        self._ended = True
        while line := self._line(may_be_missing=not self._needs_last_line).strip():
            name, _, value = line.decode("latin-1").partition(":")
            self.trailers[name.strip().lower()] = value.strip()
            if len(self.trailers) > _MOST_TRAILERS:
                raise UnreadableBodyError(f"the body has more than {_MOST_TRAILERS} trailers")

    def _line(self, *, may_be_missing: bool = False) -> bytes:
        line = self._stream.readline(_LONGEST_LINE)
        if not line.endswith(b"\r\n") and not (may_be_missing and not line):
            raise UnreadableBodyError("a line of the chunked body is too long, or the connection was closed")
        return line
