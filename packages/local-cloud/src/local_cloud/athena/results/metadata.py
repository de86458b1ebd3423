"""The ``.metadata`` file beside a result file, which describes its columns for JDBC drivers.

Its format is not documented. It is a Protocol Buffers message; drivers read its field 4, one message for each column.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_COLUMN_FIELD = 4
_TEXTS = {
    1: "CatalogName",
    2: "SchemaName",
    3: "TableName",
    4: "Name",
    5: "Label",
    6: "Type",
}
_NUMBERS = {7: "Precision", 8: "Scale"}
_NULLABLE_FIELD, _CASE_FIELD = 9, 10
_NULLABLE = {"NOT_NULL": 1, "NULLABLE": 2, "UNKNOWN": 3}
_VARINT, _LENGTH_DELIMITED = 0, 2  # https://protobuf.dev/programming-guides/encoding/


def metadata_content(columns: Iterable[Mapping[str, Any]]) -> bytes:
    """Return the content of the file for columns in the form of ResultSetMetadata."""
    return b"".join(_text(_COLUMN_FIELD, _column(column)) for column in columns)


def _column(column: Mapping[str, Any]) -> bytes:
    texts = [_text(number, str(column[name]).encode()) for number, name in _TEXTS.items()]
    numbers = [_number(number, int(column[name])) for number, name in _NUMBERS.items()]
    nullable = _number(_NULLABLE_FIELD, _NULLABLE[column["Nullable"]])
    return b"".join([*texts, *numbers, nullable, _number(_CASE_FIELD, int(column["CaseSensitive"]))])


def _text(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | _LENGTH_DELIMITED) + _varint(len(content)) + content


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3 | _VARINT) + _varint(value)


def _varint(value: int) -> bytes:
    groups = []
    while value > 127:
        groups.append(value & 127 | 128)
        value >>= 7
    return bytes([*groups, value])
