"""Decompression of ORC's chunks, with a limited output: https://orc.apache.org/specification/ORCv1/#compression."""

from __future__ import annotations

import zlib
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_HEADER = 3
_LONGEST_CHUNK = 2**23  # a chunk's header has 23 bits for the length
CODECS = ("NONE", "ZLIB", "SNAPPY", "LZO", "LZ4", "ZSTD", "BROTLI")


class DamagedStreamError(ValueError):
    """The bytes cannot be decompressed."""


class UnknownCodecError(ValueError):
    """This Python cannot decompress the codec."""


def decompress(data: bytes, codec: str, block_size: int, most: int) -> bytes:
    """Decompress all chunks of a stream.

    Parameters
    ----------
    block_size
        The maximum number of bytes of a decompressed chunk.
    most
        The maximum number of bytes of the decompressed stream.

    Raises
    ------
    DamagedStreamError
        If the stream ends too early, has another format, or exceeds ``most``.
    UnknownCodecError
        If this Python cannot decompress the codec.
    """
    if codec == "NONE":
        return data
    if codec not in _DECOMPRESSORS:
        raise UnknownCodecError(codec)
    if block_size < 1:  # to zlib, a limit of 0 is no limit
        raise DamagedStreamError(f"its chunks would have {block_size} bytes")
    block_size = min(block_size, _LONGEST_CHUNK)
    found = bytearray()
    position = 0
    while position < len(data):
        header = int.from_bytes(data[position : position + _HEADER], "little")
        start, length, is_original = position + _HEADER, header >> 1, header & 1
        position = start + length
        if position > len(data):
            raise DamagedStreamError("it ends in the middle of a chunk")
        chunk = data[start:position]
        found += chunk if is_original else _decompressed(codec, chunk, block_size)
        if len(found) > most:
            raise DamagedStreamError(f"it contains more than {most} bytes")
    return bytes(found)


def _decompressed(codec: str, chunk: bytes, limit: int) -> bytes:
    try:
        return _DECOMPRESSORS[codec](chunk, limit)
    except (IndexError, zlib.error) as error:
        raise DamagedStreamError(f"a chunk is not {codec.lower()}: {error}") from error


def _inflate(chunk: bytes, limit: int) -> bytes:
    return _finished(zlib.decompressobj(wbits=-zlib.MAX_WBITS), chunk, limit)


def _zstd(chunk: bytes, limit: int) -> bytes:
    # Lambda's Python includes zstd. Before Python 3.14, the standard library's backport is used if it is installed.
    for name in ("compression.zstd", "backports.zstd"):
        with suppress(ImportError):
            zstd = import_module(name)
            try:
                return _finished(zstd.ZstdDecompressor(), chunk, limit)
            except zstd.ZstdError as error:
                raise DamagedStreamError(f"a chunk is not zstd: {error}") from error
    raise UnknownCodecError("ZSTD")


def _finished(decompressor: Any, chunk: bytes, limit: int) -> bytes:
    found: bytes = decompressor.decompress(chunk, limit)
    if not decompressor.eof:
        raise DamagedStreamError(f"a chunk ends too early, or contains more than {limit} bytes")
    return found


def _snappy(chunk: bytes, limit: int) -> bytes:
    """Decompress a Snappy chunk: https://github.com/google/snappy/blob/main/format_description.txt."""
    position = size = 0
    for shift in range(0, 35, 7):
        byte = chunk[position]
        position += 1
        size |= (byte & 0x7F) << shift
        if byte < 0x80:
            break
    found = _Output(min(size, limit))
    while position < len(chunk):
        tag = chunk[position]
        kind, length = tag & 0x03, tag >> 2
        position += 1
        if kind == 0:
            if length >= 60:
                width = length - 59
                length, position = _integer(chunk, position, width), position + width
            position = found.literal(chunk, position, length + 1)
        elif kind == 1:
            found.copy((tag >> 5) << 8 | chunk[position], 4 + (length & 0x07))
            position += 1
        else:
            width = 2 if kind == 2 else 4
            found.copy(_integer(chunk, position, width), length + 1)
            position += width
    if len(found.data) != size:
        raise DamagedStreamError(f"a chunk contains {len(found.data)} bytes instead of {size}")
    return bytes(found.data)


def _lz4(chunk: bytes, limit: int) -> bytes:
    """Decompress an LZ4 block: https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md."""
    found = _Output(limit)
    position = 0

    def length_of(nibble: int) -> int:
        nonlocal position
        total, byte = nibble, 255 if nibble == 15 else 0
        while byte == 255:
            byte = chunk[position]
            position += 1
            total += byte
        return total

    while True:
        token = chunk[position]
        position += 1
        length = length_of(token >> 4)
        position = found.literal(chunk, position, length)
        if position == len(chunk):  # the last sequence has no copy
            return bytes(found.data)
        offset = _integer(chunk, position, 2)
        position += 2
        found.copy(offset, 4 + length_of(token & 0x0F))


class _Output:
    """The output of a chunk of literals and copies."""

    def __init__(self, limit: int) -> None:
        self.data = bytearray()
        self._limit = limit

    def literal(self, chunk: bytes, start: int, length: int) -> int:
        """Append bytes of the chunk, and return the position after them."""
        self._check(length)
        end = start + length
        if end > len(chunk):
            raise DamagedStreamError("a chunk ends in the middle of a literal")
        self.data += chunk[start:end]
        return end

    def copy(self, offset: int, length: int) -> None:
        """Append bytes of the output again, from an offset before its end; the copied range may overlap the appended bytes."""
        self._check(length)
        if not 0 < offset <= len(self.data):
            raise DamagedStreamError(f"a chunk refers to {offset} bytes before, of {len(self.data)}")
        begin = len(self.data) - offset
        repeated = self.data[begin : begin + length]
        self.data += repeated * (length // len(repeated)) + repeated[: length % len(repeated)]

    def _check(self, length: int) -> None:
        if len(self.data) + length > self._limit:
            raise DamagedStreamError(f"a chunk contains more than {self._limit} bytes")


def _integer(chunk: bytes, position: int, width: int) -> int:
    if position + width > len(chunk):
        raise DamagedStreamError("a chunk ends in the middle of a length")
    return int.from_bytes(chunk[position : position + width], "little")


_DECOMPRESSORS: dict[str, Callable[[bytes, int], bytes]] = {
    "ZLIB": _inflate,
    "SNAPPY": _snappy,
    "LZ4": _lz4,
    "ZSTD": _zstd,
}
