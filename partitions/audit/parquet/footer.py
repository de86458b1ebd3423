"""The schema in a Parquet file's footer: https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from partitions.audit.parquet.thrift_compact import CompactReader, InvalidThriftError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from partitions.audit.data_file import DataFile

_MAGIC, _ENCRYPTED = b"PAR1", b"PARE"
_TRAILER = 8  # the footer's length, and the magic
_FIRST_READ = 64 * 1024
_LARGEST_FOOTER = 64 * 1024 * 1024

PHYSICAL = ("BOOLEAN", "INT32", "INT64", "INT96", "FLOAT", "DOUBLE", "BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY")
_CONVERTED = (
    *("UTF8", "MAP", "MAP_KEY_VALUE", "LIST", "ENUM", "DECIMAL", "DATE"),
    *("TIME_MILLIS", "TIME_MICROS", "TIMESTAMP_MILLIS", "TIMESTAMP_MICROS"),
    *("UINT_8", "UINT_16", "UINT_32", "UINT_64", "INT_8", "INT_16", "INT_32", "INT_64"),
    *("JSON", "BSON", "INTERVAL"),
)
# LogicalType's members that no converted type stands for.
_LOGICAL = {1: "UTF8", 2: "MAP", 3: "LIST", 4: "ENUM", 5: "DECIMAL", 6: "DATE", 7: "TIME", 8: "TIMESTAMP", 12: "JSON"}


class InvalidParquetError(ValueError):
    """A file is no Parquet file that can be read."""


@dataclass(frozen=True, slots=True)
class ParquetColumn:
    """A column at the top of a file's schema.

    Attributes
    ----------
    physical
        Such as ``INT64``; empty for a group.
    annotation
        The converted type, such as ``UTF8``, or the logical type where there is no converted one; empty where there is none.
    """

    name: str
    physical: str
    annotation: str
    precision: int
    scale: int
    repeated: bool

    def __str__(self) -> str:
        sized = f"({self.precision},{self.scale})" if self.annotation == "DECIMAL" else ""
        return " ".join(part for part in (self.physical or "group", f"{self.annotation}{sized}") if part)


def read_columns(file: DataFile) -> list[ParquetColumn]:
    """Read the columns of a Parquet file out of its footer.

    Raises
    ------
    InvalidParquetError
        Saying what it is instead.
    """
    try:
        schema = CompactReader(_read_footer(file)).read_struct()[2]
        return list(_top_level(schema))
    except InvalidThriftError as error:
        raise InvalidParquetError(f"its footer cannot be read: {error}") from error
    except (KeyError, IndexError, TypeError, AttributeError, UnicodeDecodeError) as error:
        raise InvalidParquetError(f"its footer holds no schema: {error!r}") from error


def _read_footer(file: DataFile) -> bytes:
    if file.size < len(_MAGIC) + _TRAILER:
        raise InvalidParquetError(f"it is no Parquet file: it has {file.size} bytes")
    start = max(0, file.size - _FIRST_READ)
    tail = file.read_range(start, file.size)
    if tail.endswith(_ENCRYPTED):
        raise InvalidParquetError("its footer is encrypted, which Athena does not read: write it plain")
    if not tail.endswith(_MAGIC):
        raise InvalidParquetError("it is no Parquet file, or was cut: it does not end in PAR1")
    length = int.from_bytes(tail[-_TRAILER:-4], "little")
    if length > min(file.size - len(_MAGIC) - _TRAILER, _LARGEST_FOOTER):
        raise InvalidParquetError(f"its footer would have {length} bytes, in a file of {file.size}")
    if length + _TRAILER > len(tail):
        tail = file.read_range(file.size - length - _TRAILER, file.size)
    return tail[-_TRAILER - length : -_TRAILER]


def _top_level(schema: Sequence[dict[int, Any]]) -> Iterator[ParquetColumn]:
    """Walk the schema, which lies flat, depth first: the children of the root, and over theirs."""
    position = 1
    for _ in range(schema[0].get(5, 0)):
        yield _column(schema[position])
        position = _after(schema, position)


def _after(schema: Sequence[dict[int, Any]], position: int) -> int:
    waiting = 1
    while waiting:
        waiting += schema[position].get(5, 0) - 1
        position += 1
    return position


def _column(element: dict[int, Any]) -> ParquetColumn:
    logical = element.get(10) or {}
    annotation = _CONVERTED[element[6]] if 6 in element else next((_LOGICAL.get(kind, "") for kind in logical), "")
    return ParquetColumn(
        name=element[4].decode(),
        physical=PHYSICAL[element[1]] if 1 in element and not element.get(5) else "",
        annotation=annotation,
        precision=element.get(8, 0),
        scale=element.get(7, 0),
        repeated=element.get(3) == 2,  # FieldRepetitionType.REPEATED
    )
