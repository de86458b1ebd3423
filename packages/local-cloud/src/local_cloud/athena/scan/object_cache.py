"""S3 objects as local files for DuckDB: links to the stored files, or copies that are made once for each content."""

from __future__ import annotations

import bisect
import bz2
import codecs
import gzip
import uuid
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, cast

from local_cloud.athena.errors import QueryFailedError
from local_cloud.athena.formats.text_lines import LONGEST_LINE
from local_cloud.object_store import NoSuchBucketError, list_objects, split_uri

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from local_cloud.object_store import StoredObject


_PIECE = 1024 * 1024  # bytes of an object that are held in memory at a time
_BYTE_ORDER_MARK = "\ufeff"
_SMALLEST_COUNTED = 1024 * 1024  # bytes; the lines of smaller files are parsed as fast
_READ = frozenset({"gz", "bz2"})
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
    """An object that a query reads, and its file on this machine.

    Attributes
    ----------
    uri
        The value of ``"$path"``.
    size
        The size of the object, which is billed.
    rows
        The number of its rows, if they were counted.
    """

    path: Path
    uri: str
    size: int
    rows: int | None = None


class ObjectCache:
    """The files of the objects that one query reads.

    Parameters
    ----------
    folder
        The folder for the files.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._listings: dict[str, tuple[list[bytes], list[StoredObject]]] = {}

    def data_files(
        self, location: str, *, text: bool, count: Callable[[Path], int | None] | None = None
    ) -> list[DataFile]:
        """Return the data files under a location, without hidden and empty ones.

        Parameters
        ----------
        text
            Whether they are read line by line: they are decompressed by suffix, and are valid UTF-8 with ``\\n`` as line end.
        count
            Returns the number of rows of a file as it is stored, or None if it has to be read.
        """
        bucket, prefix = split_uri(location if location.endswith("/") else f"{location}/")
        try:
            objects = self._below(bucket, prefix)
        except NoSuchBucketError as error:
            raise QueryFailedError("PERMISSION_DENIED", f"Access denied on S3 path: {location}") from error
        data = [item for item in objects if item.size and not _is_hidden(item.key.removeprefix(prefix))]
        return [self._data_file(item, text=text, count=count) for item in data]

    def _data_file(self, item: StoredObject, *, text: bool, count: Callable[[Path], int | None] | None) -> DataFile:
        uri = f"s3://{item.bucket}/{item.key}"
        if count is not None and item.size >= _SMALLEST_COUNTED and _suffix(item) not in {*_READ, *_UNREAD}:
            path = self._raw(item)
            if (rows := count(path)) is not None:
                return DataFile(path, uri, item.size, rows)
        return DataFile(self._text(item, uri) if text else self._raw(item), uri, item.size)

    def _below(self, bucket: str, prefix: str) -> list[StoredObject]:
        """Return the objects with a prefix. Each bucket is listed once for all partitions."""
        if bucket not in self._listings:
            objects = list_objects(bucket, "")
            self._listings[bucket] = [item.key.encode() for item in objects], objects
        keys, objects = self._listings[bucket]
        first = bisect.bisect_left(keys, prefix.encode())
        last = bisect.bisect_left(keys, prefix.encode() + b"\xff", lo=first)
        return objects[first:last]

    def _raw(self, item: StoredObject) -> Path:
        """Return the object as it is stored."""
        path = self._folder / f"raw-{item.etag}"
        if not path.exists() and not self._is_linked(item, path):
            with item.open() as content:
                self._write(path, iter(lambda: content.read(_PIECE), b""))
        return path

    def _text(self, item: StoredObject, uri: str) -> Path:
        """Return the object's lines."""
        suffix = _suffix(item)
        if suffix in _UNREAD:
            raise QueryFailedError("HIVE_CANNOT_OPEN_SPLIT", f"Error opening Hive split {uri}: {_UNREAD[suffix]}")
        compression = suffix if suffix in _READ else ""
        path = self._folder / f"text-{item.etag}{compression}"
        if path.exists():
            return path
        with item.open() as content:
            if not compression and _is_clean(content) and self._is_linked(item, path):
                return path
            content.seek(0)
            self._write(path, _lines(content, compression, uri))
        return path

    def _is_linked(self, item: StoredObject, path: Path) -> bool:
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            return item.link(path)
        except FileExistsError:  # by another query, meanwhile
            return True

    def _write(self, path: Path, pieces: Iterator[bytes]) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f"{path.name}.{uuid.uuid4()}.partial")
        try:
            with partial.open("wb") as copy:
                copy.writelines(pieces)
            partial.rename(path)
        finally:
            partial.unlink(missing_ok=True)


def _suffix(item: StoredObject) -> str:
    return item.key.rpartition(".")[2].lower()


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


def _is_clean(content: BinaryIO) -> bool:
    """Return whether `_lines` would change nothing, and no line is too long."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    buffer = bytearray(_PIECE)
    is_first, unended = True, 0
    try:
        while size := content.readinto(buffer):  # type: ignore[attr-defined]  # files and BytesIO have it
            piece = buffer if size == len(buffer) else buffer[:size]
            if b"\r" in piece or b"\x00" in piece:
                return False
            if is_first or not piece.isascii() or decoder.getstate()[0]:
                text = decoder.decode(piece)
                if is_first and text.startswith(_BYTE_ORDER_MARK):
                    return False
                is_first = is_first and not text
            unended = unended + size if (end := piece.rfind(b"\n")) < 0 else size - end - 1
            if unended > LONGEST_LINE:
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


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
