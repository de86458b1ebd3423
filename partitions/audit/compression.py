"""Compression of text files: engines go by the name, so the name must tell what is inside."""

from __future__ import annotations

import bz2
import gzip
import zlib
from typing import IO, TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# What Hadoop's codecs go by; what Athena reads: https://docs.aws.amazon.com/athena/latest/ug/compression-formats.html
SUFFIXES = {
    ".gz": "gzip",
    ".bz2": "bzip2",
    ".zst": "zstd",
    ".snappy": "snappy",
    ".lz4": "lz4",
    ".lzo": "lzo",
    ".deflate": "deflate",
}
_MAGICS = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\xfd7zXZ\x00": "xz",
    b"PK\x03\x04": "zip",
    b"PAR1": "Parquet",
    b"ORC": "ORC",
    b"Obj\x01": "Avro",
}
_READERS: dict[str, Callable[[IO[bytes]], IO[bytes]]] = {
    "gzip": lambda stream: cast("IO[bytes]", gzip.GzipFile(fileobj=stream)),
    "bzip2": lambda stream: cast("IO[bytes]", bz2.BZ2File(stream)),
}
READABLE = frozenset({"", *_READERS})  # by the standard library
_PIECE = 1024 * 1024


class DamagedFileError(ValueError):
    """A compressed file that cannot be read to its end."""


def compression_by_name(name: str) -> str:
    """Give the compression that a name promises; empty where it promises none."""
    return next((kind for suffix, kind in SUFFIXES.items() if name.endswith(suffix)), "")


def kind_of_content(head: bytes) -> str:
    """Give the compression or the format that the first bytes tell; empty where they could be text."""
    for magic, kind in _MAGICS.items():
        # "ORC" and "BZh" may begin a text: what follows them in a real file is none.
        if head.startswith(magic) and not (kind == "ORC" and head[3:8].isascii() and head[3:8].decode().isprintable()):
            return kind if kind != "bzip2" or head[4:10] == b"1AY&SY" else ""
    return ""


def compression_problem(name: str, head: bytes) -> str | None:
    """Say how a name and the first bytes of a file contradict each other, if they do."""
    promised, found = compression_by_name(name), kind_of_content(head)
    if found == promised or (promised and promised not in _MAGICS.values()):
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


def decompressed(kind: str, stream: IO[bytes]) -> Iterator[bytes]:
    """Read a stream, of one member or several, in pieces of at most a MiB, however much it holds.

    Raises
    ------
    DamagedFileError
        Where it ends too early, or is no such stream.
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
