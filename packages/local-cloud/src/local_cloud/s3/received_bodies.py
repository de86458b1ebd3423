"""The bodies of S3's requests: decoded, compared with their checksums, and, for objects, written to a file while they arrive.

https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList,
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from moto.s3.responses import S3Response

from local_cloud.patching import original_of, replace
from local_cloud.request_bodies import (
    ChunkedBody,
    LargeBodyError,
    SmallChunkError,
    UnreadableBodyError,
    body_stream,
    read_whole,
    replace_body,
)
from local_cloud.s3.checksums import FULL_OBJECT, Checksum, new_hasher
from local_cloud.s3.expected_content import ExpectedContent
from local_cloud.s3.object_files import read_content
from local_cloud.s3.request_check import InvalidS3RequestError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import WSGIEnvironment

    from local_cloud.request_bodies import ByteStream, ReadableStream
    from local_cloud.s3.object_files import ObjectFile

_OF_OBJECTS = {"PutObject", "UploadPart"}
_SMALLEST_CHUNK_BYTES = 8192
_RECEIVED = "local_cloud.received_object"
_CHUNKED_ENCODING = re.compile(r"^\s*aws-chunked\s*(?:,\s*|$)|\s*,\s*aws-chunked\s*(?=,|$)")


@dataclass(frozen=True, slots=True)
class _ReceivedObject:
    content: ObjectFile
    checksum: Checksum | None


class _HashedStream:
    """A stream whose content is hashed while it is read.

    Parameters
    ----------
    stream
        The stream.
    algorithms
        What to calculate.
    """

    def __init__(self, stream: ReadableStream, algorithms: Iterable[str]) -> None:
        self._stream = stream
        self._hashers = {name: new_hasher(name) for name in algorithms}
        self.size = 0

    def read(self, size: int, /) -> bytes:
        """Read some of the content."""
        piece = self._stream.read(size)
        self.size += len(piece)
        for hasher in self._hashers.values():
            hasher.update(piece)
        return piece

    def checksum(self, algorithm: str) -> Checksum:
        """Return a checksum of what was read."""
        return Checksum(algorithm, self._hashers[algorithm].digest())


def install() -> None:
    """Replace how moto takes the content of a request, and its checksum."""
    # moto: S3 reads the whole of an uploaded object into memory, two or three times; not reported yet: it can be written to the object's
    # buffer while it is read.
    replace(S3Response, "setup_class", _setup_class)
    # moto: S3 does not compare Content-MD5, x-amz-content-sha256 and checksums with the content, and ignores a checksum without
    # x-amz-sdk-checksum-algorithm; not reported yet: AWS answers BadDigest, InvalidDigest, XAmzContentSHA256Mismatch or InvalidRequest.
    replace(S3Response, "_get_checksum", _get_checksum)


def received_checksum(response: S3Response) -> Checksum | None:
    """Return the checksum of the object or part in the request that is answered, if it has one."""
    received: _ReceivedObject | None = response.request.environ.get(_RECEIVED)
    return received.checksum if received else None


def receive_body(operation: str, environ: WSGIEnvironment) -> None:
    """Read the body of a request that writes, and leave it in the environment: decoded, or as the content of an object.

    Raises
    ------
    InvalidS3RequestError
        If S3 would refuse it, for example because the body does not match a checksum.
    UnreadableBodyError
        If its length is not a number.
    LargeBodyError
        If it is not the content of an object, and too large.
    """
    if environ["REQUEST_METHOD"] in ("GET", "HEAD"):
        if mode := environ.get("HTTP_X_AMZ_CHECKSUM_MODE"):  # in lower case by AWS's C++ SDK
            environ["HTTP_X_AMZ_CHECKSUM_MODE"] = mode.upper()
        return
    expected = ExpectedContent.of(operation, environ)
    is_object = operation in _OF_OBJECTS
    stream: ByteStream = body_stream(environ, is_bounded=not is_object)
    trailers: dict[str, str] = {}
    if expected.size is not None:
        chunks = ChunkedBody(stream, _SMALLEST_CHUNK_BYTES, needs_last_line=False)
        stream, trailers = io.BufferedReader(chunks), chunks.trailers
    hashed = _HashedStream(stream, expected.algorithms)
    try:
        content = read_content(hashed) if is_object else read_whole(hashed)
    except LargeBodyError:
        raise
    except SmallChunkError as error:
        raise InvalidS3RequestError(
            "InvalidChunkSizeError",
            f"Only the last chunk is allowed to have a size less than {_SMALLEST_CHUNK_BYTES} bytes",
            "403 Forbidden",
        ) from error
    except UnreadableBodyError as error:
        raise InvalidS3RequestError("IncompleteBody", "The request body terminated unexpectedly") from error
    if expected.size not in (None, hashed.size):
        raise InvalidS3RequestError("IncompleteBody", "The request body terminated unexpectedly")
    checksum = expected.compare(hashed.checksum, trailers)
    if isinstance(content, bytes):
        replace_body(environ, content)
    else:
        replace_body(environ, b"")
        environ[_RECEIVED] = _ReceivedObject(content, checksum)
    if expected.size is not None:
        _remove_chunks(environ)


def _remove_chunks(environ: WSGIEnvironment) -> None:
    """Remove the headers of a body in chunks, which is decoded now."""
    environ["HTTP_X_AMZ_CONTENT_SHA256"] = "UNSIGNED-PAYLOAD"
    encoding = str(environ.pop("HTTP_CONTENT_ENCODING", ""))
    if other := _CHUNKED_ENCODING.sub("", encoding):
        environ["HTTP_CONTENT_ENCODING"] = other


def _setup_class(self: S3Response, request: Any, full_url: str | None = None, headers: Any = None) -> None:
    original_of(S3Response, "setup_class")(self, request, full_url, headers)
    received: _ReceivedObject | None = request.environ.get(_RECEIVED)
    if received is not None:
        self.body = received.content


def _get_checksum(self: S3Response, response_headers: dict[str, Any]) -> tuple[str, str | None]:
    """Add the checksum of the request to the response. Returns its algorithm and its Base64."""
    checksum = received_checksum(self)
    if checksum is None:
        return "", None
    response_headers[checksum.header] = checksum.text
    if not self._get_param("uploadId"):
        response_headers["x-amz-checksum-type"] = FULL_OBJECT
    return checksum.algorithm, checksum.text
