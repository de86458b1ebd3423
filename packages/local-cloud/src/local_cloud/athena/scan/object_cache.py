"""Local copies of S3 objects for DuckDB; each content is copied once."""

from __future__ import annotations

import bisect
import bz2
import codecs
import gzip
import shutil
import uuid
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, cast

from local_cloud.athena.errors import QueryFailedError
from local_cloud.athena.formats.text_lines import LONGEST_LINE
from local_cloud.object_store import NoSuchBucketError, list_objects, split_uri

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from local_cloud.object_store import StoredObject


_PIECE = 1024 * 1024  # bytes of an object that are held in memory at a time
_BYTE_ORDER_MARK = "\ufeff"
# https://docs.aws.amazon.com/athena/latest/ug/compression-support-hive.html
_UNREAD = {
    "deflate": "Athena does not read DEFLATE in text files",
    **{
        suffix: f"the local cloud does not read .{suffix}, which Athena does: write .gz or .bz2"
        for suffix in ("lz4", "lzo", "snappy", "zst")
    },
}


@dataclass(frozen=True, slots=True)
class DataFile:
    """An object that a query reads, and its copy on this machine.

    Attributes
    ----------
    uri
        The value of ``"$path"``.
    size
        The size of the object, which is billed.
    """

    path: Path
    uri: str
    size: int


class ObjectCache:
    """Copies of the objects that one query reads.

    Parameters
    ----------
    folder
        The folder for the copies.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._listings: dict[str, tuple[list[bytes], list[StoredObject]]] = {}

    def data_files(self, location: str, *, text: bool) -> list[DataFile]:
        """Return the data files under a location, without hidden and empty ones.

        Parameters
        ----------
        text
            Whether they are read line by line: they are decompressed by suffix, and copied as valid UTF-8 with ``\\n`` as line end.
        """
        bucket, prefix = split_uri(location if location.endswith("/") else f"{location}/")
        try:
            objects = self._below(bucket, prefix)
        except NoSuchBucketError as error:
            raise QueryFailedError("PERMISSION_DENIED", f"Access denied on S3 path: {location}") from error
        data = [item for item in objects if item.size and not _is_hidden(item.key.removeprefix(prefix))]
        return [DataFile(self._copy(item, text=text), f"s3://{bucket}/{item.key}", item.size) for item in data]

    def _below(self, bucket: str, prefix: str) -> list[StoredObject]:
        """Return the objects with a prefix. Each bucket is listed once for all partitions."""
        if bucket not in self._listings:
            objects = list_objects(bucket, "")
            self._listings[bucket] = [item.key.encode() for item in objects], objects
        keys, objects = self._listings[bucket]
        first = bisect.bisect_left(keys, prefix.encode())
        last = bisect.bisect_left(keys, prefix.encode() + b"\xff", lo=first)
        return objects[first:last]

    def _copy(self, item: StoredObject, *, text: bool) -> Path:
        suffix = item.key.rpartition(".")[2].lower() if text else ""
        if suffix in _UNREAD:
            uri = f"s3://{item.bucket}/{item.key}"
            raise QueryFailedError("HIVE_CANNOT_OPEN_SPLIT", f"Error opening Hive split {uri}: {_UNREAD[suffix]}")
        compression = suffix if suffix in {"gz", "bz2"} else ""
        path = self._folder / f"{'text' if text else 'raw'}-{item.etag}{compression}"
        if not path.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            partial = path.with_name(f"{path.name}.{uuid.uuid4()}.partial")
            try:
                with item.open() as content, partial.open("wb") as copy:
                    if text:
                        copy.writelines(_lines(content, compression, f"s3://{item.bucket}/{item.key}"))
                    else:
                        shutil.copyfileobj(content, copy, _PIECE)
                partial.rename(path)
            finally:
                partial.unlink(missing_ok=True)
        return path


def _is_hidden(relative_key: str) -> bool:
    return any(name.startswith(("_", ".")) for name in relative_key.split("/"))


def _lines(content: BinaryIO, compression: str, uri: str) -> Iterator[bytes]:
    r"""Read lines as Hadoop's TextInputFormat does, a piece at a time.

    Any of ``\n``, ``\r\n`` and ``\r`` ends a line, and invalid UTF-8 becomes U+FFFD.
    """
    unended = 0
    for lines in _with_line_feeds(_pieces(content, compression, uri)):
        unended = unended + len(lines) if (end := lines.rfind(b"\n")) < 0 else len(lines) - end - 1
        if unended > LONGEST_LINE:
            raise QueryFailedError(
                "HIVE_CURSOR_ERROR", f"Too many bytes before newline in {uri}: a row has at most {LONGEST_LINE} bytes"
            )
        yield lines


def _with_line_feeds(pieces: Iterator[bytes]) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    held, is_first = "", True
    for piece in pieces:
        if not (held or decoder.getstate()[0]) and piece.isascii() and b"\r" not in piece and b"\x00" not in piece:
            yield piece
            is_first = False
            continue
        text = held + decoder.decode(piece, final=not piece)
        # The next piece shows whether a line feed follows.
        held = "\r" if piece and text.endswith("\r") else ""
        text = text[: len(text) - len(held)]
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        if is_first and text.startswith(_BYTE_ORDER_MARK):
            text = _BYTE_ORDER_MARK + text  # DuckDB removes the first one
        is_first = is_first and not text
        yield text.replace("\x00", "\ufffd").encode()


def _pieces(content: BinaryIO, compression: str, uri: str) -> Iterator[bytes]:
    """Yield the decompressed content in pieces; the last one is empty."""
    match compression:
        case "gz":
            content = cast("BinaryIO", gzip.GzipFile(fileobj=content))
        case "bz2":
            content = cast("BinaryIO", bz2.BZ2File(content))
    piece = b"more"
    while piece:
        try:
            piece = content.read(_PIECE)
        except (OSError, EOFError, zlib.error) as error:
            raise QueryFailedError("HIVE_CANNOT_OPEN_SPLIT", f"Error opening Hive split {uri}: {error}") from error
        yield piece
