"""A reader of Protocol Buffers' wire format: https://protobuf.dev/programming-guides/encoding/."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_VARINT, _FIXED_64, _BYTES, _FIXED_32 = 0, 1, 2, 5
_WIDTHS = {_FIXED_64: 8, _FIXED_32: 4}


class InvalidMessageError(ValueError):
    """The bytes are not a message."""


def read_fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield the number and the value of each field: an integer, or the bytes of a string, a message or packed numbers.

    Raises
    ------
    InvalidMessageError
        If the bytes end too early or have another format.
    """
    position = 0
    while position < len(message):
        tag, position = _varint(message, position)
        number, kind = tag >> 3, tag & 0x07
        if kind == _VARINT:
            value, position = _varint(message, position)
            yield number, value
            continue
        if kind == _BYTES:
            size, position = _varint(message, position)
        elif kind in _WIDTHS:
            size = _WIDTHS[kind]
        else:
            raise InvalidMessageError(f"byte {position}: {kind} is not a wire type")
        if size > len(message) - position:
            raise InvalidMessageError(f"byte {position}: the message ends in the middle of a value")
        yield number, message[position : position + size]
        position += size


def read_numbers(value: int | bytes) -> Iterator[int]:
    """Yield the numbers of a repeated field, packed or not."""
    if isinstance(value, int):
        yield value
        return
    position = 0
    while position < len(value):
        number, position = _varint(value, position)
        yield number


def _varint(data: bytes, position: int) -> tuple[int, int]:
    result = 0
    for shift in range(0, 64, 7):
        try:
            byte = data[position]
        except IndexError as error:
            raise InvalidMessageError("the message ends in the middle of a number") from error
        position += 1
        result |= (byte & 0x7F) << shift
        if byte < 0x80:
            return result, position
    raise InvalidMessageError(f"byte {position}: a number has no end")
