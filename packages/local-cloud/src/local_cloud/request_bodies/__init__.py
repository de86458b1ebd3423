"""The bodies of requests: read in pieces or as a whole, chunked, unpacked, and bounded."""

from local_cloud.request_bodies.chunked_body import ChunkedBody, SmallChunkError
from local_cloud.request_bodies.reading import (
    ByteStream,
    LargeBodyError,
    ReadableStream,
    UnreadableBodyError,
    body_stream,
    is_number_of_bytes,
    read_body,
    read_whole,
    replace_body,
    unpacked,
)

__all__ = [
    "ByteStream",
    "ChunkedBody",
    "LargeBodyError",
    "ReadableStream",
    "SmallChunkError",
    "UnreadableBodyError",
    "body_stream",
    "is_number_of_bytes",
    "read_body",
    "read_whole",
    "replace_body",
    "unpacked",
]
