"""Compression of text files: engines go by the name, so the name must tell what is inside."""

from __future__ import annotations

import bz2
import gzip
import zlib
from typing import IO, TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# What engines decompress by the name, and the audit can look into.
SUFFIXES = {".gz": "gzip", ".bz2": "bzip2"}
# What Athena reads of the others: https://docs.aws.amazon.com/athena/latest/ug/compression-support-hive.html. Its .snappy, .lz4
# and .lzo are in Hadoop's framing, which Python's libraries do not write.
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
_BZIP2_BLOCKS = (b"1AY&SY", b"\x17rE8P\x90")  # the first one of data, and the end of a file without any
_READERS: dict[str, Callable[[IO[bytes]], IO[bytes]]] = {
    "gzip": lambda stream: cast("IO[bytes]", gzip.GzipFile(fileobj=stream)),
    "bzip2": lambda stream: cast("IO[bytes]", bz2.BZ2File(stream)),
}
_PIECE = 1024 * 1024


class DamagedFileError(ValueError):
    """A compressed file that cannot be read to its end."""


def compression_by_name(name: str) -> str:
    """Return the compression that a name promises; empty if it promises none."""
    return next((kind for suffix, kind in SUFFIXES.items() if name.endswith(suffix)), "")


def kind_of_content(head: bytes) -> str:
    """Return the compression or the format that the first bytes tell; empty if they could be text."""
    for magic, kind in _MAGICS.items():
        # "ORC" and "BZh" may begin a text: what follows them in a real file is not text.
        if head.startswith(magic) and not (kind == "ORC" and head[3:8].isascii() and head[3:8].decode().isprintable()):
            return kind if kind != "bzip2" or head[4:10] in _BZIP2_BLOCKS else ""
    return ""


def compression_problem(name: str, head: bytes) -> str | None:
    """Return why a file is not read as its name and its first bytes say."""
    if problem := _name_problem(name):
        return problem
    promised, found = compression_by_name(name), kind_of_content(head)
    if found == promised:
        return None
    if promised and found:
        return f"the name promises {promised}, and the file holds {found}: name it for what it is"
    if promised:
        return (
            f"the name promises {promised}, and the file is not compressed: compress it, or name it without that ending"
        )
    suffix = next((suffix for suffix, kind in SUFFIXES.items() if kind == found), None)
    if suffix:
        return (
            f"the file holds {found}, and would be read as text: let its name end in {suffix}, or write it uncompressed"
        )
    return f"the file holds {found}, which a text table cannot read: write text"


def _name_problem(name: str) -> str | None:
    lower = name.lower()
    remedy = "write gzip (.gz) or bzip2 (.bz2), or make the table's format parquet"
    for suffix, kind in _NOT_READ.items():
        if lower.endswith(suffix.lower()):
            return f"its name ends in {suffix}: Athena does not read {kind} in a text table: {remedy}"
    for suffix, kind in _NOT_AUDITED.items():
        if lower.endswith(suffix):
            return f"its name ends in {suffix}: what is compressed by {kind} cannot be audited, and is not published: {remedy}"
    return next(
        (
            f"engines decompress by the end of a name in lower case: let it end in {suffix}"
            for suffix in SUFFIXES
            if lower.endswith(suffix) and not name.endswith(suffix)
        ),
        None,
    )


def decompressed(kind: str, stream: IO[bytes]) -> Iterator[bytes]:
    """Read a stream, of one member or several, in pieces of at most a MiB, however much it holds.

    Raises
    ------
    DamagedFileError
        If it ends too early, or is no such stream.
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
        raise DamagedFileError(f"it is no whole {kind} file: {error}") from error


def decompressed_head(kind: str, head: bytes, limit: int) -> bytes:
    """Decompress what the first bytes of a file give, and no more than a limit: it can be a thousand times as much."""
    if not kind:
        return head
    try:
        return _decompressor(kind).decompress(head, limit)
    except (zlib.error, OSError) as error:
        raise DamagedFileError(f"it is no {kind} file: {error}") from error


def _decompressor(kind: str) -> zlib._Decompress | bz2.BZ2Decompressor:
    return zlib.decompressobj(wbits=31) if kind == "gzip" else bz2.BZ2Decompressor()
