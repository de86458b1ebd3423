"""Thrift's compact protocol, for reading: https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md.

A struct is read into a dict of its fields by number, whatever they mean.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

_STOP, _TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = range(13)
_DEEPEST = 64
_LONG_LIST = 15


class InvalidThriftError(ValueError):
    """The bytes are not a struct in the compact protocol."""


@dataclass(slots=True)
class CompactReader:
    """Reads one struct after the other."""

    data: bytes
    position: int = 0

    def read_struct(self, depth: int = 0) -> dict[int, Any]:
        """Read a struct: its fields by their numbers, binaries as bytes, nested structs as dicts.

        Raises
        ------
        InvalidThriftError
            Where the bytes end too early, or are something else.
        """
        if depth > _DEEPEST:
            raise InvalidThriftError("structs lie in each other without end")
        fields: dict[int, Any] = {}
        number = 0
        while kind := self._byte():
            delta, kind = kind >> 4, kind & 0x0F
            number = number + delta if delta else self._integer()
            fields[number] = kind == _TRUE if kind in (_TRUE, _FALSE) else self._value(kind, depth)
        return fields

    def _value(self, kind: int, depth: int) -> Any:
        if kind in (_TRUE, _FALSE):  # in a list, where each has a byte
            return self._byte() == _TRUE
        if kind == _BYTE:
            return self._byte()
        if kind in (_I16, _I32, _I64):
            return self._integer()
        if kind == _DOUBLE:
            return struct.unpack("<d", self._bytes(8))[0]
        if kind == _BINARY:
            return self._bytes(self._varint())
        if kind in (_LIST, _SET):
            return self._list(depth)
        if kind == _MAP:
            return self._map(depth)
        if kind == _STRUCT:
            return self.read_struct(depth + 1)
        raise InvalidThriftError(f"byte {self.position}: {kind} is no type of the compact protocol")

    def _list(self, depth: int) -> list[Any]:
        header = self._byte()
        size, kind = header >> 4, header & 0x0F
        if size == _LONG_LIST:
            size = self._varint()
        if size > len(self.data) - self.position:
            raise InvalidThriftError(f"byte {self.position}: a list of {size} items is longer than what is left")
        return [self._value(kind, depth) for _ in range(size)]

    def _map(self, depth: int) -> dict[Any, Any]:
        size = self._varint()
        if not size:
            return {}
        kinds = self._byte()
        if size > len(self.data) - self.position:
            raise InvalidThriftError(f"byte {self.position}: a map of {size} items is longer than what is left")
        return {self._value(kinds >> 4, depth): self._value(kinds & 0x0F, depth) for _ in range(size)}

    def _integer(self) -> int:
        zigzag = self._varint()
        return (zigzag >> 1) ^ -(zigzag & 1)

    def _varint(self) -> int:
        result = shift = 0
        while True:
            byte = self._byte()
            result |= (byte & 0x7F) << shift
            if not byte & 0x80:
                return result
            shift += 7
            if shift > 63:  # a varint holds 64 bits
                raise InvalidThriftError(f"byte {self.position}: a number without end")

    def _byte(self) -> int:
        if self.position >= len(self.data):
            raise InvalidThriftError("the bytes end in the middle of a struct")
        self.position += 1
        return self.data[self.position - 1]

    def _bytes(self, size: int) -> bytes:
        if size > len(self.data) - self.position:
            raise InvalidThriftError("the bytes end in the middle of a value")
        self.position += size
        return self.data[self.position - size : self.position]
