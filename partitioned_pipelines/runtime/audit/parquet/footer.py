"""The parts of a Parquet file's footer that the audit needs: the schema, the number of rows, and the first row group's codecs.

https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift. The schema and the number of rows come first. The row
groups after them grow with the file, and each has an entry for each column: most of a footer is never fetched.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from partitioned_pipelines.runtime.audit.parquet.schema_node import InvalidSchemaError, build_schema
from partitioned_pipelines.runtime.audit.parquet.thrift_compact import (
    CompactReader,
    InvalidThriftError,
    MissingBytesError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from partitioned_pipelines.runtime.audit.data_file import DataFile
    from partitioned_pipelines.runtime.audit.parquet.schema_node import SchemaNode

_MAGIC, _ENCRYPTED = b"PAR1", b"PARE"
_TRAILER = 8  # the footer's length, and the magic number
_FIRST_READ = 64 * 1024
_GROWTH = 4
_MOST_READ = 64 * 1024 * 1024
_CODECS = ("UNCOMPRESSED", "SNAPPY", "GZIP", "LZO", "BROTLI", "LZ4", "ZSTD", "LZ4_RAW")
Result = TypeVar("Result")


class InvalidParquetError(ValueError):
    """A file is not a readable Parquet file."""


@dataclass(frozen=True, slots=True)
class ColumnChunk:
    """The storage of a plain column in a row group."""

    codec: str
    encrypted: bool


@dataclass(frozen=True, slots=True)
class Footer:
    """The content of a footer.

    Attributes
    ----------
    chunks
        The chunks of the first row group, one for each plain column; empty if the file has no row group.
    """

    rows: int
    columns: list[SchemaNode]
    chunks: tuple[ColumnChunk, ...]


def read_footer(file: DataFile) -> Footer:
    """Read the footer up to its first row group.

    Raises
    ------
    InvalidParquetError
        If the file cannot be read; the message says why.
    """
    return parse_footer(file, _footer)


def parse_footer(file: DataFile, parse: Callable[[CompactReader], Result]) -> Result:
    """Parse the beginning of a footer, and fetch more of it if the parser needs more.

    Raises
    ------
    InvalidParquetError
        If the file cannot be read; the message says why.
    """
    try:
        for data, whole in _beginnings(file):
            try:
                return parse(CompactReader(data))
            except MissingBytesError:
                if whole:
                    raise
        raise InvalidParquetError(f"its footer cannot be read: its schema takes more than {_MOST_READ} bytes")
    except InvalidThriftError as error:
        raise InvalidParquetError(f"its footer cannot be read: {error}") from error
    except InvalidSchemaError as error:
        raise InvalidParquetError(f"its footer contains no schema: {error}") from error
    except (KeyError, IndexError, TypeError, AttributeError, UnicodeDecodeError) as error:
        raise InvalidParquetError(f"its footer contains no schema: {error!r}") from error


def _footer(reader: CompactReader) -> Footer:
    found: dict[str, Any] = {"chunks": ()}
    for number, kind in reader.fields():
        if number == 2:
            found["columns"] = build_schema([reader.value(item) for item in reader.items(kind)])
        elif number == 3:
            found["rows"] = reader.value(kind)
        elif number == 4:
            found["chunks"] = _first_chunks(reader, kind, skip_others="columns" not in found or "rows" not in found)
            if "columns" in found and "rows" in found:
                break
        else:
            reader.skip(kind)
    if not isinstance(found["rows"], int):
        raise InvalidThriftError(f"its number of rows is {found['rows']!r}")
    return Footer(found["rows"], found["columns"], found["chunks"])


def _first_chunks(reader: CompactReader, kind: int, *, skip_others: bool) -> tuple[ColumnChunk, ...]:
    chunks: tuple[ColumnChunk, ...] | None = None
    for item in reader.items(kind):
        if chunks is not None:
            if not skip_others:
                break
            reader.skip(item)
            continue
        chunks = ()
        for number, inner in reader.fields():
            if number == 1:
                chunks = tuple(_chunk(reader) for _ in reader.items(inner))
            else:
                reader.skip(inner)
    return chunks or ()


def _chunk(reader: CompactReader) -> ColumnChunk:
    codec, encrypted = "", False
    for number, kind in reader.fields():
        if number == 3:  # the column's metadata
            for inner_number, inner in reader.fields():
                if inner_number == 4:
                    code = reader.value(inner)
                    codec = _CODECS[code] if 0 <= code < len(_CODECS) else f"codec {code}"
                else:
                    reader.skip(inner)
        else:
            encrypted = encrypted or number in (8, 9)  # the column's encryption, or its encrypted metadata
            reader.skip(kind)
    return ColumnChunk(codec, encrypted)


def _beginnings(file: DataFile) -> Iterator[tuple[bytes, bool]]:
    """Yield longer and longer beginnings of the footer, each with True if it is the whole footer."""
    if file.size < len(_MAGIC) + _TRAILER:
        raise InvalidParquetError(f"it is not a Parquet file: it has {file.size} bytes")
    tail = file.read_range(max(0, file.size - _FIRST_READ), file.size)
    if tail.endswith(_ENCRYPTED):
        raise InvalidParquetError("its footer is encrypted, which Athena does not read: write it without encryption")
    if not tail.endswith(_MAGIC):
        raise InvalidParquetError("it is not a Parquet file, or was cut off: it does not end in PAR1")
    length = int.from_bytes(tail[-_TRAILER:-4], "little")
    if length > file.size - len(_MAGIC) - _TRAILER:
        raise InvalidParquetError(f"its footer would have {length} bytes, in a file of {file.size}")
    if length + _TRAILER <= len(tail):
        yield tail[-_TRAILER - length : -_TRAILER], True
        return
    start = file.size - _TRAILER - length
    size = _FIRST_READ
    while size < min(length, _MOST_READ):
        yield file.read_range(start, start + size), False
        size *= _GROWTH
    if length <= _MOST_READ:
        yield file.read_range(start, start + length), True
