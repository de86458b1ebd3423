"""A reader of Thrift's compact protocol: https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md.

Values that the caller does not read are skipped without building objects and without recursion, however deeply they are nested.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_STOP, _TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = range(13)
_INTEGERS = frozenset({_I16, _I32, _I64})
_CONTAINERS = frozenset({_LIST, _SET, _MAP, _STRUCT})
_WIDTHS = {_TRUE: 1, _FALSE: 1, _BYTE: 1, _DOUBLE: 8}  # in a list; a field's boolean is in its header
_DEEPEST = 64
_LONG_LIST = 15
# The maximum number of values read or skipped in one struct, because the bytes are untrusted.
MOST_VALUES = 5_000_000


class InvalidThriftError(ValueError):
    """The bytes are not a struct in the compact protocol."""


class MissingBytesError(InvalidThriftError):
    """The bytes end before the struct does."""


@dataclass(slots=True)
class CompactReader:
    """A sequential reader that reads or skips each value.

    Attributes
    ----------
    values
        The number of values read or skipped so far.
    """

    data: bytes
    position: int = 0
    values: int = 0

    def fields(self) -> Iterator[tuple[int, int]]:
        """Yield the number and the kind of each field of a struct; the caller reads or skips its value before the next one."""
        number = 0
        while header := self._byte():
            self._count()
            delta, kind = header >> 4, header & 0x0F
            number = number + delta if delta else self._integer()
            yield number, kind

    def items(self, kind: int) -> Iterator[int]:
        """Yield the kind of each item of a list; the caller reads or skips the item before the next one."""
        if kind not in (_LIST, _SET):
            raise InvalidThriftError(f"byte {self.position}: a list was expected")
        size, item = self._list_header()
        for _ in range(size):
            yield item

    def value(self, kind: int, depth: int = 0) -> Any:
        """Read the value of a field: a number, bytes, a dict by field number for a struct, or a list.

        Raises
        ------
        InvalidThriftError
            If the bytes end too early or have another format.
        """
        if kind in (_TRUE, _FALSE):
            return kind == _TRUE
        return self._item(kind, depth)

    def skip(self, kind: int) -> None:
        """Skip the value of a field."""
        if kind in (_TRUE, _FALSE):
            return
        # The open containers: the number of values left, and their kinds; None for a struct's fields.
        waiting: list[tuple[int | None, int, int]] = []
        self._open(kind, waiting)
        while waiting:
            left, item, other = waiting.pop()
            if left is None:
                header = self._byte()
                if header == _STOP:
                    continue
                self._count()
                if not header >> 4:
                    self._integer()
                waiting.append((None, 0, 0))
                if header & 0x0F not in (_TRUE, _FALSE):
                    self._open(header & 0x0F, waiting)
            elif left:
                waiting.append((left - 1, other, item))  # keys and values of a map alternate
                self._open(item, waiting)

    def _open(self, kind: int, waiting: list[tuple[int | None, int, int]]) -> None:
        """Skip a plain value, or push a container's content to ``waiting``."""
        self._count()
        if kind in _INTEGERS:
            self._varint()
        elif width := _WIDTHS.get(kind):
            self._bytes(width)
        elif kind == _BINARY:
            self._bytes(self._varint())
        elif kind in _CONTAINERS:
            if len(waiting) >= _DEEPEST:
                raise InvalidThriftError("its values are nested too deeply")
            if kind == _STRUCT:
                waiting.append((None, 0, 0))
            elif kind == _MAP:
                size, key, item = self._map_header()
                waiting.append((2 * size, key, item))
            else:
                size, item = self._list_header()
                if width := _WIDTHS.get(item):
                    self._bytes(size * width)
                else:
                    waiting.append((size, item, item))
        else:
            raise InvalidThriftError(f"byte {self.position}: {kind} is not a type of the compact protocol")

    def _item(self, kind: int, depth: int) -> Any:
        self._count()
        if depth > _DEEPEST:
            raise InvalidThriftError("its values are nested too deeply")
        if kind in (_TRUE, _FALSE):  # in a list, each boolean takes a byte
            return self._byte() == _TRUE
        if kind == _BYTE:
            return self._byte()
        if kind in _INTEGERS:
            return self._integer()
        if kind == _DOUBLE:
            return struct.unpack("<d", self._bytes(8))[0]
        if kind == _BINARY:
            return self._bytes(self._varint())
        if kind in (_LIST, _SET):
            return [self._item(item, depth + 1) for item in self.items(kind)]
        if kind == _MAP:
            size, key, item = self._map_header()
            return [(self._item(key, depth + 1), self._item(item, depth + 1)) for _ in range(size)]
        if kind == _STRUCT:
            return {number: self.value(inner, depth + 1) for number, inner in self.fields()}
        raise InvalidThriftError(f"byte {self.position}: {kind} is not a type of the compact protocol")

    def _list_header(self) -> tuple[int, int]:
        header = self._byte()
        size, kind = header >> 4, header & 0x0F
        return self._varint() if size == _LONG_LIST else size, kind

    def _map_header(self) -> tuple[int, int, int]:
        size = self._varint()
        kinds = self._byte() if size else 0
        return size, kinds >> 4, kinds & 0x0F

    def _count(self) -> None:
        self.values += 1
        if self.values > MOST_VALUES:
            raise InvalidThriftError(f"it has more than {MOST_VALUES} values")

    def _integer(self) -> int:
        zigzag = self._varint()
        return (zigzag >> 1) ^ -(zigzag & 1)

    def _varint(self) -> int:
        byte = self._byte()
        result, shift = byte & 0x7F, 0
        while byte & 0x80:
            shift += 7
            if shift > 63:  # a varint holds 64 bits
                raise InvalidThriftError(f"byte {self.position}: a number has no end")
            byte = self._byte()
            result |= (byte & 0x7F) << shift
        return result

    def _byte(self) -> int:
        try:
            byte = self.data[self.position]
        except IndexError as error:
            raise MissingBytesError("the bytes end in the middle of a struct") from error
        self.position += 1
        return byte

    def _bytes(self, size: int) -> bytes:
        if size > len(self.data) - self.position:
            raise MissingBytesError("the bytes end in the middle of a value")
        self.position += size
        return self.data[self.position - size : self.position]
