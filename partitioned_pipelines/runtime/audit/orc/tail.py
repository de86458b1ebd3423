"""The tail of an ORC file: https://orc.apache.org/specification/ORCv1/#file-tail.

The postscript, which is never compressed, contains the length and the compression of the footer before it. The footer contains the types
and the number of rows. A file is read from its end: once, or twice if its footer is long.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from partitioned_pipelines.runtime.audit.orc.decompression import (
    CODECS,
    DamagedStreamError,
    UnknownCodecError,
    decompress,
)
from partitioned_pipelines.runtime.audit.orc.protobuf import InvalidMessageError, read_fields
from partitioned_pipelines.runtime.audit.orc.type_tree import build_columns

if TYPE_CHECKING:
    from partitioned_pipelines.runtime.audit.data_file import DataFile
    from partitioned_pipelines.runtime.audit.orc.type_tree import OrcType

_MAGIC = b"ORC"
_FIRST_READ = 64 * 1024
_MOST_TYPES = 100_000
_MOST_READ = 8 * 1024 * 1024  # of a footer, compressed or not: about 30 bytes for each stripe and 50 for each column
# https://docs.aws.amazon.com/athena/latest/ug/compression-support-hive.html
_READ_CODECS = ("NONE", "ZLIB", "SNAPPY", "LZ4", "ZSTD")

_WRITE_ORC = "write ORC, as the table's format says"
_WRITE_AGAIN = "write the file again"


class InvalidOrcError(ValueError):
    """A file is not a readable ORC file."""


@dataclass(frozen=True, slots=True)
class Tail:
    """The content of a file's tail."""

    rows: int
    columns: list[OrcType]
    is_encrypted: bool


@dataclass(frozen=True, slots=True)
class _Postscript:
    """The length and the compression of the footer, and the upper limit of the stripes' end."""

    footer_length: int
    codec: str
    block_size: int
    stripes_end: int


def read_tail(file: DataFile) -> Tail:
    """Read a file's tail.

    Raises
    ------
    InvalidOrcError
        If the file cannot be read; the message says why.
    """
    try:
        end = file.read_range(max(0, file.size - _FIRST_READ), file.size)
        length = end[-1] if end else 0
        postscript = _postscript(end[-1 - length : -1], file.size - 1 - length)
        footer_end = file.size - 1 - length
        footer_start = footer_end - postscript.footer_length
        if postscript.footer_length <= len(end) - 1 - length:
            footer = end[len(end) - (file.size - footer_start) : len(end) - 1 - length]
        else:
            footer = file.read_range(footer_start, footer_end)
        return _tail(decompress(footer, postscript.codec, postscript.block_size, _MOST_READ), postscript.stripes_end)
    except UnknownCodecError as error:
        raise InvalidOrcError(
            f"its footer is compressed by {error}, which this Python cannot read, so that it was not checked "
            "(pip install backports.zstd, or Python 3.14)"
        ) from error
    except (InvalidMessageError, DamagedStreamError) as error:
        raise InvalidOrcError(f"its footer cannot be read: {error}; {_WRITE_AGAIN}") from error


def _postscript(message: bytes, end: int) -> _Postscript:
    """Parse the postscript; ``end`` is its position in the file."""
    try:
        found = dict(read_fields(message))
    except InvalidMessageError:
        found = {}
    if found.get(8000) != _MAGIC:
        raise InvalidOrcError(
            f"it is not an ORC file, or was cut off: it does not end in ORC's postscript; {_WRITE_ORC}"
        )
    code = _number(found.get(2, 0))
    codec = CODECS[code] if code < len(CODECS) else f"codec {code}"
    if codec not in _READ_CODECS:
        raise InvalidOrcError(f"it is compressed by {codec}, which Athena does not read: write zlib, snappy or zstd")
    length, statistics = _number(found.get(1, 0)), _number(found.get(5, 0))
    stripes_end = end - length - statistics
    if stripes_end < len(_MAGIC) or length > _MOST_READ:
        raise InvalidOrcError(
            f"its footer would have {length} bytes, in a file of {end + len(message) + 1}; {_WRITE_AGAIN}"
        )
    return _Postscript(length, codec, _number(found.get(3, 256 * 1024)), stripes_end)


def _tail(footer: bytes, stripes_end: int) -> Tail:
    types: list[bytes] = []
    rows = rows_of_stripes = 0
    is_encrypted = False
    for number, value in read_fields(footer):
        if number == 3:
            stripe = dict(read_fields(_message(value)))
            stripe_end = sum(_number(stripe.get(place, 0)) for place in (1, 2, 3, 4))
            if stripe_end > stripes_end:
                raise InvalidOrcError(
                    f"it was cut off: one of its stripes would end at byte {stripe_end}, of {stripes_end}; {_WRITE_AGAIN}"
                )
            rows_of_stripes += _number(stripe.get(5, 0))
        elif number == 4:
            types.append(_message(value))
            if len(types) > _MOST_TYPES:
                raise InvalidOrcError(f"its footer has more than {_MOST_TYPES} types; {_WRITE_AGAIN}")
        elif number == 6:
            rows = _number(value)
        elif number == 10:
            is_encrypted = True
    if rows != rows_of_stripes:
        raise InvalidOrcError(f"its footer records {rows} rows, and its stripes {rows_of_stripes}; {_WRITE_AGAIN}")
    return Tail(rows, build_columns(types), is_encrypted)


def _number(value: int | bytes) -> int:
    if not isinstance(value, int):
        raise InvalidMessageError("a number was expected")
    return value


def _message(value: int | bytes) -> bytes:
    if isinstance(value, int):
        raise InvalidMessageError("a message was expected")
    return value
