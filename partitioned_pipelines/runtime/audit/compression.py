"""Compression of text files. Engines choose the codec by the file's name, so the name must match the content."""

from __future__ import annotations

import bz2
import gzip
import zlib
from typing import IO, TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# The codecs that engines choose by the name and that the audit can decompress.
SUFFIXES = {".gz": "gzip", ".bz2": "bzip2"}
# The other codecs that Athena reads: https://docs.aws.amazon.com/athena/latest/ug/compression-support-hive.html. Its .snappy, .lz4 and .lzo
# files use Hadoop's framing, which Python's libraries do not write.
_NOT_AUDITED = {".zst": "zstd", ".zstd": "zstd", ".snappy": "snappy", ".lz4": "lz4", ".lzo": "lzo"}
_NOT_READ = {
    ".deflate": "deflate",
    ".zz": "deflate",
    ".zlib": "deflate",
    ".br": "brotli",
    ".xz": "xz",
    ".lzma": "lzma",
    ".zip": "zip",
    ".Z": "compress",
    ".7z": "7-Zip",
    ".sz": "framed snappy",
    ".tar": "tar",
    ".tar.gz": "tar",
    ".tgz": "tar",
    ".tar.bz2": "tar",
}
_MAGICS = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\xfd7zXZ\x00": "xz",
    b"PK\x03\x04": "zip",
    b"\x04\x22\x4d\x18": "lz4",
    b"\x89LZO\x00": "lzo",
    b"\xff\x06\x00\x00sNaPpY": "snappy",
    b"PAR1": "Parquet",
    b"ORC": "ORC",
    b"Obj\x01": "Avro",
}
_BZIP2_BLOCKS = (b"1AY&SY", b"\x17rE8P\x90")  # the first data block, and the end of a file without data
_READERS: dict[str, Callable[[IO[bytes]], IO[bytes]]] = {
    "gzip": lambda stream: cast("IO[bytes]", gzip.GzipFile(fileobj=stream)),
    "bzip2": lambda stream: cast("IO[bytes]", bz2.BZ2File(stream)),
}
_PIECE = 1024 * 1024


class DamagedFileError(ValueError):
    """A compressed file cannot be read to its end."""


def compression_by_name(name: str) -> str:
    """Return the compression that a file's name indicates; empty if it indicates none."""
    return next((kind for suffix, kind in SUFFIXES.items() if name.endswith(suffix)), "")


def kind_of_content(head: bytes) -> str:
    """Return the compression or the format that the first bytes indicate; empty if they could be text."""
    for magic, kind in _MAGICS.items():
        # Text may begin with "ORC" or "BZh": in a real ORC or bzip2 file, the bytes that follow are not text.
        if head.startswith(magic) and not (kind == "ORC" and head[3:8].isascii() and head[3:8].decode().isprintable()):
            return kind if kind != "bzip2" or head[4:10] in _BZIP2_BLOCKS else ""
    return ""


def compression_problem(name: str, head: bytes) -> str | None:
    """Return the mismatch between a file's name and its first bytes; None if they match."""
    if problem := _name_problem(name):
        return problem
    promised, found = compression_by_name(name), kind_of_content(head)
    if found == promised:
        return None
    if promised and found:
        return f"the name promises {promised}, but the file contains {found}: rename it"
    if promised:
        return f"the name promises {promised}, but the file is not compressed: compress it, or rename it"
    suffix = next((suffix for suffix, kind in SUFFIXES.items() if kind == found), None)
    if suffix:
        return f"the file contains {found}, and would be read as text: name it with the suffix {suffix}, or write it uncompressed"
    return f"the file contains {found}, which a text table cannot read: write text"


def _name_problem(name: str) -> str | None:
    lower = name.lower()
    remedy = "write gzip (.gz) or bzip2 (.bz2), or use format: parquet for the table"
    for suffix, kind in _NOT_READ.items():
        if lower.endswith(suffix.lower()):
            return f"its name ends in {suffix}: Athena does not read {kind} in a text table: {remedy}"
    for suffix, kind in _NOT_AUDITED.items():
        if lower.endswith(suffix):
            return f"its name ends in {suffix}: files compressed with {kind} cannot be audited, so they are not published: {remedy}"
    return next(
        (
            f"engines recognize compression by a lower-case suffix: use {suffix}"
            for suffix in SUFFIXES
            if lower.endswith(suffix) and not name.endswith(suffix)
        ),
        None,
    )


def decompressed(kind: str, stream: IO[bytes]) -> Iterator[bytes]:
    """Decompress a stream of one or several members, in pieces of at most 1 MiB, regardless of its size.

    Raises
    ------
    DamagedFileError
        If the stream ends too early or has another format.
    """
    reader = _READERS[kind](stream) if kind else stream
    try:
        while piece := reader.read(_PIECE):
            yield piece
    except EOFError as error:
        raise DamagedFileError(f"it ends before its {kind} does") from error
    except (zlib.error, OSError) as error:
        if not kind:
            raise
        raise DamagedFileError(f"it is not a complete {kind} file: {error}") from error


def decompressed_head(kind: str, head: bytes, limit: int) -> bytes:
    """Decompress the first bytes of a file, up to a limit, because the result may be a thousand times as long."""
    if not kind:
        return head
    try:
        return _decompressor(kind).decompress(head, limit)
    except (zlib.error, OSError) as error:
        raise DamagedFileError(f"it is not a {kind} file: {error}") from error


def _decompressor(kind: str) -> zlib._Decompress | bz2.BZ2Decompressor:
    return zlib.decompressobj(wbits=31) if kind == "gzip" else bz2.BZ2Decompressor()
