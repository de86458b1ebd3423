"""Reading the body of a WSGI request: in pieces, or as a whole if it is not too large for the memory."""

from __future__ import annotations

import io
import re
import zlib
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from werkzeug.wsgi import LimitedStream

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

# More than any request but the content of an S3 object: CreateFunction takes 50 MB as Base64
# (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).
LARGEST_BODY_BYTES = 100 * 1024 * 1024
_PIECE_BYTES = 1024 * 1024
_NUMBER = re.compile(r"[0-9]{1,18}")
_GZIP = 31  # zlib's wbits for gzip only


class ReadableStream(Protocol):
    """Something that is read in pieces."""

    def read(self, size: int, /) -> bytes:
        """Return up to a number of bytes, none at the end."""


class ByteStream(ReadableStream, Protocol):
    """Something that is read in pieces and lines."""

    def readline(self, size: int, /) -> bytes:
        """Return a line, or a number of bytes of a longer one."""


class UnreadableBodyError(ValueError):
    """The body of a request is not what its headers say."""


class LargeBodyError(UnreadableBodyError):
    """The body of a request is larger than any valid one."""

    def __init__(self) -> None:
        super().__init__(f"the body of the request is larger than {LARGEST_BODY_BYTES} bytes")


class _WholeStream(LimitedStream):
    """A stream of a known length, which must not end before that."""

    def on_disconnect(self, error: Exception | None = None) -> NoReturn:
        raise UnreadableBodyError("the connection was closed before the end of the body") from error


def is_number_of_bytes(text: str) -> bool:
    """Return whether a header is a number of bytes."""
    return _NUMBER.fullmatch(text) is not None


def body_stream(environ: WSGIEnvironment, *, is_bounded: bool = True) -> ByteStream:
    """Return the body of a request as a stream, which can be read once.

    Parameters
    ----------
    is_bounded
        Whether a body of more than `LARGEST_BODY_BYTES` is refused, if its length is known.

    Raises
    ------
    UnreadableBodyError
        If its length is not a number. Reading the stream also raises it: if the connection is closed, or a chunked body is not well-formed.
    LargeBodyError
        If it is too large.
    """
    length = environ.get("CONTENT_LENGTH")
    if length and not is_number_of_bytes(length):
        raise UnreadableBodyError(f"Content-Length is {length[:80]!r}, and must be a number of bytes")
    if length and is_bounded and int(length) > LARGEST_BODY_BYTES:
        raise LargeBodyError
    stream: ByteStream
    if length:
        whole: Any = _WholeStream(environ["wsgi.input"], int(length))  # typed for a bytearray only
        stream = io.BufferedReader(whole)
    elif environ.get("wsgi.input_terminated"):
        stream = environ["wsgi.input"]
    else:
        stream = io.BytesIO()
    return stream


def read_body(environ: WSGIEnvironment) -> bytes:
    """Return the body of a request, and keep it for the next reader.

    Raises
    ------
    UnreadableBodyError
        If its length is not a number, the connection was closed, or a chunked body is not well-formed.
    LargeBodyError
        If it has more than `LARGEST_BODY_BYTES`.
    """
    kept = environ["wsgi.input"]
    if isinstance(kept, io.BytesIO):
        return kept.getvalue()
    body = read_whole(body_stream(environ))
    replace_body(environ, body)
    return body


def read_whole(stream: ReadableStream) -> bytes:
    """Return the rest of a stream.

    Raises
    ------
    LargeBodyError
        If it has more than `LARGEST_BODY_BYTES`.
    """
    body = bytearray()
    while piece := stream.read(_PIECE_BYTES):
        body += piece
        if len(body) > LARGEST_BODY_BYTES:
            raise LargeBodyError
    return bytes(body)


def replace_body(environ: WSGIEnvironment, body: bytes) -> None:
    """Set the body that the next reader gets."""
    environ["wsgi.input"] = io.BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    environ.pop("wsgi.input_terminated", None)


def unpacked(body: bytes) -> bytes:
    """Return the content of a gzip file.

    Raises
    ------
    UnreadableBodyError
        If it is not one.
    LargeBodyError
        If the content has more than `LARGEST_BODY_BYTES`.
    """
    content = bytearray()
    while body:  # a gzip file has one or more members
        member = zlib.decompressobj(_GZIP)
        try:
            content += member.decompress(body, LARGEST_BODY_BYTES + 1 - len(content))
        except zlib.error as error:
            raise UnreadableBodyError(f"the body is not gzip: {error}") from error
        if len(content) > LARGEST_BODY_BYTES:
            raise LargeBodyError
        if not member.eof:
            raise UnreadableBodyError("the body is not gzip: it is truncated")
        body = member.unused_data.lstrip(b"\0")  # padding
    return bytes(content)
